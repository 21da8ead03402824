/**
 * The bias budget of drawn fields: profiles of what each cause does are added and then projected on the direction of
 * the bias, so that contributions are signed, have their error bars and add up. The causes stand in stage.ts.
 */
import { type OfProblem, ofProblem } from "../../transport/of-problem";
import { tf } from "../../graph/tensorflow";
import { moments } from "../../diagnostics/moments";
import type { Fields } from "../../fields/fields";
import {
  difference,
  exactProfile,
  meanProfile,
  pairedDifference,
  type ProfileEstimate,
} from "../../diagnostics/profile-bias";
import { ensembleScore } from "../../diffusion/ensemble-score";
import { gaussianScore } from "../../diffusion/exact-score";
import { generatedLaw } from "../../diffusion/prior-mismatch";
import { variancePreserving } from "../../diffusion/schedule";
import type { Score } from "../../diffusion/score";
import type { Stream } from "../../random/stream";
import type { Common } from "../common-settings";
import { drawBoth, exactLaw, perUnit, referenceMean, type Setting } from "../mean-bias/published-setting";
import { noised } from "./noised-fields";
import { type BudgetRow, type Cause, projected } from "./projection";

export interface BiasBudget extends OfProblem {
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
  readonly ensemble: Fields;
  /** Solver fields that are noised for the start without mismatch, as many as are drawn. */
  readonly arrivals: Fields;
  readonly schedule: Common["schedule"];
  readonly steps: number;
  readonly count: number;
  readonly stream: Stream;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number, extra?: string) => void;
}

/** Before and after the last denoising step. */
type Both = Awaited<ReturnType<typeof drawBoth>>;

/** Fields of the same random numbers: from each score, and from the start that has no mismatch. */
interface Drawn {
  /** The network from N(0, I), and from noised solver fields. */
  readonly base: Both;
  readonly right: Both;
  readonly gaussian: Both;
  /** The exact empirical score of the whole ensemble and of its halves, after the last step. */
  readonly whole: Fields;
  readonly halves: readonly [Fields, Fields];
}

const method = { name: "reverse-sde-heun" } as const;

export async function budget(o: BudgetOptions): Promise<BiasBudget> {
  const { setting, schedule, steps, count } = o;
  const drawn = await drawAll(o);
  const truth = referenceMean(setting);
  const { parts, estimate, predictedMismatch } = causes(drawn, o);
  const measured = difference(meanProfile(drawn.base.noisy), truth);
  const direction = difference(estimate, truth).value;
  const row = (cause: BudgetRow["cause"], profile: ProfileEstimate): BudgetRow =>
    projected(cause, profile, direction, setting);
  o.progress?.(6, 6);
  return {
    ...ofProblem(o.setting.problem),
    betaMax: schedule.betaMax,
    count,
    steps,
    rows: [
      ...(Object.keys(parts) as (keyof typeof parts)[]).map((cause) => row(cause, parts[cause])),
      row("left over", leftOver(measured, parts, drawn, o)),
      row("measured", measured),
    ],
    predictedMismatch: row("prior mismatch", exactProfile(predictedMismatch)).ratio,
  };
}

async function drawAll(o: BudgetOptions): Promise<Drawn> {
  const { setting, schedule, steps, count, ensemble } = o;
  const { law, normalisation } = setting;
  const source = o.stream.child("trajectories");
  const batch = Math.min(400, count);
  let done = 0;
  const draw = async (what: string, score: Score, arrived?: tf.Tensor2D): Promise<Both> => {
    o.signal?.throwIfAborted();
    o.progress?.(done++, 6, what);
    const start = arrived ? ({ law: "given", values: arrived } as const) : ({ law: "standard normal" } as const);
    const random = { count, batch, stream: source };
    return drawBoth(setting, { ...random, score, start, schedule, method, steps, signal: o.signal });
  };
  const inUnits = (fields: Fields): Float64Array => fields.toNetwork(normalisation).values;
  const withEnsemble = async (fields: Fields, what: string): Promise<Fields> => {
    const score = ensembleScore(inUnits(fields), fields.count, law);
    try {
      return (await draw(what, score)).clean;
    } finally {
      score.dispose();
    }
  };
  const half = (which: number): Fields => {
    const size = Math.floor(ensemble.count / 2);
    return ensemble.slice(which * size, (which + 1) * size);
  };
  const vp = variancePreserving(schedule);
  const end = { alpha: vp.alpha(vp.tMax), sigma: vp.sigma(vp.tMax) };
  const x1 = noised(inUnits(o.arrivals), law.dimension, { source, batch, ...end });
  const gaussian = gaussianScore(law);
  try {
    return {
      base: await draw("network", o.network),
      right: await draw("network, noised fields", o.network, x1),
      gaussian: await draw("exact Gaussian", gaussian),
      whole: await withEnsemble(ensemble, "exact empirical"),
      halves: [await withEnsemble(half(0), "first half"), await withEnsemble(half(1), "second half")],
    };
  } finally {
    gaussian.dispose();
    x1.dispose();
  }
}

const minus = (a: ArrayLike<number>, b: Float64Array): Float64Array => b.map((v, i) => a[i] - v);

const combined = (like: Fields, value: (k: number) => number): Fields => like.with(like.values.map((_, k) => value(k)));

/** How many times the reference's sampling noise the empirical ensemble's is. */
const share = ({ setting, ensemble }: BudgetOptions): number => setting.reference.count / ensemble.count;

/** The bias of the Gaussian law that the sampler draws from N(0, I) with these steps, SI units. */
function gaussianBias({ setting, schedule, steps }: BudgetOptions, denoise: boolean): Float64Array {
  const common = { schedule, method, steps, start: "standard normal" } as const;
  return perUnit(setting, exactLaw(setting.law, { ...common, denoise }).bias);
}

/**
 * The fields of the network whose means are exactly known but for the network, before the last step: as control
 * variate.
 */
function control(drawn: Drawn, o: BudgetOptions): { fields: Fields; mean: Float64Array } {
  const known = gaussianBias(o, false);
  return { fields: drawn.gaussian.noisy, mean: o.setting.moments.mean.map((m, i) => m + known[i]) };
}

function causes(drawn: Drawn, o: BudgetOptions) {
  const { base, right, gaussian, whole, halves } = drawn;
  const { setting } = o;
  const { law, moments: truth } = setting;
  const vp = variancePreserving(o.schedule);
  const limit = (end: "zero" | "tMin, denoised"): Float64Array =>
    perUnit(setting, generatedLaw(law, { schedule: vp, sampler: "reverse SDE", end }).bias);
  const denoised = gaussianBias(o, true);
  const estimate = meanProfile(base.noisy, control(drawn, o));
  const parts: Record<Exclude<Cause, "left over">, ProfileEstimate> = {
    // Without the control, whose known mean would hide a wrong start: it would be wrong in the control as well.
    "prior mismatch": pairedDifference(base.noisy, right.noisy),
    "last denoising step": meanProfile(combined(base.noisy, (k) => base.noisy.values[k] - base.clean.values[k])),
    "truncation at t_min": exactProfile(minus(limit("tMin, denoised"), limit("zero"))),
    "time discretisation": exactProfile(minus(denoised, limit("tMin, denoised"))),
    "score error": difference(
      meanProfile(
        combined(base.clean, (k) => base.clean.values[k] - whole.values[k]),
        { fields: gaussian.clean, mean: denoised.map((b, i) => b + truth.mean[i]) },
      ),
      // The means of the two scores' data differ by chance: by the errors of both ensembles.
      {
        value: minus(truth.mean, moments(o.ensemble).mean),
        error: setting.error.map((e) => e * (1 + share(o))),
      },
    ),
    "finite ensemble": meanProfile(
      combined(whole, (k) => 0.5 * (halves[0].values[k] + halves[1].values[k]) - whole.values[k]),
    ),
    "Monte-Carlo": difference(meanProfile(base.noisy), estimate),
  };
  return { parts, estimate, predictedMismatch: limit("zero") };
}

/**
 * The measured bias less all causes. Its error: what is left over is itself a mean over the fields drawn, beside those
 * of the reference and of the empirical ensemble.
 */
function leftOver(
  measured: ProfileEstimate,
  parts: Readonly<Record<Exclude<Cause, "left over">, ProfileEstimate>>,
  drawn: Drawn,
  o: BudgetOptions,
): ProfileEstimate {
  const { base, right, whole, halves } = drawn;
  const explained = new Float64Array(measured.value.length);
  for (const { value } of Object.values(parts)) value.forEach((v, i) => (explained[i] += v));
  const rest = meanProfile(
    combined(base.noisy, (k) => {
      const unmatched = right.noisy.values[k] + base.clean.values[k] - base.noisy.values[k];
      const halfway = 0.5 * (halves[0].values[k] + halves[1].values[k]);
      return unmatched - (base.clean.values[k] - whole.values[k]) - (halfway - whole.values[k]);
    }),
    control(drawn, o),
  );
  const mismatch = parts["prior mismatch"].error;
  return {
    value: measured.value.map((v, i) => v - explained[i]),
    error: rest.error.map((e, k) => e + mismatch[k] + o.setting.error[k] * (2 + share(o))),
  };
}
