/**
 * Steps of the flow in whitened modes for few evaluations, learnt from the flow itself. With n levels of noise
 * u_1 > .. > u_n (u = log s) a step turns the angles by their exactly known differences, and weights say which mean of F
 * over the step belongs to that,
 *   y_k <- (1 + t b_jk) y_k + (theta_k(u_(j+1)) - theta_k(u_j)) sum_(m = 0, 1, 2) a_jmk F_k(u_(j-m)),
 * with theta = 0 after the last step and t = |T|^2 / (1 + |T|^2) from the third cumulants, so that for Gaussian data
 * nothing moves. It is a linear multistep method whose weights are not those of a polynomial through the last levels
 * but the best for this flow, as in the solvers that Shaul et al. (2023, "Bespoke solvers for generative flow models")
 * fit to one model; here in closed form. The same starts are carried at a few conditions of the training by the
 * Adams-Bashforth steps of mode-flow.ts with many levels, y*, and
 *   weights  least squares of y*(u_(j+1)) - y_j for every mode and step, from the states y_j that the learnt steps before
 *            have reached: a later step mends what an earlier one left. Then b is moved until the modes have the spread
 *            of y*, which least squares make too small by what they leave unexplained;
 *   levels   of a grid of many, by coordinate search: the least sum over steps and modes, weighted by (lambda_k /
 *            lambda_1)^(1/2), of what the best weights leave unexplained on the trajectories y* themselves. The first
 *            level is the largest.
 * No solver's field enters, and no condition at which fields are asked for.
 */
import { cholesky, choleskySolve, gram } from "../numerics/linear-algebra";
import type { Stream } from "../random/stream";
import { adamsCoefficients, type LearntSteps, remembered, weightRows } from "./flow-steps";
import { flowVelocity } from "./flow-velocity";
import { angleRates, type ModeArrays } from "./mode-geometry";
import { logLevels, skewedness } from "./mode-velocity";
import { antithetic } from "./self-calibration";
import type { TrainedModes } from "./trained-modes";

export interface LearningOptions {
  /** Numbers of evaluations for which steps are learnt, each at least 2. */
  readonly evaluations: readonly number[];
  /** Trial fields at each condition, an even number. */
  readonly count: number;
  /** Levels of the trajectories that are learnt from, and of the grid that levels are chosen from. Default 49. */
  readonly grid?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** One condition: what its steps depend on, and its trial fields along the fine flow. */
interface Trajectories {
  readonly condition: ModeArrays;
  readonly rates: Float64Array;
  /** t */
  readonly size: number;
  /** States before each level's evaluation and at the end, grid + 1 of [count, K]. */
  readonly states: readonly Float32Array[];
  readonly velocities: readonly Float32Array[];
}

/** Ridge of the least squares, as a share of the regressors' mean square: what is all but absent gets no weight. */
const ridge = 1e-6;
/** Newton's method for b, whose equation is quadratic and begins next to its root. */
const newtonSteps = 3;

/**
 * Condition i draws its trial fields from stream.child(i). Cost: (grid + sum of the evaluations) x conditions x count
 * evaluations of the network.
 */
export async function learnSteps(
  trained: TrainedModes,
  conditions: readonly ModeArrays[],
  stream: Stream,
  { evaluations, count, grid = 49, onProgress, signal }: LearningOptions,
): Promise<LearntSteps[]> {
  const u = logLevels(trained.range, grid);
  const total = (grid + evaluations.reduce((sum, n) => sum + n, 0)) * conditions.length;
  let done = 0;
  const velocity = flowVelocity(trained, count);
  const F: Velocity = async (condition, y, level, rates) => {
    signal?.throwIfAborted();
    const values = await velocity.at(condition, y, level, rates);
    onProgress?.(++done, total);
    return values;
  };
  try {
    const fine: Trajectories[] = [];
    for (const [i, condition] of conditions.entries()) {
      const start = antithetic(stream.child(i), count, trained.modes);
      fine.push(await trajectories(F, condition, start, u, trained.gamma));
    }
    const moments = fine.map((one) => momentsAlong(one, trained.modes));
    const learnt: LearntSteps[] = [];
    for (const n of evaluations) {
      const chosen = bestLevels(fine, moments, u, n);
      learnt.push(await fittedSteps(F, fine, chosen, u));
    }
    return learnt;
  } finally {
    velocity.dispose();
  }
}

type Velocity = (c: ModeArrays, y: Float32Array, level: number, rates: Float64Array) => Promise<Float32Array>;

/** Starts carried by Adams-Bashforth steps over all levels of the grid. */
async function trajectories(
  F: Velocity,
  condition: ModeArrays,
  start: Float32Array,
  u: Float64Array,
  gamma: number,
): Promise<Trajectories> {
  const rates = angleRates(condition, gamma);
  const K = rates.length;
  const states = [start];
  const velocities: Float32Array[] = [];
  for (let j = 0; j < u.length; j++) {
    velocities.push(await F(condition, states[j], u[j], rates));
    const steps = Array.from(rates, (rate) => adamsCoefficients(u, j, rate));
    const past = [0, 1, 2].map((m) => velocities[Math.max(0, j - m)]);
    const next = states[j].slice();
    for (let at = 0; at < next.length; at++) {
      const [now, before, older] = steps[at % K];
      next[at] += now * past[0][at] + before * past[1][at] + older * past[2][at];
    }
    states.push(next);
  }
  return { condition, rates, size: skewedness(condition), states, velocities };
}

/** Angle of a mode before level j of the grid; 0 at the end. */
const angleAt = (u: Float64Array, rate: number, j: number): number =>
  j < u.length ? Math.atan(rate * Math.exp(u[j])) : 0;

/** Second moments of each mode's states and velocities along a trajectory, [K] of [2 grid + 1, 2 grid + 1]. */
function momentsAlong({ states, velocities }: Trajectories, K: number): Float64Array[] {
  const columns = [...states, ...velocities];
  const count = states[0].length / K;
  return Array.from({ length: K }, (_, k) => {
    const rows = new Float64Array(count * columns.length);
    columns.forEach((column, i) => {
      for (let n = 0; n < count; n++) rows[n * columns.length + i] = column[n * K + k];
    });
    return gram(rows, count, columns.length).map((sum) => sum / count);
  });
}

/** Indices of n levels of the grid, see the head of this file. */
function bestLevels(
  fine: readonly Trajectories[],
  moments: readonly Float64Array[][],
  u: Float64Array,
  n: number,
): number[] {
  const last = u.length - 1;
  let best = Array.from({ length: n }, (_, j) => Math.round((j / Math.max(1, n - 1)) * last));
  let least = unexplained(fine, moments, u, best);
  for (let step = Math.max(1, Math.round(u.length / 8)); step >= 1; step = Math.floor(step / 2)) {
    for (let moved = true; moved;) {
      moved = false;
      for (let j = 1; j < n; j++) {
        for (const by of [-step, step]) {
          const to = best[j] + by;
          if (to <= best[j - 1] || to > last || (j + 1 < n && to >= best[j + 1])) continue;
          const tried = best.map((level, i) => (i === j ? to : level));
          const left = unexplained(fine, moments, u, tried);
          if (left < least) [best, least, moved] = [tried, left, true];
        }
      }
    }
  }
  return best;
}

/** Sum over steps and modes of the mean square that the best weights leave, all conditions together. */
function unexplained(
  fine: readonly Trajectories[],
  moments: readonly Float64Array[][],
  u: Float64Array,
  levels: readonly number[],
): number {
  const side = 2 * u.length + 1;
  const K = moments[0].length;
  let sum = 0;
  for (let j = 0; j < levels.length; j++) {
    const from = levels[j];
    const to = j + 1 < levels.length ? levels[j + 1] : u.length;
    const past = levels.slice(Math.max(0, j + 1 - remembered), j + 1).map((level) => u.length + 1 + level);
    for (let k = 0; k < K; k++) {
      const fit = new LeastSquares(past.length);
      for (const [i, { rates }] of fine.entries()) {
        const M = moments[i][k];
        const turn = angleAt(u, rates[k], to) - angleAt(u, rates[k], from);
        fit.target += M[to * side + to] - 2 * M[to * side + from] + M[from * side + from];
        past.forEach((x, p) => {
          fit.right[p] += turn * (M[to * side + x] - M[from * side + x]);
          past.forEach((y, q) => (fit.left[p * past.length + q] += turn * turn * M[x * side + y]));
        });
      }
      sum += weightOf(fine, k) * fit.unexplained();
    }
  }
  return sum;
}

/** Mean of (lambda_k / lambda_1)^(1/2) over the conditions: what strong modes miss, bias and distances see first. */
const weightOf = (fine: readonly Trajectories[], k: number): number =>
  fine.reduce((sum, { condition: { std } }) => sum + std[k] / std[0], 0) / fine.length;

/** Normal equations A w = r of some regressors, with the target's own square. */
class LeastSquares {
  readonly left: Float64Array;
  readonly right: Float64Array;
  target = 0;

  constructor(private readonly size: number) {
    this.left = new Float64Array(size * size);
    this.right = new Float64Array(size);
  }

  solution(): Float64Array {
    const { left, right, size } = this;
    let trace = 0;
    for (let i = 0; i < size; i++) trace += left[i * size + i];
    const A = left.slice();
    for (let i = 0; i < size; i++) A[i * size + i] += (ridge * trace) / size + Number.MIN_VALUE ** 0.5;
    return choleskySolve(cholesky(A, size), size, right);
  }

  unexplained(): number {
    return Math.max(
      0,
      this.solution().reduce((rest, w, i) => rest - w * this.right[i], this.target),
    );
  }
}

/** Weights for chosen levels of the grid, step by step, on the states that the steps before have reached. */
async function fittedSteps(
  F: Velocity,
  fine: readonly Trajectories[],
  chosen: readonly number[],
  u: Float64Array,
): Promise<LearntSteps> {
  const K = fine[0].rates.length;
  const levels = Float64Array.from(chosen, (level) => u[level]);
  const weights = new Float32Array(levels.length * weightRows * K);
  const clouds = fine.map((one) => ({ ...one, y: one.states[0].slice(), past: [] as Float32Array[] }));
  for (let j = 0; j < levels.length; j++) {
    const to = j + 1 < levels.length ? chosen[j + 1] : u.length;
    for (const cloud of clouds) {
      cloud.past.unshift(await F(cloud.condition, cloud.y, levels[j], cloud.rates));
      cloud.past.length = Math.min(cloud.past.length, remembered);
    }
    for (let k = 0; k < K; k++) {
      const turns = clouds.map(({ rates }) => angleAt(u, rates[k], to) - angleAt(u, rates[k], chosen[j]));
      const own = weightsOf(clouds, k, turns, to);
      own.forEach((w, row) => (weights[(j * weightRows + row) * K + k] = w));
      clouds.forEach((cloud, i) => moved(cloud, k, turns[i], own).forEach((y, n) => (cloud.y[n * K + k] = y)));
    }
  }
  return { levels, weights };
}

interface Cloud extends Trajectories {
  readonly y: Float32Array;
  readonly past: readonly Float32Array[];
}

/** Mode k of a cloud after a step. */
function moved({ y, past, rates, size }: Cloud, k: number, turn: number, weights: Float64Array): Float64Array {
  const K = rates.length;
  return Float64Array.from({ length: y.length / K }, (_, n) => {
    const at = n * K + k;
    const turned = past.reduce((sum, velocity, m) => sum + weights[m] * velocity[at], 0);
    return (1 + size * weights[remembered]) * y[at] + turn * turned;
  });
}

/** a_j0k, a_j1k, a_j2k, b_jk of one mode and step. */
function weightsOf(clouds: readonly Cloud[], k: number, turns: readonly number[], to: number): Float64Array {
  const known = clouds[0].past.length;
  const fit = new LeastSquares(known + 1);
  const x = new Float64Array(known + 1);
  for (const [i, { y, past, rates, size, states }] of clouds.entries()) {
    for (let at = k; at < y.length; at += rates.length) {
      for (let m = 0; m < known; m++) x[m] = turns[i] * past[m][at];
      x[known] = size * y[at];
      const missing = states[to][at] - y[at];
      for (let p = 0; p <= known; p++) {
        fit.right[p] += x[p] * missing;
        for (let q = 0; q <= known; q++) fit.left[p * (known + 1) + q] += x[p] * x[q];
      }
    }
  }
  const found = fit.solution();
  const weights = new Float64Array(weightRows);
  weights.set(found.subarray(0, known));
  weights[remembered] = found[known];
  for (let newton = 0; newton < newtonSteps; newton++)
    weights[remembered] += spreadMissing(clouds, k, turns, to, weights);
  return weights;
}

/** Newton's step of b towards sum_z t (E y_k^2 - E y*_k^2) = 0 after the step. */
function spreadMissing(
  clouds: readonly Cloud[],
  k: number,
  turns: readonly number[],
  to: number,
  weights: Float64Array,
): number {
  let [missing, slope] = [0, Number.MIN_VALUE ** 0.5];
  for (const [i, cloud] of clouds.entries()) {
    const { y, rates, size, states } = cloud;
    moved(cloud, k, turns[i], weights).forEach((next, n) => {
      const at = n * rates.length + k;
      missing += size * (states[to][at] ** 2 - next ** 2);
      slope += 2 * size * size * next * y[at];
    });
  }
  return missing / slope;
}
