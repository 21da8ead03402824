/** The measurements' chapter as figures, tables and claims; a file for each question beside it. */
export { assertMeasurements } from "./claims";
export { candidatesFigure } from "./candidates-figure";
export { fieldsBetween } from "./fields-between";
export { gainFigure } from "./gain-figure";
export { guidanceFigure } from "./guidance-figure";
export { rankFigure } from "./rank-figure";
export { candidatesTable, errorsTable, predictedTable, ranksTable } from "./tables";
