/** Figures of any fields as a cell draws them, and their files. */
export { exportFigure } from "./export";
export { type FieldMap, type MapOptions, type MapRow, maps } from "./maps";
export { bands, type FieldFigureOptions, type NamedFields, profiles } from "./fields";
export { histogram, type HistogramOptions } from "./histogram";
export type { Figure } from "./spec";
