/**
 * Sampling check of the linearised posterior: Markov chain Monte Carlo on the true map, in the prior's coordinates,
 * with
 *   pi(xi) ~ exp(-Phi(xi)),   Phi = 1/2 |(F(xi) - y) / noise|^2 + 1/2 |xi|^2.
 * Preconditioned Crank-Nicolson proposals about the Laplace approximation N(m, C), m the maximum a posteriori and
 * C = (I + A^T A)^-1 (Rudolf and Sprungk 2018, generalised pCN):
 *   xi' = m + sqrt(1 - b^2) (xi - m) + b C^(1/2) eta,   accept with min(1, exp(R(xi) - R(xi'))),
 *   R(xi) = Phi(xi) - 1/2 (xi - m)^T C^-1 (xi - m):
 * the proposal is reversible under N(m, C), so pi is kept exactly, and a linear map accepts every step. Plain pCN
 * (m = 0, C = I) would need steps of the size of the narrowest resolved direction.
 * b is fitted to an acceptance of 0.3 while the chain burns in and stands still afterwards.
 * Monte-Carlo error from the effective number of draws, n / (1 + 2 sum of autocorrelations) (Sokal's window).
 */
import type { Stream } from "../random/stream";
import { sensorsOf, type FieldMap, type Measured } from "./field-map";
import { inNoiseUnits } from "./observations";
import { posteriorSpread, precision } from "./identifiability";
import { inverseEstimate } from "./regularised-inverse";
import { cholesky, solveLowerTransposed } from "../numerics/linear-algebra";
import { mean } from "../numerics/statistics";

export interface PosteriorCheck {
  readonly linearisedStd: Float64Array; // of g at the maximum a posteriori, [cells]
  readonly sampledStd: Float64Array; // of g along the chain, [cells]
  readonly sampledMean: Float64Array;
  readonly mode: Float64Array; // g at the maximum a posteriori
  readonly acceptance: number;
  /** Effective number of draws, the smallest over g in ten cells. */
  readonly effective: number;
  /**
   * Root mean square over cells of sampledStd / linearisedStd - 1, and what `effective` draws would give for equal
   * laws.
   */
  readonly difference: number;
  readonly differenceFloor: number;
}

/** Compares the linearised posterior given fields y [channels * cells] with a chain of `steps` on the true map. */
export function checkPosterior(
  map: FieldMap,
  y: Float64Array,
  measured: Measured,
  options: { stream: Stream; steps?: number; burnIn?: number },
): PosteriorCheck {
  const { stream, steps = 20000, burnIn = Math.floor(steps / 5) } = options;
  const n = map.cells;
  const estimate = inverseEstimate(map, y, measured);
  const mode = map.g(estimate.xi);
  const watched = Array.from({ length: Math.min(10, n) }, (_, k) => Math.floor(((k + 0.5) * n) / Math.min(10, n)));
  const traces = watched.map(() => new Float64Array(steps - burnIn));
  const sum = new Float64Array(n);
  const squares = new Float64Array(n);
  const kept = steps - burnIn;
  const target = laplaceTarget(map, y, measured, estimate);
  const accepted = chain(target, stream, { steps, burnIn }, (xi, t) => {
    const g = map.g(xi);
    for (let i = 0; i < n; i++) {
      const d = g[i] - mode[i];
      sum[i] += d;
      squares[i] += d * d;
    }
    watched.forEach((i, k) => (traces[k][t] = g[i]));
  });
  const sampledStd = squares.map((s, i) => Math.sqrt(Math.max(0, s / kept - (sum[i] / kept) ** 2)));
  const linearisedStd = posteriorSpread(map, estimate.sensitivity);
  const effective = Math.min(...traces.map(effectiveCount));
  return {
    linearisedStd,
    sampledStd,
    sampledMean: sum.map((s, i) => mode[i] + s / kept),
    mode,
    acceptance: accepted / kept,
    effective,
    difference: Math.sqrt(sampledStd.reduce((a, s, i) => a + (s / linearisedStd[i] - 1) ** 2, 0) / n),
    differenceFloor: Math.sqrt(1 / (2 * effective)),
  };
}

/** The posterior in the coordinates w = R^T (xi - m) of its Laplace approximation N(m, C), C^-1 = R R^T. */
interface Target {
  readonly dimension: number;
  xi(w: Float64Array): Float64Array;
  /** R(xi) of the file's head: |w|^2 is the quadratic form. */
  remainder(xi: Float64Array, w: Float64Array): number;
}

function laplaceTarget(
  map: FieldMap,
  y: Float64Array,
  measured: Measured,
  { xi: m, sensitivity }: ReturnType<typeof inverseEstimate>,
): Target {
  const n = map.cells;
  const R = cholesky(precision(sensitivity, n), n);
  const of = sensorsOf(map, measured);
  const data = inNoiseUnits(of, y, 1);
  return {
    dimension: n,
    xi: (w) => solveLowerTransposed(R, n, w).map((v, i) => v + m[i]),
    remainder(xi, w) {
      const r = inNoiseUnits(of, map.fields(xi), 1);
      let sum = 0;
      for (let k = 0; k < r.length; k++) sum += (r[k] - data[k]) ** 2;
      for (let i = 0; i < n; i++) sum += xi[i] ** 2 - w[i] ** 2;
      return 0.5 * sum;
    },
  };
}

/** Shows each kept xi with its number; returns how many kept proposals were accepted. */
function chain(
  target: Target,
  stream: Stream,
  { steps, burnIn }: { readonly steps: number; readonly burnIn: number },
  keep: (xi: Float64Array, number: number) => void,
): number {
  const n = target.dimension;
  let w = stream.child("start").normals(n);
  let xi = target.xi(w);
  let value = target.remainder(xi, w);
  let b = 0.5;
  const accept = stream.child("accept").uniforms(steps);
  const proposals = stream.child("propose");
  let accepted = 0;
  for (let t = 0; t < steps; t++) {
    const eta = proposals.normals(n, t * n);
    const next = w.map((v, i) => Math.sqrt(1 - b * b) * v + b * eta[i]);
    const nextXi = target.xi(next);
    const nextValue = target.remainder(nextXi, next);
    const before = value;
    if (Math.log(accept[t]) < value - nextValue) {
      [w, xi, value] = [next, nextXi, nextValue];
      if (t >= burnIn) accepted++;
    }
    if (t >= burnIn) keep(xi, t - burnIn);
    else {
      const probability = Math.min(1, Math.exp(before - nextValue));
      b = Math.min(0.99, Math.max(0.01, b * Math.exp((probability - 0.3) / Math.sqrt(1 + t / 10))));
    }
  }
  return accepted;
}

/**
 * n / tau with tau = 1 + 2 sum_{k <= M} rho_k, M the first with M >= 5 tau (Sokal). A constant trace counts as one
 * draw.
 */
function effectiveCount(trace: Float64Array): number {
  const n = trace.length;
  const middle = mean(trace);
  const covariance = (lag: number) => {
    let sum = 0;
    for (let t = 0; t + lag < n; t++) sum += (trace[t] - middle) * (trace[t + lag] - middle);
    return sum / n;
  };
  const variance = covariance(0);
  if (!(variance > 0)) return 1;
  let tau = 1;
  for (let lag = 1; lag < n / 2; lag++) {
    tau += (2 * covariance(lag)) / variance;
    if (lag >= 5 * tau) break;
  }
  return Math.max(1, Math.min(n, n / tau));
}
