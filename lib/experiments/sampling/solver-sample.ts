/** Solver fields at one condition, with the coordinates of the porosities as control variates of their moments. */
import { mostCoordinates } from "../../diagnostics/control-variates";
import { generateEnsemble } from "../../ensemble/generate";
import { latentCoordinates } from "../../ensemble/latent-coordinates";
import type { Cells } from "../../fields/grid";
import type { Stream } from "../../random/stream";
import type { Condition, Problem } from "../../transport/problem";
import type { Drawn } from "./contenders";

/** Coordinates of a porosity that serve as control variates of the fields' moments. */
const latentModes = 32;

/** `count` fields and what they were made from; porosities from the stream. */
export async function solverSample(
  { problem, cells, signal }: { problem: Problem; cells: Cells; signal: AbortSignal },
  condition: Condition,
  count: number,
  stream: Stream,
): Promise<Required<Drawn>> {
  const request = { problem, conditions: [condition], count, cells, keepPorosity: true, signal };
  const { fields, porosity } = await generateEnsemble({ ...request, stream });
  const latent = { cells, modes: Math.min(latentModes, mostCoordinates(count)) };
  return { fields: fields.values, start: latentCoordinates(problem, condition, porosity!.values, latent) };
}
