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
