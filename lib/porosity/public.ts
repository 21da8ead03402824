/**
 * The law of a porosity as a cell finds it: measured profiles from a table, and the law that is likeliest to have made
 * them.
 */
export { measuredLaw, type MeasuredLaw } from "./measured-law";
export { profilesFromFile } from "./profile-file";
