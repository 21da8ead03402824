/**
 * Fields against fields as a cell compares them: `comparisonTable` makes rows for a table of what `compareEnsembles`
 * finds.
 */
export { compareEnsembles, type Comparison, comparisonTable } from "./compare";
export { largestDifference, type LargestDifference } from "./largest-difference";
export { profileTable, type ProfileRow } from "./profile-table";
