/**
 * One step of the flow in whitened modes from level to level,
 *   y_k <- keep_k y_k + now_k F_k(u_j) + before_k F_k(u_(j-1)) + older_k F_k(u_(j-2)),
 * by Adams-Bashforth coefficients with the known speed of the angles integrated exactly (keep = 1; the formula stands in
 * mode-flow.ts) or by learnt ones (learnt-steps.ts), and what a compiled flow is told of its condition.
 */
import { tf } from "../graph/tensorflow";
import { angleRates, type ModeArrays } from "./mode-geometry";
import { skewedness, type VelocityGeometry } from "./mode-velocity";
import type { Calibration } from "./self-calibration";

/** Learnt steps for one number of evaluations. */
export interface LearntSteps {
  /** u_j, falling; their number is that of the evaluations. */
  readonly levels: Float64Array;
  /** [levels, 4, K]: a_j0k, a_j1k, a_j2k (0 where there is no such level), b_jk. */
  readonly weights: Float32Array;
}

/** Velocities that a step remembers, its own included. */
export const remembered = 3;
export const weightRows = remembered + 1;

/** Tables with a row for each level. */
export type FlowTables = Readonly<
  Record<"angles" | "logLevels" | "keep" | "now" | "before" | "older" | "shift" | "map", tf.Tensor>
>;
/** What a call of the flow depends on beside them: the condition's geometry. */
export type FlowTensors = FlowTables & VelocityGeometry;

/**
 * Gauss-Legendre points and weights on [-1, 1]: exact to degree 11, beyond what the smooth integrands below can tell.
 */
const gauss = [
  [-0.932469514203152, 0.17132449237917036],
  [-0.6612093864662645, 0.3607615730481386],
  [-0.2386191860831969, 0.46791393457269104],
  [0.2386191860831969, 0.46791393457269104],
  [0.6612093864662645, 0.3607615730481386],
  [0.932469514203152, 0.17132449237917036],
];

/**
 * Coefficients of F at levels j, j - 1 and j - 2 in the step from level j (zeros beyond `order` levels): integrals of
 * the Lagrange polynomials in u = log s against dtheta/du = rate e^u / (1 + rate^2 e^(2u)). Fewer levels at the start;
 * from the last level F is held constant down to theta = 0.
 */
export function adamsCoefficients(logLevels: Float64Array, j: number, rate: number, order: 1 | 2 | 3 = 3): number[] {
  const u = logLevels[j];
  if (j === logLevels.length - 1) return [-Math.atan(rate * Math.exp(u)), 0, 0];
  const next = logLevels[j + 1];
  const known = Math.min(order, j + 1);
  const result = [0, 0, 0];
  for (const [point, weight] of gauss) {
    const v = (u + next) / 2 + ((next - u) / 2) * point;
    const speed = (rate * Math.exp(v)) / (1 + (rate * Math.exp(v)) ** 2);
    for (let m = 0; m < known; m++) {
      let basis = 1;
      for (let n = 0; n < known; n++) {
        if (n !== m) basis *= (v - logLevels[j - n]) / (logLevels[j - m] - logLevels[j - n]);
      }
      result[m] += ((next - u) / 2) * weight * speed * basis;
    }
  }
  return result;
}

/** Rows [K] of one step: what multiplies y, and F at this level, one and two levels ago. */
type StepRows = Readonly<Record<"keep" | "now" | "before" | "older", Float64Array>>;

/** The step from level j by Adams-Bashforth, for modes whose angles have these rates. */
function adamsStep(logLevels: Float64Array, j: number, rates: Float64Array): StepRows {
  const all = Array.from(rates, (rate) => adamsCoefficients(logLevels, j, rate));
  const [now, before, older] = [0, 1, 2].map((m) => Float64Array.from(all, (row) => row[m]));
  return { keep: new Float64Array(rates.length).fill(1), now, before, older };
}

/** The same by learnt weights; `size` is t of the condition. */
function learntStep({ levels, weights }: LearntSteps, j: number, rates: Float64Array, size: number): StepRows {
  const K = rates.length;
  const row = (m: number): Float32Array => weights.subarray((j * weightRows + m) * K, (j * weightRows + m + 1) * K);
  const turns = rates.map((rate) => {
    const next = j + 1 < levels.length ? Math.atan(rate * Math.exp(levels[j + 1])) : 0;
    return next - Math.atan(rate * Math.exp(levels[j]));
  });
  const [now, before, older] = [0, 1, 2].map((m) => turns.map((turn, k) => turn * row(m)[k]));
  return { keep: turns.map((_, k) => 1 + size * row(remembered)[k]), now, before, older };
}

/**
 * The tables of a condition; learnt steps instead of levels where there are some. Angles and the coefficients [levels, K]
 * are in double precision until stored.
 */
export function flowTables(
  condition: ModeArrays,
  { modes: K, gamma }: { readonly modes: number; readonly gamma: number },
  steps: Float64Array | LearntSteps,
  calibration: Calibration,
): FlowTables {
  const learnt = steps instanceof Float64Array ? undefined : steps;
  const logLevels = steps instanceof Float64Array ? steps : steps.levels;
  const levels = logLevels.length;
  const rates = angleRates(condition, gamma);
  const size = skewedness(condition);
  const rows = Array.from({ length: levels }, (_, j) =>
    learnt ? learntStep(learnt, j, rates, size) : adamsStep(logLevels, j, rates),
  );
  const angles = new Float32Array(levels * K);
  for (let j = 0; j < levels; j++) {
    for (let k = 0; k < K; k++) angles[j * K + k] = Math.atan(rates[k] * Math.exp(logLevels[j]));
  }
  const table = (values: Float32Array): tf.Tensor => tf.tensor2d(values, [levels, values.length / levels]);
  const coefficients = (name: keyof StepRows): tf.Tensor => {
    const values = new Float32Array(levels * K);
    rows.forEach((row, j) => values.set(row[name], j * K));
    return table(values);
  };
  return {
    angles: table(angles),
    logLevels: tf.tensor1d(Float32Array.from(logLevels)),
    keep: coefficients("keep"),
    now: coefficients("now"),
    before: coefficients("before"),
    older: coefficients("older"),
    shift: table(calibration.shift),
    map: table(calibration.map),
  };
}
