/**
 * Stage: generated fields against fresh solver ensembles at conditions held out from training, beside the two rows that
 * give a number its meaning: the conditional Gaussian without a network, and a second solver ensemble (the null).
 */
import { controlledMoments } from "../../diagnostics/control-variates";
import { fieldSample } from "../../diagnostics/field-sample";
import { meanAndSpread } from "../../diagnostics/moments";
import type { Fields } from "../../fields/fields";
import type { ScoreModel } from "../../model/score-model";
import { stream, type Stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import type { EvaluationSettings } from "./settings";
import type { SamplerSettings } from "../../model/sampler-settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { type Contenders, contestants, type Contestant, type Drawn, contendersOf } from "./contenders";
import { type Fidelity, fidelityTo } from "./fidelity";
import { heldOutConditions } from "./held-out";
import { solverSample } from "./solver-sample";
import { gridOf } from "../../transport/domain";

/** Profiles over the cells of both channels, one after the other, SI units. */
export interface Profile {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface ConditionEvaluation {
  readonly condition: Condition;
  /** "calibrated" is absent for samplers other than the mode flow. */
  readonly fidelity: Readonly<Partial<Record<Contestant, Fidelity>>>;
  readonly profile: { readonly reference: Profile; readonly network: Profile };
  /**
   * Largest error of the generated fields in cells that the solver holds fixed, as a share of their channel's largest
   * value; 0 where it holds none.
   */
  readonly fixedCells: number;
}

export interface Evaluation {
  readonly conditions: readonly ConditionEvaluation[];
  readonly evaluations: number;
  /** Wall time at one condition, averaged: drawing the fields, and calibrating before. */
  readonly seconds: { readonly sampling: number; readonly calibration: number };
}

export interface EvaluationInput extends Pick<Common, "seed" | "problem"> {
  readonly evaluation: EvaluationSettings;
  readonly sampler: SamplerSettings;
  /** Of the process that a method in time reverses; the mode flow has none. */
  readonly schedule?: Common["schedule"];
  /** The conditions, where they are not drawn. */
  readonly at?: readonly Condition[];
}

export function evaluationStage(model: () => Promise<ScoreModel>): Stage<EvaluationInput, Evaluation> {
  return jsonStage({
    name: "evaluation",
    module: "lib/experiments/sampling/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const root = stream(input.seed).child("evaluation");
      const conditions =
        input.at ?? heldOutConditions(m.problem, input.evaluation.conditions, root.child("conditions"));
      const contenders = contendersOf(m, input);
      const results: ConditionEvaluation[] = [];
      const seconds = { sampling: 0, calibration: 0 };
      try {
        for (const [index, condition] of conditions.entries()) {
          context.signal.throwIfAborted();
          context.progress(index, conditions.length, "held-out conditions");
          const setting = { model: m, contenders, stream: root.child(index), signal: context.signal };
          const found = await evaluateAt(condition, input, setting);
          results.push(found.evaluation);
          seconds.sampling += found.seconds.sampling / conditions.length;
          seconds.calibration += found.seconds.calibration / conditions.length;
        }
      } finally {
        contenders.dispose();
      }
      context.progress(conditions.length, conditions.length);
      return { conditions: results, evaluations: contenders.evaluations, seconds };
    },
  });
}

async function evaluateAt(
  condition: Condition,
  { evaluation, problem: { cells } }: EvaluationInput,
  setting: { model: ScoreModel; contenders: Contenders; stream: Stream; signal: AbortSignal },
): Promise<{ evaluation: ConditionEvaluation; seconds: Evaluation["seconds"] }> {
  const { contenders, stream: own, signal } = setting;
  const { problem } = setting.model;
  const shape = { channels: problem.channels.length, cells: gridOf(problem, cells).cells };
  const solver = { problem, cells, signal };
  const solved = await solverSample(solver, condition, evaluation.reference, own.child("reference"));
  const reference = fieldSample(solved.fields, shape);
  const known = controlledMoments(reference, solved.start);
  const drawn = await contenders.draw(condition, evaluation.generated, own, signal);
  const samples: Partial<Record<Contestant, Drawn>> = {
    ...drawn.samples,
    solver: await solverSample(solver, condition, evaluation.generated, own.child("second ensemble")),
    gaussian: await contenders.gaussian(condition, evaluation.generated, own),
  };
  const fidelityOf = fidelityTo(reference, known, own.child("diagnostics"));
  const fidelity: Partial<Record<Contestant, Fidelity>> = {};
  for (const name of contestants) {
    const sample = samples[name];
    if (!sample) continue;
    signal.throwIfAborted();
    const generated = fieldSample(sample.fields, shape);
    fidelity[name] = fidelityOf(generated, sample.start);
  }
  const network = fieldSample(drawn.samples.network.fields, shape);
  return {
    evaluation: {
      condition,
      fidelity,
      profile: { reference: profileOf(reference), network: profileOf(network) },
      fixedCells: fixedCellError(network, reference),
    },
    seconds: drawn.seconds,
  };
}

function profileOf(sample: Fields): Profile {
  const { mean, std } = meanAndSpread(sample);
  return { mean: [...mean], std: [...std] };
}

/** Values of a cell that agree to this share of their channel's largest one are fixed: what is left is rounding. */
const rounding = 1e-12;

/** See `ConditionEvaluation.fixedCells`; what is fixed is what all fields of the reference agree on. */
export function fixedCellError(generated: Fields, reference: Fields): number {
  let error = 0;
  for (let channel = 0; channel < reference.channels; channel++) {
    const own = reference.channel(channel);
    const each = Array.from({ length: reference.cells }, (_, at) => {
      let [low, high] = [Infinity, -Infinity];
      for (const x of own) {
        low = Math.min(low, x[at]);
        high = Math.max(high, x[at]);
      }
      return { at, low, high };
    });
    const largest = Math.max(...each.map(({ low, high }) => Math.max(Math.abs(low), Math.abs(high))));
    for (const { at, low } of each.filter((cell) => cell.high - cell.low <= rounding * largest)) {
      for (const x of generated.channel(channel)) {
        const off = Math.abs(x[at] - low);
        if (off > 0) error = Math.max(error, off / largest);
      }
    }
  }
  return error;
}
