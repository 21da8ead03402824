/**
 * Fields against fields as a cell compares them: `comparisonTable` makes rows for a table of what `compareEnsembles`
 * finds.
 */
export { compareEnsembles, type Comparison, comparisonTable } from "./compare";
export { largestDifference, type LargestDifference } from "./largest-difference";
export { momentsTable, type MomentsRow } from "./moments-table";
