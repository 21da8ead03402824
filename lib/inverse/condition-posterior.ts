/**
 * Fields and conditions given readings: p(x, z | d), where some conditions z are unknown within their ranges. The
 * evidence p(d | z) weighs them: of many candidates, drawn as ensembles draw them, the conditional Gaussian's evidence
 * (to the power 0.8, so that it errs on the wide side) chooses some; at these the model itself is asked, and corrects
 * the choice by its own evidence.
 */
import { UserError } from "../errors/user-error";
import { drawConditions } from "../ensemble/conditions";
import { atCondition, type ScoreModel } from "../model/score-model";
import { effectiveSize, logMeanExp, normalisedWeights, systematicResample } from "../numerics/importance-weights";
import { rowAt } from "../numerics/rows";
import type { Condition } from "../transport/problem";
import { gaussianLatent } from "./latent-model";
import { linearPosterior } from "./linear-posterior";
import type { Observations } from "./observations";
import { type Posterior, posteriorAt, type PosteriorOptions } from "./posterior";

export interface JointPosterior extends Posterior {
  /** Of the named conditions the value of each draw, [count]. */
  readonly inferred: Readonly<Record<string, Float64Array>>;
}

const widening = 0.8;

/**
 * `names` are drawn, the rest of `condition` is taken as known. The observations may depend on the condition: a face
 * may be held.
 */
export async function jointPosterior(
  model: ScoreModel,
  condition: Condition,
  names: readonly string[],
  observationsAt: (condition: Condition) => Observations,
  options: PosteriorOptions & { readonly candidates?: number; readonly chosen?: number },
): Promise<JointPosterior> {
  const { stream, count, onProgress, candidates = 256, chosen = 32 } = options;
  checkNames(model, names);
  const tried = drawConditions(model.problem, candidates, stream.child("conditions")).map((drawn) => {
    return { ...condition, ...Object.fromEntries(names.map((name) => [name, drawn[name]])) };
  });
  const guesses = Float64Array.from(tried, (z) => {
    const { law } = atCondition(model, z, options);
    const of = observationsAt(z);
    return widening * linearPosterior(gaussianLatent(law, model.statistics.normalisation).affine(of), of).logEvidence;
  });
  const picked = systematicResample(normalisedWeights(guesses), chosen, stream.child("pick").uniforms(1)[0]);
  const distinct = [...new Set(picked)];
  const each = Math.max(50, Math.ceil(count / chosen));
  const answers: Posterior[] = [];
  for (const [k, i] of distinct.entries()) {
    answers.push(
      await posteriorAt(model, tried[i], observationsAt(tried[i]), {
        ...options,
        count: each * picked.filter((p) => p === i).length,
        stream: stream.child("posterior").child(i),
        onProgress: (share) => onProgress?.((k + share) / distinct.length),
      }),
    );
  }
  const logs = Float64Array.from(picked, (i) => answers[distinct.indexOf(i)].logEvidence - guesses[i]);
  return mixed(model, { tried, picked, distinct, answers, logs, guesses, count }, names, options);
}

interface Parts {
  readonly tried: readonly Condition[];
  readonly picked: Int32Array;
  readonly distinct: readonly number[];
  readonly answers: readonly Posterior[];
  /** What the model's evidence makes of each pick. */
  readonly logs: Float64Array;
  readonly guesses: Float64Array;
  readonly count: number;
}

function mixed(
  model: ScoreModel,
  parts: Parts,
  names: readonly string[],
  { stream }: PosteriorOptions,
): JointPosterior {
  const { tried, picked, distinct, answers, logs, guesses, count } = parts;
  const size = answers[0].fields.length / drawsOf(answers[0], model);
  const draws = systematicResample(normalisedWeights(logs), count, stream.child("mix").uniforms(1)[0]);
  const rows = stream.child("rows").uniforms(count);
  const fields = new Float64Array(count * size);
  const inferred = Object.fromEntries(names.map((name) => [name, new Float64Array(count)]));
  draws.forEach((pick, n) => {
    const own = answers[distinct.indexOf(picked[pick])];
    const row = Math.floor(rows[n] * drawsOf(own, model));
    fields.set(rowAt(own.fields, row, size), n * size);
    for (const name of names) inferred[name][n] = tried[picked[pick]][name];
  });
  const evaluations = answers.reduce((sum, a) => sum + a.evaluations, 0);
  const ess = Math.min(effectiveSize(guesses), effectiveSize(logs)); // as many conditions as carry the answer
  const misfit = Math.max(...answers.map((a) => a.misfit));
  return {
    method: answers[0].method,
    fields,
    inferred,
    logEvidence: logMeanExp(guesses) + logMeanExp(logs),
    ess,
    evaluations,
    misfit,
  };
}

const drawsOf = ({ fields }: Posterior, { problem, statistics }: ScoreModel): number =>
  fields.length / (problem.channels.length * statistics.cells);

function checkNames({ problem }: ScoreModel, names: readonly string[]): void {
  const known = problem.conditions.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new UserError(`--infer ${name}: ${problem.name} has the conditions ${known.join(", ")}`);
  }
}
