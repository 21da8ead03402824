/**
 * The bias budget of drawn fields: profiles of what each cause does are added and then projected on the direction of the bias, so that contributions are signed,
 * have their error bars and add up. The causes stand in stage.ts.
 */
import { tf } from "../../graph/tensorflow";
import type { FieldSample } from "../../diagnostics/field-sample";
import { moments } from "../../diagnostics/moments";
import {
  difference,
  exactProfile,
  meanProfile,
  pairedDifference,
  type ProfileEstimate,
} from "../../diagnostics/profile-bias";
import { gaussianScore } from "../../diffusion/exact-score";
import { generatedLaw } from "../../diffusion/prior-mismatch";
import { variancePreserving } from "../../diffusion/schedule";
import type { Score } from "../../diffusion/score";
import { toNetworkUnits } from "../../model/score-model";
import type { Stream } from "../../random/stream";
import type { Common } from "../common-settings";
import {
  drawBoth,
  ensembleScore,
  exactLaw,
  perUnit,
  referenceMean,
  type Setting,
} from "../mean-bias/published-setting";
import { noised } from "./noised-fields";
import { projected } from "./projection";

export type Cause =
  | "prior mismatch"
  | "last denoising step"
  | "truncation at t_min"
  | "time discretisation"
  | "score error"
  | "finite ensemble"
  | "Monte-Carlo"
  | "left over";

/** One entry a channel: the share along the direction of the bias, in standard deviations and in SI units (rms over the profile). */
export interface BudgetRow {
  readonly cause: Cause | "measured";
  readonly ratio: readonly number[];
  readonly ratioError: readonly number[];
  readonly data: readonly number[];
  readonly dataError: readonly number[];
}

export interface BiasBudget {
  readonly betaMax: number;
  readonly count: number;
  readonly steps: number;
  readonly rows: readonly BudgetRow[];
  /** What the closed form makes of the prior mismatch. */
  readonly predictedMismatch: readonly number[];
}

export interface BudgetOptions {
  readonly setting: Setting;
  readonly network: Score;
  /** Solver fields of the empirical score. */
  readonly ensemble: FieldSample;
  /** Solver fields that are noised for the start without mismatch, as many as are drawn. */
  readonly arrivals: FieldSample;
  readonly schedule: Common["schedule"];
  readonly steps: number;
  readonly count: number;
  readonly stream: Stream;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number, extra?: string) => void;
}

export async function budget(o: BudgetOptions): Promise<BiasBudget> {
  const { setting, schedule, steps, count, ensemble } = o;
  const { law, shape, normalisation } = setting;
  const method = { name: "reverse-sde-heun" } as const;
  const vp = variancePreserving(schedule);
  const source = o.stream.child("trajectories");
  const batch = Math.min(400, count);
  let done = 0;
  const draw = async (what: string, score: Score, arrived?: tf.Tensor2D) => {
    o.signal?.throwIfAborted();
    o.progress?.(done++, 6, what);
    const start = arrived ? ({ law: "given", values: arrived } as const) : ({ law: "standard normal" } as const);
    const random = { count, batch, stream: source };
    return drawBoth(setting, { ...random, score, start, schedule, method, steps, signal: o.signal });
  };
  const inUnits = (fields: FieldSample): Float64Array =>
    toNetworkUnits(fields.values.slice(), normalisation, shape.cells);
  const withEnsemble = async (fields: FieldSample, what: string): Promise<FieldSample> => {
    const score = ensembleScore(inUnits(fields), fields.count, law);
    try {
      return (await draw(what, score)).clean;
    } finally {
      score.dispose();
    }
  };
  const half = (which: number): FieldSample => {
    const d = law.dimension;
    const size = Math.floor(ensemble.count / 2);
    return { ...ensemble, count: size, values: ensemble.values.slice(which * size * d, (which + 1) * size * d) };
  };

  const end = { alpha: vp.alpha(vp.tMax), sigma: vp.sigma(vp.tMax) };
  const x1 = noised(inUnits(o.arrivals), law.dimension, { source, batch, ...end });
  const gaussian = gaussianScore(law);
  try {
    const base = await draw("network", o.network);
    const right = await draw("network, noised fields", o.network, x1);
    const control = await draw("exact Gaussian", gaussian);
    const whole = await withEnsemble(ensemble, "exact empirical");
    const halves = [await withEnsemble(half(0), "first half"), await withEnsemble(half(1), "second half")];

    const common = { schedule, method, steps } as const;
    const exactBias = (start: "standard normal" | "matched", denoise: boolean): Float64Array =>
      perUnit(setting, exactLaw(law, { ...common, start, denoise }).bias);
    const limit = (end: "zero" | "tMin, denoised"): Float64Array =>
      perUnit(setting, generatedLaw(law, { schedule: vp, sampler: "reverse SDE", end }).bias);
    const minus = (a: ArrayLike<number>, b: Float64Array): Float64Array => b.map((v, i) => a[i] - v);
    const fields = (like: FieldSample, value: (k: number) => number): FieldSample => ({
      ...like,
      values: like.values.map((_, k) => value(k)),
    });
    const mean = setting.moments.mean;
    const truth = referenceMean(setting);
    const known = exactBias("standard normal", false);
    const gaussianMean = mean.map((m, i) => m + known[i]);
    const estimate = meanProfile(base.noisy, { fields: control.noisy, mean: gaussianMean });
    const drawn = meanProfile(base.noisy);
    const measured = difference(drawn, truth);
    // Without the control, whose known mean would hide a wrong start: it would be wrong in the control as well.
    const mismatch = pairedDifference(base.noisy, right.noisy);
    const own = moments(ensemble).mean;
    const share = setting.reference.count / ensemble.count;
    const parts: Record<Exclude<Cause, "left over">, ProfileEstimate> = {
      "prior mismatch": mismatch,
      "last denoising step": meanProfile(fields(base.noisy, (k) => base.noisy.values[k] - base.clean.values[k])),
      "truncation at t_min": exactProfile(minus(limit("tMin, denoised"), limit("zero"))),
      "time discretisation": exactProfile(minus(exactBias("standard normal", true), limit("tMin, denoised"))),
      "score error": difference(
        meanProfile(
          fields(base.clean, (k) => base.clean.values[k] - whole.values[k]),
          { fields: control.clean, mean: exactBias("standard normal", true).map((b, i) => b + mean[i]) },
        ),
        // The means of the two scores' data differ by chance: by the errors of both ensembles.
        { value: minus(mean, own), error: setting.error.map((e) => e * (1 + share)) },
      ),
      "finite ensemble": meanProfile(
        fields(whole, (k) => 0.5 * (halves[0].values[k] + halves[1].values[k]) - whole.values[k]),
      ),
      "Monte-Carlo": difference(drawn, estimate),
    };
    const explained = Object.values(parts).reduce((sum, p) => sum.map((s, i) => s + p.value[i]), new Float64Array(mean.length)); // prettier-ignore
    // Its error: what is left over is itself a mean over the fields drawn, beside those of the reference and of the empirical ensemble.
    const rest = meanProfile(
      fields(base.noisy, (k) => {
        const halfway = 0.5 * (halves[0].values[k] + halves[1].values[k]);
        return right.noisy.values[k] + base.clean.values[k] - base.noisy.values[k] - (base.clean.values[k] - whole.values[k]) - (halfway - whole.values[k]); // prettier-ignore
      }),
      { fields: control.noisy, mean: gaussianMean },
    );
    const leftOver = {
      value: measured.value.map((v, i) => v - explained[i]),
      error: rest.error.map((e, k) => e + mismatch.error[k] + setting.error[k] * (2 + share)),
    };
    const direction = difference(estimate, truth).value;
    const row = (cause: BudgetRow["cause"], profile: ProfileEstimate): BudgetRow =>
      projected(cause, profile, direction, setting);
    o.progress?.(6, 6);
    return {
      betaMax: schedule.betaMax,
      count,
      steps,
      rows: [
        ...(Object.keys(parts) as (keyof typeof parts)[]).map((cause) => row(cause, parts[cause])),
        row("left over", leftOver),
        row("measured", measured),
      ],
      predictedMismatch: row("prior mismatch", exactProfile(limit("zero"))).ratio,
    };
  } finally {
    gaussian.dispose();
    x1.dispose();
  }
}
