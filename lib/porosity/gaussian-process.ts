/**
 * Stationary Gaussian process of zero mean and unit variance on the N cell centres of [0, L], plus independent noise of
 * variance `nugget`
 * (the original's 1e-4) in every cell:  cov(g_i, g_j) = C(|i - j| h) + nugget [i = j].
 * Up to 512 cells g = Lz with the Cholesky factor L of that matrix and z standard normal; beyond, where N^2 entries no
 * longer pay, circulant embedding in N log N. Both are exact; they map the same z to different fields. A correlation
 * length of many domains has no embedding: then the factor serves as far as memory allows.
 */
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
import { circulantEmbedding, type CirculantEmbedding } from "./circulant-embedding";
import { covarianceAt, covariances, type Covariance } from "./covariance";
import { lowerTimes } from "../numerics/lower-times";
import { toeplitzCholesky } from "../numerics/toeplitz-cholesky";

export interface GaussianProcess {
  readonly cells: number;
  readonly method: "cholesky" | "circulant embedding";
  /** One field g [cells], drawn with the first normals of the stream. The caller owns it. */
  sample(s: Stream): Float64Array;
  /**
   * Fields first .. first + count - 1, [count, cells]: field k is `sample(s.child(k))`, to the bit. A new array, or
   * `into` of that length.
   */
  samples(s: Stream, first: number, count: number, into?: Float64Array): Float64Array;
  /** Lower triangular L with L L' = covariance, row major [cells, cells]. Shared and cached: do not write to it. */
  factor(): Float64Array;
}

export interface GaussianProcessOptions {
  readonly cells: number;
  /** Length of the interval, m. */
  readonly length: number;
  /** l, m. */
  readonly correlationLength: number;
  readonly covariance?: Covariance;
  /** Variance of the independent part, relative to the unit variance of the correlated one. */
  readonly nugget?: number;
  /** By default chosen from the number of cells. */
  readonly method?: GaussianProcess["method"];
}

const LARGEST_FACTOR = 8192; // 512 MB
const LARGEST_SAMPLED_BY_FACTOR = 512;
const LARGEST_WITHOUT_EMBEDDING = 4096; // 128 MB in each thread

/** The process for these arguments; processes are kept for repeated use, the least recently used go first. */
export function gaussianProcess(options: GaussianProcessOptions): GaussianProcess {
  const o = complete(options);
  const key = JSON.stringify([o.cells, o.length, o.correlationLength, o.covariance, o.nugget, options.method ?? null]);
  const process = kept.get(key) ?? make(o, options.method !== undefined);
  remember(key, process);
  return process;
}

function make(o: Complete, methodIsChosen: boolean): GaussianProcess {
  if (o.method === "cholesky") return byCholesky(o);
  const embedding = circulantEmbedding(o.cells, (lag) => lagCovariance(o, lag));
  if (embedding) return byCirculantEmbedding(o, embedding);
  if (!methodIsChosen && o.cells <= LARGEST_WITHOUT_EMBEDDING) return byCholesky({ ...o, method: "cholesky" });
  throw new UserError(
    `gaussianProcess: no periodic extension of the ${o.covariance} covariance with l = ${o.correlationLength} m on ` +
      `[0, ${o.length}] m is positive definite; use a shorter correlation length, a larger nugget, or at most ` +
      `${LARGEST_WITHOUT_EMBEDDING} cells`,
  );
}

function byCholesky(o: Complete): GaussianProcess {
  const L = choleskyFactor(o);
  const n = o.cells;
  return {
    cells: n,
    method: o.method,
    sample(s) {
      const z = s.normals(n);
      lowerTimes(L, n, z, 1);
      return z;
    },
    samples(s, first, count, into = new Float64Array(count * n)) {
      for (let k = 0; k < count; k++) s.child(first + k).fillNormals(into, k * n, n);
      lowerTimes(L, n, into, count);
      return into;
    },
    factor: () => L,
  };
}

function byCirculantEmbedding(o: Complete, embedding: CirculantEmbedding): GaussianProcess {
  let L: Float64Array | undefined;
  const z = new Float64Array(embedding.size);
  const firstCells = z.subarray(0, o.cells);
  const sampleInto = (s: Stream, into: Float64Array, at: number) => {
    s.fillNormals(z, 0, z.length);
    embedding.colour(z);
    into.set(firstCells, at);
    return into;
  };
  return {
    cells: o.cells,
    method: o.method,
    sample: (s) => sampleInto(s, new Float64Array(o.cells), 0),
    samples(s, first, count, into = new Float64Array(count * o.cells)) {
      for (let k = 0; k < count; k++) sampleInto(s.child(first + k), into, k * o.cells);
      return into;
    },
    factor: () => (L ??= choleskyFactor(o)),
  };
}

function choleskyFactor(o: Complete): Float64Array {
  if (o.cells > LARGEST_FACTOR) {
    throw new UserError(
      `gaussianProcess: a dense factor is refused beyond ${LARGEST_FACTOR} cells, got ${o.cells}; sample instead`,
    );
  }
  const L = toeplitzCholesky(Float64Array.from({ length: o.cells }, (_, lag) => lagCovariance(o, lag)));
  if (!L) {
    throw new UserError(
      `gaussianProcess: the ${o.covariance} covariance with l = ${o.correlationLength} m on ${o.cells} cells of ` +
        `[0, ${o.length}] m and nugget ${o.nugget} is singular to double precision; a nugget of 1e-8 or more, or a ` +
        `shorter correlation length, makes it definite`,
    );
  }
  return L;
}

type Complete = Required<GaussianProcessOptions>;

function complete(o: GaussianProcessOptions): Complete {
  const { covariance = "squared-exponential", nugget = 1e-4 } = o;
  const method = o.method ?? (o.cells <= LARGEST_SAMPLED_BY_FACTOR ? "cholesky" : "circulant embedding");
  const need = (holds: boolean, expectation: string, got: unknown) => {
    if (!holds) throw new UserError(`gaussianProcess: ${expectation}, got ${String(got)}`);
  };
  need(Number.isInteger(o.cells) && o.cells >= 1, "cells must be a positive whole number", o.cells);
  need(o.length > 0 && o.length < Infinity, "the length must be a positive number of metres", o.length);
  need(
    o.correlationLength > 0 && o.correlationLength < Infinity,
    "the correlation length must be a positive number of metres",
    o.correlationLength,
  );
  need(covariances.includes(covariance), `the covariance must be one of ${covariances.join(", ")}`, covariance);
  need(nugget >= 0 && nugget < Infinity, "the nugget must be a variance, zero or positive", nugget);
  return { ...o, covariance, nugget, method };
}

function lagCovariance(o: Complete, lag: number): number {
  const r = (lag * o.length) / o.cells;
  return covarianceAt(o.covariance, r, o.correlationLength) + (lag === 0 ? o.nugget : 0);
}

/** A map keeps its insertion order, so the first entry is the one not asked for the longest. */
const kept = new Map<string, GaussianProcess>();
const KEPT_ENTRIES = 8e6; // numbers in all factors together, 64 MB
let keptEntries = 0;

function entries(p: GaussianProcess): number {
  return p.method === "cholesky" ? p.cells * p.cells : 14 * p.cells;
}

function remember(key: string, process: GaussianProcess): void {
  if (kept.delete(key)) keptEntries -= entries(process);
  kept.set(key, process);
  keptEntries += entries(process);
  for (const [oldest, old] of kept) {
    if (keptEntries <= KEPT_ENTRIES || oldest === key) break;
    kept.delete(oldest);
    keptEntries -= entries(old);
  }
}
