/**
 * Stage: generated fields against fresh solver ensembles at conditions held out from training, beside the two rows that give a number its
 * meaning: the conditional Gaussian without a network, and a second solver ensemble (the null).
 */
import { controlledMoments, mostCoordinates } from "../../diagnostics/control-variates";
import { type FieldSample, fieldSample } from "../../diagnostics/field-sample";
import { latentCoordinates } from "../../ensemble/latent-coordinates";
import { moments } from "../../diagnostics/moments";
import { drawConditions } from "../../ensemble/conditions";
import { generateEnsemble } from "../../ensemble/generate";
import type { ScoreModel } from "../../model/score-model";
import { stream, type Stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import type { EvaluationSettings } from "./settings";
import type { SamplerSettings } from "../../model/draw-fields";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { type Contenders, contestants, type Contestant, type Drawn, contendersOf } from "./contenders";
import { type Fidelity, fidelityOf } from "./fidelity";
import { gridOf } from "../../transport/domain";

/** Coordinates of a porosity that serve as control variates of the fields' moments. */
const latentModes = 32;

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
  /** Largest |phi(0)| (V) and |c(L) - c_right| (mol/m3) of the generated fields. */
  readonly boundary: { readonly phi: number; readonly c: number };
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
}

export function evaluationStage(model: () => Promise<ScoreModel>): Stage<EvaluationInput, Evaluation> {
  return jsonStage({
    name: "evaluation",
    module: "lib/experiments/sampling/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const root = stream(input.seed).child("evaluation");
      const conditions = drawConditions(m.problem, input.evaluation.conditions, root.child("conditions"));
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
  const solve = async (name: string, count: number): Promise<Required<Drawn>> => {
    const request = { problem, conditions: [condition], count, cells, keepPorosity: true, signal };
    const { fields, porosity } = await generateEnsemble({ ...request, stream: own.child(name) });
    const latent = { cells, modes: Math.min(latentModes, mostCoordinates(count)) };
    return { fields, start: latentCoordinates(problem, condition, porosity!, latent) };
  };
  const solved = await solve("reference", evaluation.reference);
  const reference = fieldSample(solved.fields, shape);
  const known = controlledMoments(reference, solved.start);
  const drawn = await contenders.draw(condition, evaluation.generated, own, signal);
  const samples: Partial<Record<Contestant, Drawn>> = {
    ...drawn.samples,
    solver: await solve("second ensemble", evaluation.generated),
    gaussian: await contenders.gaussian(condition, evaluation.generated, own),
  };
  const fidelity: Partial<Record<Contestant, Fidelity>> = {};
  for (const name of contestants) {
    const sample = samples[name];
    if (!sample) continue;
    signal.throwIfAborted();
    const generated = fieldSample(sample.fields, shape);
    fidelity[name] = fidelityOf(generated, reference, known, own.child("diagnostics"), sample.start);
  }
  const network = fieldSample(drawn.samples.network.fields, shape);
  return {
    evaluation: {
      condition,
      fidelity,
      profile: { reference: profileOf(reference), network: profileOf(network) },
      boundary: boundaryOf(network),
    },
    seconds: drawn.seconds,
  };
}

function profileOf(sample: FieldSample): Profile {
  const { mean, std } = moments(sample);
  return { mean: [...mean], std: [...std] };
}

/** Channels in the order (c, phi): phi vanishes in the first cell, c has one value in the last. */
function boundaryOf({ values, count, channels, cells }: FieldSample): { phi: number; c: number } {
  let [phi, c] = [0, 0];
  const held = values[cells - 1];
  for (let n = 0; n < count; n++) {
    const row = n * channels * cells;
    c = Math.max(c, Math.abs(values[row + cells - 1] - held));
    phi = Math.max(phi, Math.abs(values[row + (channels - 1) * cells]));
  }
  return { phi, c };
}
