/** Measurements as a cell uses them: sensors and what they read, and the fields between them. */
export { fieldsGiven, type FieldsGiven } from "./fields-given";
export { atPlace, difference, fieldSpace, meanOf } from "./functionals";
export { observed, type Observations, readingsOf, sensors, simulatedReadings } from "./observations";
export { posteriorMethods } from "./posterior";
export { readingsFromFile } from "./readings-file";
