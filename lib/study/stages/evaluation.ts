/**
 * Stage: generated fields against fresh solver ensembles at conditions held out from training, beside the two rows that give a number its
 * meaning: the conditional Gaussian without a network, and a second solver ensemble (the null).
 */
import type { FieldSample } from "../../diagnostics/field-sample";
import { fieldSample } from "../../diagnostics/field-sample";
import { energyDistance } from "../../diagnostics/energy-distance";
import { moments, profileRatios, quantileProfiles } from "../../diagnostics/moments";
import { spectrumRatio } from "../../diagnostics/spectrum";
import { drawConditions } from "../../ensemble/conditions";
import { generateEnsemble } from "../../ensemble/generate";
import { modeSampler } from "../../network/mode-flow";
import {
  atCondition,
  generateFields,
  type ModelAtCondition,
  modesOf,
  type ScoreModel,
} from "../../network/score-model";
import { stream, type Stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Configuration } from "../configuration";
import { drawFields, evaluationsOf } from "../draw-fields";
import { jsonStage } from "../json-stage";
import type { Stage } from "../stage";

export const contestants = ["network", "gaussian", "solver"] as const;
export type Contestant = (typeof contestants)[number];

/** One contestant at one condition; channel by channel where an array is given. */
export interface Fidelity {
  /** Noise-corrected |bias|_2 / |std|_2 and its standard error. */
  readonly bias: readonly number[];
  readonly biasError: readonly number[];
  readonly stdRatio: readonly number[];
  readonly stdRatioError: readonly number[];
  /** Root mean square error of the marginal skewness over cells, and what sampling alone gives. */
  readonly skewness: readonly number[];
  readonly skewnessFloor: readonly number[];
  readonly energyZ: number;
  /** Ratio of standard deviations in the principal modes of the reference, weakest a thousandth of the first. */
  readonly spectrum: {
    readonly ratio: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  };
}

/** Profiles over the cells of both channels, one after the other, SI units. */
export interface Profile {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface ConditionEvaluation {
  readonly condition: Condition;
  readonly fidelity: Readonly<Record<Contestant, Fidelity>>;
  readonly profile: { readonly reference: Profile; readonly network: Profile };
  /** Largest |phi(0)| (V) and |c(L) - c_right| (mol/m3) of the generated fields. */
  readonly boundary: { readonly phi: number; readonly c: number };
}

export interface Evaluation {
  readonly conditions: readonly ConditionEvaluation[];
  readonly evaluations: number;
  readonly secondsPerCondition: number;
}

/** The sampler for a network that learned the whole score; without it fields follow the flow in whitened modes. */
export type EvaluationInput = Pick<Configuration, "seed" | "problem" | "evaluation"> &
  Partial<Pick<Configuration, "sampler">>;

export function evaluationStage(model: () => Promise<ScoreModel>): Stage<EvaluationInput, Evaluation> {
  return jsonStage({
    name: "evaluation",
    sources: [
      "lib/network",
      "lib/diagnostics/moments.ts",
      "lib/diagnostics/energy-distance.ts",
      "lib/diagnostics/spectrum.ts",
      "lib/ensemble",
      "lib/study/draw-fields.ts",
      "lib/study/stages/evaluation.ts",
    ],
    run: async (input, context) => {
      const m = await model();
      const { problem } = m;
      const shape = { channels: problem.channels.length, cells: input.problem.cells };
      const root = stream(input.seed).child("evaluation");
      const { evaluation } = input;
      const conditions = drawConditions(problem, evaluation.conditions, root.child("conditions"));
      const generator = generatorOf(m, input.sampler);
      const results: ConditionEvaluation[] = [];
      let seconds = 0;
      try {
        for (const [index, condition] of conditions.entries()) {
          context.signal.throwIfAborted();
          context.progress(index, conditions.length, "held-out conditions");
          const own = root.child(index);
          const solve = async (name: string, count: number): Promise<FieldSample> => {
            const { fields } = await generateEnsemble({
              problem,
              conditions: [condition],
              count,
              cells: shape.cells,
              stream: own.child(name),
              signal: context.signal,
            });
            return fieldSample(fields, shape);
          };
          const reference = await solve("reference", evaluation.reference);
          const begun = performance.now();
          const at = atCondition(m, condition);
          const network = fieldSample(
            await generator.draw(at, condition, evaluation.generated, own.child("network"), context.signal),
            shape,
          );
          seconds += (performance.now() - begun) / 1000 / conditions.length;
          const gaussian = fieldSample(await generateFields(m, at, evaluation.generated, own.child("gaussian")), shape);
          const solver = await solve("second ensemble", evaluation.generated);
          const samples = { network, gaussian, solver };
          const fidelity = Object.fromEntries(
            contestants.map((name) => [name, fidelityOf(samples[name], reference, own.child("diagnostics"))]),
          ) as unknown as Record<Contestant, Fidelity>;
          results.push({
            condition,
            fidelity,
            profile: { reference: profileOf(reference), network: profileOf(network) },
            boundary: boundaryOf(network),
          });
        }
      } finally {
        generator.dispose();
      }
      context.progress(conditions.length, conditions.length);
      return { conditions: results, evaluations: generator.evaluations, secondsPerCondition: seconds };
    },
  });
}

interface Generator {
  /** Evaluations of the network for one field. */
  readonly evaluations: number;
  draw(
    at: ModelAtCondition,
    condition: Condition,
    count: number,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<Float64Array>;
  dispose(): void;
}

function generatorOf(model: ScoreModel, sampler?: Configuration["sampler"]): Generator {
  const { trained } = model;
  if (trained.kind === "score" && sampler) {
    const { schedule } = trained;
    return {
      evaluations: evaluationsOf(sampler),
      draw: (_, condition, count, s, signal) => drawFields(model, [condition], count, s, { sampler, schedule, signal }),
      dispose: () => undefined,
    };
  }
  const flow = modeSampler(modesOf(model, "evaluation by the mode flow"));
  return {
    evaluations: flow.evaluations,
    draw: (at, _, count, s, signal) => generateFields(model, at, count, s, { sampler: flow, signal }),
    dispose: () => flow.dispose(),
  };
}

function fidelityOf(generated: FieldSample, reference: FieldSample, s: Stream): Fidelity {
  const ratios = profileRatios(generated, reference);
  const spectrum = spectrumRatio(generated, reference, { stream: s.child("spectrum") });
  return {
    bias: ratios.map((r) => r.bias.corrected),
    biasError: ratios.map((r) => r.bias.standardError),
    stdRatio: ratios.map((r) => r.std.ratio),
    stdRatioError: ratios.map((r) => r.std.standardError),
    skewness: ratios.map((r) => r.skewness.error),
    skewnessFloor: ratios.map((r) => r.skewness.floor),
    energyZ: energyDistance(generated, reference, { stream: s.child("energy"), splits: 1 }).z,
    spectrum: { ratio: spectrum.ratio, low: spectrum.low, high: spectrum.high },
  };
}

function profileOf(sample: FieldSample): Profile {
  const { mean, std } = moments(sample);
  const [low, high] = quantileProfiles(sample, [0.05, 0.95]);
  return { mean: [...mean], std: [...std], low: [...low], high: [...high] };
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
