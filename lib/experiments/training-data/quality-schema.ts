/** What a file of statistics says of their quality, and what to do where it is damaged. */
import { z } from "zod";

export const remedy = "remove its folder; the statistics are then computed again";

const range = { least: z.number(), most: z.number() };

export const qualitySchema = z.object({
  conditions: z.number(),
  porosities: z.number(),
  bias: z.object({ rms: z.number(), worst: z.number() }),
  std: z.object(range),
  spectrum: z.object({ ...range, modes: z.number() }),
  error: z.number(),
  degree: z.number().optional(),
});

/** Cells along each axis, where there are several. */
export const alongSchema = z.array(z.number().int().min(2).max(1e6)).min(2).optional();

/** Do the cells along the axes make up all cells? */
export function isGrid({ cells, along }: { readonly cells: number; readonly along?: readonly number[] }): boolean {
  return along === undefined || along.reduce((product, n) => product * n, 1) === cells;
}
