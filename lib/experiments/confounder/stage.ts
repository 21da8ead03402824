/**
 * Stage: models that are told more and more about the porosity. Told features f of eps, linear regression x = mu + B
 * (f - E f) + rest leaves the covariance S_rest = S - S_xf S_ff^-1 S_fx, and a model that knows f sees N(mu + B (f - E
 * f), S_rest). By the closed form the bias of such a model follows from S_rest, without any reference to whether eps is
 * identifiable.
 *
 * Told: nothing, the mean of eps, the leading 1, 2, 4, 8 Karhunen-Loeve modes of g. For each: closed form (with a
 * jackknife error over blocks of the ensemble), fields drawn with the exact Gaussian score, and fields drawn with the
 * exact empirical score of a conditional ensemble, the fields whose porosities are nearest to f = E f in what is told,
 * moved there by the regression. All at f = E f; `rms` averages the closed form's square over f.
 */
import { variancePreserving } from "../../diffusion/schedule";
import { type Stream, stream } from "../../random/stream";
import { problemAs } from "../../transport/problems";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { type OfProblem, ofProblem } from "../../transport/of-problem";
import type { Sampler } from "../mean-bias/published-setting";
import { type ConfounderInput, blocks, type ToldEnsemble, toldEnsemble, blockMoments } from "./told-ensemble";
import { toldLaw, closedForm } from "./told-law";
import { type DrawnBias, nearest, sampledBias } from "./drawn-bias";

/** Every array has one entry a channel. */
export interface ConfounderRow extends DrawnBias {
  readonly told: string;
  readonly sampler: Sampler;
  /** sqrt of the mean over the profile of the told model's variance, SI units, with jackknife error. */
  readonly std: readonly number[];
  readonly stdError: readonly number[];
  /** Closed form: root mean square bias over the profile, SI units, and |bias| / |std|, with jackknife errors. */
  readonly bias: readonly number[];
  readonly biasError: readonly number[];
  readonly ratio: readonly number[];
  readonly ratioError: readonly number[];
  /** The same ratio as a root mean square over what may be told. */
  readonly rms: readonly number[];
}

export interface Confounder extends OfProblem {
  readonly betaMax: number;
  readonly rows: readonly ConfounderRow[];
}

export const samplers: readonly Sampler[] = ["reverse SDE", "probability flow"];

export const confounderStage: Stage<ConfounderInput, Confounder> = jsonStage({
  name: "confounder",
  module: "lib/experiments/confounder/stage.ts",
  run: async (input, context) => {
    const root = stream(input.seed).child("confounder");
    const { signal } = context;
    const p = problemAs(input.problem);
    const ensemble = await toldEnsemble(p, input, root.child("ensemble"), signal);
    return confounded(ensemble, input, root, context);
  },
});

/** The rows for an ensemble at hand. */
export async function confounded(
  ensemble: ToldEnsemble,
  input: ConfounderInput,
  root: Stream,
  context: { signal?: AbortSignal; progress?: (done: number, total: number, extra?: string) => void } = {},
): Promise<Confounder> {
  const { setting, told } = ensemble;
  const schedule = { ...input.schedule, betaMax: input.confounder.betaMax };
  const vp = variancePreserving(schedule);
  const parts = blockMoments(ensemble);
  const sumWithout = (left?: number): Float64Array => {
    const total = new Float64Array(parts[0].length);
    parts.forEach((part, b) => b !== left && part.forEach((v, k) => (total[k] += v)));
    const share = left === undefined ? 1 : (blocks - 1) / blocks;
    return total.map((v) => v / (share * ensemble.count));
  };
  const whole = sumWithout();
  const without = parts.map((_, b) => sumWithout(b));
  const rows: ConfounderRow[] = [];
  let done = 0;
  for (const { name, columns } of told) {
    const now = toldLaw(ensemble, whole, columns);
    const left = without.map((joint) => toldLaw(ensemble, joint, columns));
    const near = nearest(ensemble, now, columns, input.confounder.nearest);
    for (const sampler of samplers) {
      context.signal?.throwIfAborted();
      context.progress?.(done++, told.length * samplers.length, `told ${name}, ${sampler}`);
      const form = closedForm(setting, now, sampler, vp);
      const jack = left.map((law) => closedForm(setting, law, sampler, vp));
      const error = (of: (f: typeof form) => number[]): number[] =>
        of(form).map((v, ch) =>
          Math.sqrt(jack.reduce((sum, f) => sum + ((blocks - 1) / blocks) * (of(f)[ch] - v) ** 2, 0)),
        );
      const source = root.child(`${name}, ${sampler}`);
      rows.push({
        told: name,
        sampler,
        ...form,
        stdError: error((f) => f.std),
        biasError: error((f) => f.bias),
        ratioError: error((f) => f.ratio),
        ...(await sampledBias(setting, now.law, near, sampler, schedule, input, source, context.signal)),
      });
    }
  }
  return { ...ofProblem(setting.problem), betaMax: input.confounder.betaMax, rows };
}
