/**
 * Could the readings have come from the model at all? With r = d - base and P = slope slope^T + R, the covariance that
 * the model made linear gives to readings,  T = r^T P^-1 r  is chi-square for a Gaussian model. For any other its law
 * is that of T over readings simulated from the model, fields and noise: p is the share of these that fit no better,
 * and the chi-square tail only where none of them is that far out. Which reading does not fit the others is told by
 * its residual given all others, (P^-1 r)_j / ((P^-1)_jj)^(1/2), a standard normal number.
 */
import { UserError } from "../errors/user-error";
import { chiSquareTail } from "../numerics/distributions";
import { cholesky, choleskySolve } from "../numerics/linear-algebra";
import { rowAt } from "../numerics/rows";
import type { Stream } from "../random/stream";
import type { AffineReadings } from "./latent-model";
import type { Observations } from "./observations";

/** Below this no noise that was told explains the readings. */
const beyondBelief = 1e-9;

/** p of the readings; `simulated` [count, readings] are those of fields of the model, without noise. */
export function misfitOf(
  affine: AffineReadings,
  of: Observations,
  simulated: Float64Array | undefined,
  s: Stream,
): number {
  const m = of.value.length;
  const { statistic } = predictive(affine, of);
  const own = statistic(of.value);
  const tail = chiSquareTail(own, m);
  if (simulated === undefined) return tail;
  const count = simulated.length / m;
  const noise = s.normals(count * m);
  let beyond = 0;
  for (let n = 0; n < count; n++) {
    const readings = rowAt(simulated, n, m).map((v, j) => v + of.std[j] * noise[n * m + j]);
    if (statistic(readings) >= own) beyond++;
  }
  return beyond > 0 ? (1 + beyond) / (1 + count) : Math.min(1 / (1 + count), tail);
}

/**
 * Refuses readings that contradict what the problem holds fixed, and those that the model cannot explain, naming the
 * worst.
 */
export function requireCredible(affine: AffineReadings, of: Observations, misfit: number): void {
  const m = of.value.length;
  const d = affine.slope.length / m;
  of.functionals.forEach(({ name, unit }, j) => {
    const spread = Math.hypot(...rowAt(affine.slope, j, d));
    const off = (of.value[j] - affine.base[j]) / of.std[j];
    if (spread > 1e-3 * of.std[j] || Math.abs(off) < 6) return;
    throw new UserError(
      `${name} is ${Number(affine.base[j].toPrecision(6))} ${unit} whatever the porosity, but the reading says ` +
        `${of.value[j]} (${Math.abs(off).toPrecision(3)} standard deviations away). Remedy: check place, unit and ` +
        "zero of this sensor",
    );
  });
  if (misfit >= beyondBelief) return;
  const { residuals } = predictive(affine, of);
  const worst = residuals(of.value).reduce((best, v, j, all) => (Math.abs(v) > Math.abs(all[best]) ? j : best), 0);
  throw new UserError(
    `the readings contradict each other or the model at this condition (p = ${misfit.toExponential(1)}); the ` +
      `worst is ${of.functionals[worst].name}, reading ${of.value[worst]} ${of.functionals[worst].unit}, ` +
      `${Math.abs(residuals(of.value)[worst]).toPrecision(3)} standard deviations from what the others say. Remedy: ` +
      "check units, signs and standard deviations, the condition, or leave that reading out",
  );
}

function predictive({ base, slope }: AffineReadings, { std }: Observations) {
  const m = base.length;
  const d = slope.length / m;
  const P = new Float64Array(m * m);
  for (let j = 0; j < m; j++) {
    for (let k = 0; k < m; k++) {
      for (let i = 0; i < d; i++) P[j * m + k] += slope[j * d + i] * slope[k * d + i];
    }
    P[j * m + j] += std[j] ** 2;
  }
  const L = cholesky(P, m);
  const solved = (value: Float64Array): Float64Array =>
    choleskySolve(
      L,
      m,
      value.map((v, j) => v - base[j]),
    );
  return {
    statistic: (value: Float64Array): number => solved(value).reduce((sum, w, j) => sum + w * (value[j] - base[j]), 0),
    residuals: (value: Float64Array): Float64Array =>
      solved(value).map((w, j) => {
        const unit = new Float64Array(m);
        unit[j] = 1;
        return w / Math.sqrt(choleskySolve(L, m, unit)[j]);
      }),
  };
}
