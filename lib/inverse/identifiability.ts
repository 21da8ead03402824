/**
 * How much of the porosity do fields tell? Linearised at xi, with A = (dF/dxi) / noise:
 *   singular values sigma_k of A: the data resolve a direction of the prior when sigma_k > 1 (signal above noise),
 *   posterior covariance of g:  L (I + A^T A)^-1 L^T,  beside the prior's L L^T.
 * Everything is averaged over draws of g from the prior, whose scatter gives the Monte-Carlo error of the average.
 * The posterior spread over the prior spread along x is 1 where fields say nothing and 0 where they say everything.
 */
import { axisOf } from "../transport/domain";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";
import { fieldMap, observedChannels, sensorsOf, type FieldMap, type Measured, type Noise } from "./field-map";
import { inNoiseUnits } from "./observations";
import { cholesky, gram, singularValues, solveLower } from "../numerics/linear-algebra";
import { rowAt, rowsOf } from "../numerics/rows";
import { mean, meanWithError, type MeanWithError, sumOfSquares } from "../numerics/statistics";

export interface Linearised {
  readonly singularValues: Float64Array; // of d(fields)/d(xi) over the noise, falling
  readonly posteriorStd: Float64Array; // of g, [cells]
  readonly priorStd: Float64Array; // [cells]
}

/** Singular spectrum and linearised posterior at one xi. */
export function linearised(map: FieldMap, xi: Float64Array, measured: Measured): Linearised {
  const n = map.cells;
  const A = inNoiseUnits(sensorsOf(map, measured), map.jacobian(xi), n);
  const { values } = singularValues(A, A.length / n, n);
  return { singularValues: values, posteriorStd: posteriorSpread(map, A), priorStd: priorSpread(map) };
}

/** sqrt diag L L^T, of g before any reading. */
export const priorSpread = ({ factor, cells }: FieldMap): Float64Array =>
  Float64Array.from(rowsOf(factor, cells), (row) => Math.sqrt(sumOfSquares(row)));

/** sqrt diag L (I + A^T A)^-1 L^T for A [rows, cells] in noise units. */
export function posteriorSpread(map: FieldMap, A: Float64Array): Float64Array {
  const n = map.cells;
  const R = cholesky(precision(A, n), n);
  return Float64Array.from({ length: n }, (_, i) => {
    const w = solveLower(R, n, rowAt(map.factor, i, n)); // R^-1 (row i of L)
    return Math.sqrt(sumOfSquares(w));
  });
}

/** I + A^T A */
export function precision(A: Float64Array, n: number): Float64Array {
  const P = gram(A, A.length / n, n);
  for (let i = 0; i < n; i++) P[i * n + i] += 1;
  return P;
}

/**
 * How many singular values of d(fields)/d(xi) / noise exceed 1 when the noise is `factor` times the one they were
 * scaled by.
 */
export function resolvedModes(values: ArrayLike<number>, factor = 1): number {
  return Array.from(values).filter((s) => s > factor).length;
}

export interface Identifiability {
  /** Names of channels. */
  readonly observed: readonly string[];
  readonly noise: Noise;
  readonly draws: number;
  readonly x: readonly number[]; // cell centres, m
  /** Geometric mean over draws of the k-th singular value, in noise units. */
  readonly spectrum: readonly number[];
  /** Standard deviation of its logarithm over draws; null where a draw's value is 0. */
  readonly spectrumLogStd: readonly (number | null)[];
  readonly resolved: MeanWithError;
  /** Posterior over prior standard deviation of g along x, root mean square over draws. */
  readonly spreadRatio: readonly number[];
  /** Its standard error over draws. */
  readonly spreadRatioError: readonly number[];
  /** The same over the whole electrode and over the tenth of it next to x = 0, with standard errors over draws. */
  readonly whole: MeanWithError;
  readonly nearZero: MeanWithError;
}

/** Identifiability of the porosity from the channels that `noise` names, averaged over draws of g from the prior. */
export function identifiability(options: {
  problem: Problem;
  condition: Condition;
  noise: Noise;
  stream: Stream;
  draws?: number;
  cells?: number;
}): Identifiability {
  const { problem, noise, stream, draws = 5 } = options;
  const map = fieldMap(problem, options);
  const n = map.cells;
  const all = Array.from({ length: draws }, (_, k) => linearised(map, stream.child(k).normals(n), noise));
  const ratios = all.map(({ posteriorStd, priorStd }) => posteriorStd.map((s, i) => s / priorStd[i]));
  const tenth = Math.max(1, Math.round(n / 10));
  const squares = Array.from({ length: n }, (_, i) => meanWithError(ratios.map((r) => r[i] ** 2)));
  const logs = (k: number) => all.map(({ singularValues: s }) => Math.log(s[k]));
  return {
    observed: observedChannels(map, noise).map(({ index }) => problem.channels[index].name),
    noise,
    draws,
    x: [...axisOf(problem, n).centres],
    spectrum: Array.from(all[0].singularValues, (_, k) => Math.exp(meanWithError(logs(k)).mean)),
    spectrumLogStd: Array.from(all[0].singularValues, (_, k) =>
      logs(k).every(Number.isFinite) ? meanWithError(logs(k)).standardError * Math.sqrt(draws) : null,
    ),
    resolved: meanWithError(all.map(({ singularValues: s }) => resolvedModes(s))),
    spreadRatio: squares.map(({ mean }) => Math.sqrt(mean)),
    spreadRatioError: squares.map(({ mean, standardError }) => standardError / (2 * Math.sqrt(mean))),
    whole: meanWithError(ratios.map((r) => mean(r))),
    nearZero: meanWithError(ratios.map((r) => mean(r.subarray(0, tenth)))),
  };
}
