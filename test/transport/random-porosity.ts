/** Random inputs for the tests of this folder: smooth porosity profiles and numbers in given ranges. */
import { stream, type Stream } from "../../lib/random/stream";

/**
 * A porosity profile [cells] in (0.2, 0.5): a logistic function of a first-order autoregression, lag `memory` cells.
 */
export function randomPorosity(s: Stream, cells: number, memory = 10): Float64Array {
  const z = s.normals(cells);
  const keep = Math.exp(-1 / memory);
  let g = z[0];
  return Float64Array.from(z, (zi, i) => {
    if (i > 0) g = keep * g + Math.sqrt(1 - keep * keep) * zi;
    return 0.2 + 0.3 / (1 + Math.exp(-g));
  });
}

/** Uniform numbers in the given ranges, by name. */
export function randomNumbers<K extends string>(
  s: Stream,
  ranges: Readonly<Record<K, readonly [min: number, max: number]>>,
): Record<K, number> {
  const names = Object.keys(ranges) as K[];
  const u = s.uniforms(names.length);
  const drawn = names.map((name, i) => [name, ranges[name][0] + u[i] * (ranges[name][1] - ranges[name][0])] as const);
  return Object.fromEntries(drawn) as Record<K, number>;
}

export const root = stream(20260205).child("transport tests");
