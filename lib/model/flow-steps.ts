/**
 * One step of the flow in whitened modes from level to level: Adams-Bashforth coefficients of F now, one and two levels
 * ago, with the known speed of the angles integrated exactly (the formula stands in mode-flow.ts), and what a compiled
 * flow is told of its condition.
 */
import { tf } from "../graph/tensorflow";
import type { ModeArrays } from "./mode-geometry";
import type { VelocityGeometry } from "./mode-velocity";
import type { Calibration } from "./self-calibration";

/** Tables with a row for each level. */
export type FlowTables = Readonly<
  Record<"angles" | "logLevels" | "now" | "before" | "older" | "shift" | "map", tf.Tensor>
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

/**
 * The tables of a condition. Angles and the method's coefficients [levels, K] are in double precision until
 * stored.
 */
export function flowTables(
  condition: ModeArrays,
  { modes: K, gamma }: { readonly modes: number; readonly gamma: number },
  logLevels: Float64Array,
  calibration: Calibration,
): FlowTables {
  const levels = logLevels.length;
  const angles = new Float32Array(levels * K);
  const coefficients = [0, 1, 2].map(() => new Float32Array(levels * K)); // of F now, one and two levels ago
  for (let k = 0; k < K; k++) {
    const rate = (condition.std[0] / condition.std[k]) ** gamma;
    for (let j = 0; j < levels; j++) {
      angles[j * K + k] = Math.atan(rate * Math.exp(logLevels[j]));
      adamsCoefficients(logLevels, j, rate).forEach((c, m) => (coefficients[m][j * K + k] = c));
    }
  }
  const table = (values: Float32Array): tf.Tensor => tf.tensor2d(values, [levels, values.length / levels]);
  return {
    angles: table(angles),
    logLevels: tf.tensor1d(Float32Array.from(logLevels)),
    now: table(coefficients[0]),
    before: table(coefficients[1]),
    older: table(coefficients[2]),
    shift: table(calibration.shift),
    map: table(calibration.map),
  };
}
