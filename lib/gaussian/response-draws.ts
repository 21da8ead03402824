/**
 * Responses at the nodes of a joint law: as the solver gives them, in units of their functions; on a plane of many
 * cells as coordinates in few directions (field-directions.ts), with the coordinates of the porosities that they were
 * solved for, as controls of their means.
 */
import { generateResponses } from "../ensemble/generate";
import { latentCoordinates } from "../ensemble/latent-coordinates";
import type { Cells } from "../fields/grid";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";
import { joined } from "../numerics/joined";
import { coordinatesOf, type FieldDirections } from "./field-directions";
import { mostControls } from "./mean-controls";

export interface Drawing {
  readonly problem: Problem;
  readonly cells: Cells;
  /** By which responses are multiplied: the size of their functions. */
  readonly scale: Float64Array;
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onDrawn: (count: number) => void;
}

/** Responses [count, functions, numbers], with controls of their means [count, K] where they have any. */
export interface Drawn {
  readonly responses: Float64Array;
  readonly controls?: Float32Array;
}

/** In all cells. */
export async function drawResponses(d: Drawing, condition: Condition, count: number, stream: Stream): Promise<Drawn> {
  const { problem, cells, workers, signal } = d;
  const { fields } = await generateResponses({
    problem,
    cells,
    conditions: [condition],
    count,
    stream,
    workers,
    signal,
  });
  scaleFunctions(fields, d.scale, fields.length / (count * d.scale.length));
  d.onDrawn(count);
  return { responses: fields };
}

/**
 * Porosities whose responses are in memory cell by cell at one time, and coordinates of each that serve as controls.
 */
const [atOnce, controlsOfEach] = [64, 64];

/** The same as coordinates in the directions, of what they are beyond the base of their combination of choices. */
export async function drawCoordinates(
  d: Drawing & { readonly directions: FieldDirections; readonly combination: number },
  condition: Condition,
  count: number,
  stream: Stream,
): Promise<Drawn> {
  const { problem, cells, workers, signal, directions } = d;
  const modes = Math.min(controlsOfEach, mostControls(count));
  const [parts, controls] = [[] as Float64Array[], [] as Float32Array[]];
  for (let from = 0; from < count; from += atOnce) {
    const some = Math.min(atOnce, count - from);
    const own = stream.child("part").child(from);
    const request = { problem, cells, conditions: [condition], count: some, stream: own, workers, signal };
    const drawn = await generateResponses({ ...request, keepPorosity: true });
    const base = directions.bases[d.combination];
    for (let at = 0; at < drawn.fields.length;) for (const b of base) drawn.fields[at++] -= b;
    scaleFunctions(drawn.fields, d.scale, drawn.channels * drawn.cells);
    parts.push(coordinatesOf(directions, drawn.fields, drawn.cells));
    if (modes > 0) controls.push(latentCoordinates(problem, condition, drawn.porosity!, { cells, modes }));
    d.onDrawn(some);
  }
  return { responses: joined(parts, Float64Array), ...(modes > 0 ? { controls: joined(controls, Float32Array) } : {}) };
}

/** Responses [count, functions, dimension], in place. */
export function scaleFunctions(responses: Float64Array, scale: Float64Array, dimension: number): void {
  for (let at = 0; at < responses.length;) {
    for (const factor of scale) for (const end = at + dimension; at < end; at++) responses[at] *= factor;
  }
}
