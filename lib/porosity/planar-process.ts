/**
 * Stationary Gaussian process of zero mean and unit variance at the nx x ny cell centres of a rectangle, with a
 * correlation length for each axis, plus independent noise of variance `nugget` in every cell:
 *   cov(g(x), g(y)) = C(r) + nugget [x = y],   r^2 = ((x_1 - y_1) / l_1)^2 + ((x_2 - y_2) / l_2)^2,
 * C one of the covariances with unit length (covariance.ts). Fields are arrays [nx][ny], the last axis fastest. The
 * correlated part comes from a circulant embedding (planar-embedding.ts, to 2e-9 of the variance), the independent part
 * from normals of its own.
 */
import { UserError } from "../errors/user-error";
import { cholesky } from "../numerics/linear-algebra";
import type { Stream } from "../random/stream";
import { covarianceAt, covariances, type Covariance } from "./covariance";
import { planarEmbedding, type PlanarEmbedding } from "./planar-embedding";

export interface PlanarProcess {
  readonly cells: readonly [number, number];
  readonly method: "circulant embedding";
  /** One field g [nx][ny], drawn with the first normals of the stream. The caller owns it. */
  sample(s: Stream): Float64Array;
  /**
   * Fields first .. first + count - 1, [count][nx][ny]: field k is `sample(s.child(k))`, to the bit. A new array, or
   * `into` of that length.
   */
  samples(s: Stream, first: number, count: number, into?: Float64Array): Float64Array;
  /** Lower triangular L with L L' = covariance, row major [nx ny, nx ny]. Shared and cached: do not write to it. */
  factor(): Float64Array;
}

/** 134 MB. */
const LARGEST_FACTOR = 4096;

export interface PlanarProcessOptions {
  readonly cells: readonly [number, number];
  /** Sides of the rectangle, m. */
  readonly lengths: readonly [number, number];
  /** m; one for both axes, or one for each. */
  readonly correlationLength: number | readonly [number, number];
  readonly covariance?: Covariance;
  /** Variance of the independent part, relative to the unit variance of the correlated one. */
  readonly nugget?: number;
}

/** The process for these arguments; the latest are kept for repeated use. */
export function planarProcess(options: PlanarProcessOptions): PlanarProcess {
  const o = complete(options);
  const key = JSON.stringify([o.cells, o.lengths, o.correlationLength, o.covariance, o.nugget]);
  const process = kept.get(key) ?? make(o);
  kept.delete(key);
  kept.set(key, process);
  // A map keeps its insertion order, so the first entry is the one not asked for the longest.
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return process;
}

const kept = new Map<string, PlanarProcess>();
const MOST_KEPT = 8;

function make(o: Complete): PlanarProcess {
  const embedding = planarEmbedding(o.cells, lagCovariance(o));
  if (!embedding) {
    throw new UserError(
      `planarProcess: no periodic extension of the ${o.covariance} covariance with correlation lengths ` +
        `${o.correlationLength.join(" and ")} m on ${o.lengths.join(" x ")} m is positive definite; use shorter ones ` +
        `(up to about half a side each)`,
    );
  }
  return sampled(o, embedding);
}

/** C between two cells so many cells apart. */
function lagCovariance(o: Complete): (lagX: number, lagY: number) => number {
  const [hx, hy] = o.cells.map((n, axis) => o.lengths[axis] / n / o.correlationLength[axis]);
  return (i, j) => {
    const [x, y] = [i * hx, j * hy];
    return covarianceAt(o.covariance, Math.sqrt(x * x + y * y), 1);
  };
}

function choleskyFactor(o: Complete): Float64Array {
  const [nx, ny] = o.cells;
  const size = nx * ny;
  if (size > LARGEST_FACTOR) {
    throw new UserError(
      `planarProcess: a dense factor is refused beyond ${LARGEST_FACTOR} cells, got ${nx} x ${ny}; sample instead`,
    );
  }
  const covariance = lagCovariance(o);
  const matrix = new Float64Array(size * size);
  for (let a = 0, at = 0; a < size; a++) {
    for (let b = 0; b < size; b++, at++) {
      const [lagX, lagY] = [Math.abs(Math.floor(a / ny) - Math.floor(b / ny)), Math.abs((a % ny) - (b % ny))];
      matrix[at] = covariance(lagX, lagY) + (a === b ? o.nugget : 0);
    }
  }
  return cholesky(matrix, size, `planarProcess: the ${o.covariance} covariance with nugget ${o.nugget}`);
}

function sampled(o: Complete, embedding: PlanarEmbedding): PlanarProcess {
  const { cells, nugget } = o;
  const size = cells[0] * cells[1];
  const spread = Math.sqrt(nugget);
  const z = new Float64Array(embedding.size + (nugget > 0 ? size : 0));
  const sampleInto = (s: Stream, into: Float64Array, at: number): Float64Array => {
    s.fillNormals(z, 0, z.length);
    embedding.colour(z, into, at);
    if (nugget > 0) for (let i = 0; i < size; i++) into[at + i] += spread * z[embedding.size + i];
    return into;
  };
  let L: Float64Array | undefined;
  return {
    cells,
    factor: () => (L ??= choleskyFactor(o)),
    method: "circulant embedding",
    sample: (s) => sampleInto(s, new Float64Array(size), 0),
    samples(s, first, count, into = new Float64Array(count * size)) {
      for (let k = 0; k < count; k++) sampleInto(s.child(first + k), into, k * size);
      return into;
    },
  };
}

interface Complete extends Required<PlanarProcessOptions> {
  readonly correlationLength: readonly [number, number];
}

function complete(o: PlanarProcessOptions): Complete {
  const { covariance = "squared-exponential", nugget = 1e-4, correlationLength: l } = o;
  const correlationLength: readonly [number, number] = typeof l === "number" ? [l, l] : l;
  const need = (holds: boolean, expectation: string, got: unknown) => {
    if (!holds) throw new UserError(`planarProcess: ${expectation}, got ${String(got)}`);
  };
  const lengths = (values: readonly number[]) => values.length === 2 && values.every((v) => v > 0 && v < Infinity);
  const whole = o.cells.length === 2 && o.cells.every((n) => Number.isSafeInteger(n) && n >= 1);
  need(whole, "cells must be two positive whole numbers", o.cells);
  need(lengths(o.lengths), "the sides must be two positive numbers of metres", o.lengths);
  need(lengths(correlationLength), "the correlation length must be one or two positive numbers of metres", l);
  need(covariances.includes(covariance), `the covariance must be one of ${covariances.join(", ")}`, covariance);
  need(nugget >= 0 && nugget < Infinity, "the nugget must be a variance, zero or positive", nugget);
  return { ...o, correlationLength, covariance, nugget };
}
