/** Figures of any fields as a cell draws them, and their files. */
export { exportFigure } from "./export";
export { bands, type FieldFigureOptions, type NamedFields, profiles } from "./fields";
export { histogram, type HistogramOptions } from "./histogram";
export type { Figure } from "./spec";
