/**
 * Stage: generated fields against fresh solver ensembles at conditions held out from training, beside the two rows that give a number its
 * meaning: the conditional Gaussian without a network, and a second solver ensemble (the null).
 */
import { controlledMoments, mostCoordinates } from "../../diagnostics/control-variates";
import type { FieldSample } from "../../diagnostics/field-sample";
import { fieldSample } from "../../diagnostics/field-sample";
import { latentCoordinates } from "../../ensemble/latent-coordinates";
import { moments } from "../../diagnostics/moments";
import { drawConditions } from "../../ensemble/conditions";
import { generateEnsemble } from "../../ensemble/generate";
import type { ScoreModel } from "../../model/score-model";
import { stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import type { EvaluationSettings } from "./settings";
import type { SamplerSettings } from "../../model/draw-fields";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { contestants, type Contestant, type Drawn, contendersOf } from "./contenders";
import { type Fidelity, fidelityOf } from "./fidelity";

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
      const { problem } = m;
      const shape = { channels: problem.channels.length, cells: input.problem.cells };
      const root = stream(input.seed).child("evaluation");
      const { evaluation } = input;
      const conditions = drawConditions(problem, evaluation.conditions, root.child("conditions"));
      const contenders = contendersOf(m, input);
      const results: ConditionEvaluation[] = [];
      const seconds = { sampling: 0, calibration: 0 };
      try {
        for (const [index, condition] of conditions.entries()) {
          context.signal.throwIfAborted();
          context.progress(index, conditions.length, "held-out conditions");
          const own = root.child(index);
          const solve = async (name: string, count: number): Promise<{ sample: FieldSample; start: Float32Array }> => {
            const { fields, porosity } = await generateEnsemble({
              problem,
              conditions: [condition],
              count,
              cells: shape.cells,
              stream: own.child(name),
              keepPorosity: true,
              signal: context.signal,
            });
            const latent = { cells: shape.cells, modes: Math.min(latentModes, mostCoordinates(count)) };
            return {
              sample: fieldSample(fields, shape),
              start: latentCoordinates(problem, condition, porosity!, latent),
            };
          };
          const solved = await solve("reference", evaluation.reference);
          const reference = solved.sample;
          const known = controlledMoments(reference, solved.start);
          const drawn = await contenders.draw(condition, evaluation.generated, own, context.signal);
          seconds.sampling += drawn.seconds.sampling / conditions.length;
          seconds.calibration += drawn.seconds.calibration / conditions.length;
          const second = await solve("second ensemble", evaluation.generated);
          const samples: Partial<Record<Contestant, Drawn>> = {
            ...drawn.samples,
            gaussian: await contenders.gaussian(condition, evaluation.generated, own),
            solver: { fields: second.sample.values, start: second.start },
          };
          const fidelity: Partial<Record<Contestant, Fidelity>> = {};
          for (const name of contestants) {
            const sample = samples[name];
            if (!sample) continue;
            context.signal.throwIfAborted();
            const generated = fieldSample(sample.fields, shape);
            fidelity[name] = fidelityOf(generated, reference, known, own.child("diagnostics"), sample.start);
          }
          const network = fieldSample(drawn.samples.network.fields, shape);
          results.push({
            condition,
            fidelity,
            profile: { reference: profileOf(reference), network: profileOf(network) },
            boundary: boundaryOf(network),
          });
        }
      } finally {
        contenders.dispose();
      }
      context.progress(conditions.length, conditions.length);
      return { conditions: results, evaluations: contenders.evaluations, seconds };
    },
  });
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
