/**
 * Stage: the bias budget at the published condition, for the reverse SDE from N(0, I) at the smaller beta_max with the trained network, the way the original
 * drew its fields. Each cause is switched alone, everything else as it was:
 *
 *   prior mismatch        start at N(0, I) minus start at noised solver fields alpha x_0 + sigma z (same z, same noise), network's score
 *   last denoising step   fields at t_min minus their denoised means: the same trajectories
 *   truncation            exact Gaussian score, small steps: end at t_min with the last step minus end at 0: no sampling
 *   time discretisation   exact Gaussian score: these steps minus small steps: no sampling
 *   score error           network minus exact empirical score, same random numbers, each by the mean of its own data
 *   finite ensemble       exact empirical score of an ensemble: its halves' average minus the whole, which estimates a 1/n trend at n
 *   Monte-Carlo           mean of the drawn fields minus its control-variate estimate: of this draw
 *
 * and what is left over is the measured bias of the drawn fields less all these. Profiles are added and then projected on the direction of the bias:
 * contributions are signed, have their error bars and add up. Ratios are to the spread |std|_2; data units are root mean squares over the profile.
 */
import { tf } from "../../graph/tensorflow";
import { type FieldSample, fieldSample } from "../../diagnostics/field-sample";
import { multiplyVector } from "../../numerics/linear-algebra";
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
import { atCondition, checkSchedule, scoreAt, type ScoreModel, toNetworkUnits } from "../../model/score-model";
import { type Stream, stream } from "../../random/stream";
import { randomNormal, seedTensor } from "../../random/tensors";
import type { Common } from "../common-settings";
import type { MeanBiasSettings } from "../mean-bias/settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import {
  drawBoth,
  ensembleScore,
  exactLaw,
  perUnit,
  publishedSetting,
  referenceMean,
  type Setting,
  solvedFields,
} from "../mean-bias/published-setting";
import { publishedCondition } from "../../transport/published-conditions";

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

export interface BiasBudgetInput extends Common {
  readonly meanBias: MeanBiasSettings;
}

export function biasBudgetStage(model: () => Promise<ScoreModel>): Stage<BiasBudgetInput, BiasBudget> {
  return jsonStage({
    name: "bias-budget",
    module: "lib/experiments/bias-budget/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const { meanBias, problem: p } = input;
      const root = stream(input.seed).child("bias budget");
      const solver = { problem: m.problem, cells: p.cells, signal: context.signal };
      const setting = await publishedSetting({
        ...solver,
        normalisation: m.statistics.normalisation,
        count: meanBias.reference,
        stream: root.child("reference"),
      });
      const solve = async (name: string, count: number): Promise<FieldSample> =>
        fieldSample(await solvedFields({ ...solver, count, stream: root.child(name) }), setting.shape);
      const betaMax = m.trained.kind === "score" ? m.trained.schedule.betaMax : decisiveOf(meanBias.betaMax);
      const schedule = { ...input.schedule, betaMax };
      checkSchedule(m, schedule);
      const network = scoreAt(m, atCondition(m, publishedCondition));
      try {
        return await budget({
          setting,
          network,
          ensemble: await solve("empirical score", meanBias.empirical),
          arrivals: await solve("noised fields", meanBias.generated),
          schedule,
          steps: meanBias.sdeSteps,
          count: meanBias.generated,
          stream: root,
          ...context,
        });
      } finally {
        network.dispose();
      }
    },
  });
}

export const decisiveOf = (betaMax: readonly number[]): number => (betaMax.includes(3) ? 3 : betaMax[0]);

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

/** alpha x_0 + sigma z with the very z that the sampler's standard normal start has in batch after batch, [count, dimension]. */
function noised(
  fields: Float64Array,
  dimension: number,
  o: { source: Stream; batch: number; alpha: number; sigma: number },
): tf.Tensor2D {
  const { source, batch, alpha, sigma } = o;
  const count = fields.length / dimension;
  return tf.tidy(() => {
    const batches = Array.from({ length: Math.ceil(count / batch) }, (_, b) => {
      const seed = seedTensor(source.child(b).child("start"), tf.scalar(0, "int32"));
      return randomNormal([batch, dimension], seed) as tf.Tensor2D;
    });
    const z = tf.concat2d(batches, 0).slice([0, 0], [count, dimension]);
    const x0 = tf.tensor2d(Float32Array.from(fields), [count, dimension]);
    return x0.mul(alpha).add<tf.Tensor2D>(z.mul(sigma));
  });
}

/** The part of a profile along `direction`, channel by channel. */
function projected(
  cause: BudgetRow["cause"],
  p: ProfileEstimate,
  direction: Float64Array,
  setting: Setting,
): BudgetRow {
  const { channels, cells } = setting.shape;
  const d = direction.length;
  const found = Array.from({ length: channels }, (_, ch) => {
    const [from, to] = [ch * cells, (ch + 1) * cells];
    let length = 0;
    let spread = 0;
    for (let i = from; i < to; i++) {
      length += direction[i] ** 2;
      spread += setting.moments.std[i] ** 2;
    }
    const u = direction.map((v, i) => (i >= from && i < to ? v / Math.sqrt(length) : 0));
    const along = u.reduce((sum, v, i) => sum + v * p.value[i], 0);
    const Eu = multiplyVector(p.error, d, d, u);
    const error = Math.sqrt(
      Math.max(
        0,
        u.reduce((sum, v, i) => sum + v * Eu[i], 0),
      ),
    );
    return { along, error, spread: Math.sqrt(spread) };
  });
  const root = Math.sqrt(cells);
  return {
    cause,
    ratio: found.map((f) => f.along / f.spread),
    ratioError: found.map((f) => f.error / f.spread),
    data: found.map((f) => f.along / root),
    dataError: found.map((f) => f.error / root),
  };
}
