/**
 * Samplers on the exact Gaussian score: the generated law is propagated, not sampled (propagated-law.ts). Its
 * Wasserstein-2 distance to the law that the exact reverse process ends in is free of Monte-Carlo error.
 */
import { tf } from "../../graph/tensorflow";
import {
  denoisedLaw,
  lawDistance,
  type LawDistance,
  type ModeLaw,
  noisedLaw,
  propagatedLaw,
} from "../../diffusion/propagated-law";
import type { GaussianLaw } from "../../gaussian/conditional-gaussian";
import { dormandPrince } from "../../diffusion/dormand-prince";
import { schemeOf } from "../../diffusion/sample";
import type { Schedule } from "../../diffusion/schedule";
import type { Score } from "../../diffusion/score";
import { timeGrid } from "../../diffusion/time-grid";
import type { WorkPrecisionSettings } from "./settings";
import type { StageContext } from "../../cache/stage";
import { type SamplerName, gridMethods, spacing, methodOf, pause } from "./samplers";

export interface ExactRow extends LawDistance {
  readonly sampler: SamplerName;
  /** Of the grid; 0 where the method chooses them. */
  readonly steps: number;
  readonly evaluations: number;
}

export interface ExactRows {
  readonly exact: readonly ExactRow[];
  /** Logarithm of the largest over the smallest noise-to-signal ratio: a step of n is this over n. */
  readonly logRange: number;
  /** The distance that is left between the exact process, stopped at tMin and denoised, and the data's law. */
  readonly truncation: number;
}

/** Mean along each mode. Outside the modes nothing varies and the last denoising step is exact. */
function modeLaw({ mean, modes, variance, dimension, rank }: GaussianLaw): ModeLaw {
  const along = new Float64Array(rank);
  for (let i = 0; i < dimension; i++) for (let k = 0; k < rank; k++) along[k] += modes[i * rank + k] * mean[i];
  return { mean: along, variance };
}

export async function exactRows(
  law: GaussianLaw,
  schedule: Schedule,
  { exactEvaluations, churn, tolerances }: WorkPrecisionSettings,
  context: StageContext,
): Promise<ExactRows> {
  const data = modeLaw(law);
  const start = noisedLaw(data, schedule, schedule.tMax);
  const end = (generated: ModeLaw): ModeLaw => denoisedLaw(generated, data, schedule, schedule.tMin);
  const limit = end(noisedLaw(data, schedule, schedule.tMin));
  const exact: ExactRow[] = [];
  for (const [index, sampler] of gridMethods.entries()) {
    context.progress(index, gridMethods.length, "exact Gaussian score");
    const scheme = schemeOf(methodOf(sampler, churn));
    for (const wanted of exactEvaluations) {
      context.signal.throwIfAborted();
      const steps = Math.max(1, Math.round(wanted / scheme.evaluations));
      const generated = propagatedLaw(scheme, schedule, timeGrid(schedule, steps, spacing), data, start);
      const evaluations = steps * scheme.evaluations + 1;
      exact.push({ sampler, steps, evaluations, ...lawDistance(end(generated), limit) });
      await pause();
    }
  }
  for (const tolerance of tolerances) {
    const { generated, evaluations } = await adaptiveLaw(data, start, schedule, tolerance, context.signal);
    const row = { sampler: "flow-adaptive", steps: 0, evaluations: evaluations + 1 } as const;
    exact.push({ ...row, ...lawDistance(end(generated), limit) });
  }
  const ratio = (t: number): number => schedule.sigma(t) / schedule.alpha(t);
  const logRange = Math.log(ratio(schedule.tMax) / ratio(schedule.tMin));
  return { exact, logRange, truncation: lawDistance(limit, data).total };
}

/**
 * The adaptive method is an affine map too once its steps are chosen: one row starts at the mean, one a standard
 * deviation beside it.
 */
async function adaptiveLaw(
  data: ModeLaw,
  start: ModeLaw,
  schedule: Schedule,
  tolerance: number,
  signal: AbortSignal,
): Promise<{ generated: ModeLaw; evaluations: number }> {
  const d = data.mean.length;
  const mean = tf.tensor2d(Float32Array.from(data.mean), [1, d]);
  const variance = tf.tensor2d(Float32Array.from(data.variance), [1, d]);
  const rows = tf.tensor2d(
    Float32Array.from({ length: 2 * d }, (_, i) => start.mean[i % d] + (i < d ? 0 : Math.sqrt(start.variance[i % d]))),
    [2, d],
  );
  const score: Score = (x, { alpha, sigma }) =>
    x.sub(mean.mul(alpha)).div<tf.Tensor2D>(variance.mul(alpha.square()).add(sigma.square())).neg();
  let evaluations = 0;
  try {
    const options = { score, schedule, start: rows, signal, onFinished: (n: number) => void (evaluations = n) };
    const end = await dormandPrince({ ...options, tolerances: { absolute: tolerance, relative: tolerance } });
    const values = end.dataSync<"float32">();
    end.dispose();
    const generated = {
      mean: Float64Array.from(values.subarray(0, d)),
      variance: Float64Array.from({ length: d }, (_, k) => (values[d + k] - values[k]) ** 2),
    };
    return { generated, evaluations };
  } finally {
    tf.dispose([mean, variance, rows]);
  }
}
