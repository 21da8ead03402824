/**
 * A population of draws on its way to a posterior: the parts that tempered sampling and the refinement of a coarse
 * model share.
 */
import { effectiveSize } from "../numerics/importance-weights";
import { rowAt, rowsAt } from "../numerics/rows";
import type { Stream } from "../random/stream";

/** Rows u and y [count, d] (y = m + C^(1/2) u of the reference), images, R = ln of posterior over reference. */
export interface Rows {
  readonly u: Float64Array;
  readonly y: Float64Array;
  readonly images: Float64Array;
  readonly ratio: Float64Array;
}

export interface Population extends Rows {
  /** The number of the first ancestor of each row. */
  readonly ancestor: Int32Array;
}

interface Sizes {
  readonly dimension: number;
  readonly imageSize: number;
}

/** All that belongs to rows u. */
export type Evaluate = (u: Float64Array) => Promise<Rows>;

/** The longest step of the temperature, up to `rest`, that leaves half of the draws effective. */
export function nextStep(ratio: Float64Array, rest: number): number {
  const enough = (step: number): boolean => effectiveSize(ratio.map((r) => step * r)) >= 0.5 * ratio.length;
  if (enough(rest)) return rest;
  let [low, high] = [0, rest];
  for (let k = 0; k < 40; k++) {
    const middle = 0.5 * (low + high);
    if (enough(middle)) low = middle;
    else high = middle;
  }
  // draws without any likelihood can be more than half of all: then the temperature rises little and leaves them behind
  return Math.max(low, 1e-6 * rest);
}

/** Preconditioned Crank-Nicolson: sqrt(1 - b^2) u + b eta, reversible with respect to N(0, I). */
export function proposed(u: Float64Array, b: number, s: Stream): Float64Array {
  const eta = s.child("step").normals(u.length);
  const kept = Math.sqrt(1 - b * b);
  return u.map((v, i) => kept * v + b * eta[i]);
}

/** Row n becomes row k of others, in place; its ancestor stays. */
export function replaceRow(now: Rows, n: number, from: Rows, k: number, { dimension, imageSize }: Sizes): void {
  const copy = (to: Float64Array, source: Float64Array, size: number): void => to.set(rowAt(source, k, size), n * size);
  copy(now.u, from.u, dimension);
  copy(now.y, from.y, dimension);
  copy(now.images, from.images, imageSize);
  now.ratio[n] = from.ratio[k];
}

/** Rows by number (a copy). */
export function chosenOf(from: Population, chosen: Int32Array, { dimension, imageSize }: Sizes): Population {
  return {
    u: rowsAt(from.u, chosen, dimension),
    y: rowsAt(from.y, chosen, dimension),
    images: rowsAt(from.images, chosen, imageSize),
    ratio: Float64Array.from(chosen, (n) => from.ratio[n]),
    ancestor: Int32Array.from(chosen, (n) => from.ancestor[n]),
  };
}
