/** Ensembles as a cell uses them: porosities from a problem's law, and the fields that they induce. */
export { drawEnsemble, type DrawOptions, drawPorosities, solvePorosities } from "./draw";
