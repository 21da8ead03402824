/** Imported by a cell in execute.test.ts, to show that a cell may import from the project's folder. */
export const sentence: string = "imported";
