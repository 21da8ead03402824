/**
 * The equations as a cell uses them: which problems there are, their grids, one solution for a porosity of one's own.
 */
export { gridOf, referenceCondition } from "./domain";
export type { Condition, Problem } from "./problem";
export { problem } from "./problems";
export { type Solution, solveFields } from "./solve";
