/**
 * Stage: generated fields against fresh solver ensembles at conditions held out from training, beside the two rows that give a number its
 * meaning: the conditional Gaussian without a network, and a second solver ensemble (the null).
 */
import { classifierTest } from "../../diagnostics/classifier-test";
import { type ControlledMoments, controlledMoments, mostCoordinates } from "../../diagnostics/control-variates";
import type { FieldSample } from "../../diagnostics/field-sample";
import { fieldSample } from "../../diagnostics/field-sample";
import { energyDistance } from "../../diagnostics/energy-distance";
import { latentCoordinates } from "../../ensemble/latent-coordinates";
import { moments, profileRatios, sumOfSquares } from "../../diagnostics/moments";
import { spectrumRatio } from "../../diagnostics/spectrum";
import { drawConditions } from "../../ensemble/conditions";
import { generateEnsemble } from "../../ensemble/generate";
import { modeSampler } from "../../model/mode-flow";
import { arraysOf, atCondition, generateFields, modesOf, type ScoreModel } from "../../model/score-model";
import { stream, type Stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import type { EvaluationSettings } from "./settings";
import { drawFields, evaluationsOf, type SamplerSettings } from "../../model/draw-fields";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";

/** "calibrated": the network with its drift corrected at each condition; only the mode flow can. */
export const contestants = ["network", "calibrated", "gaussian", "solver"] as const;
export type Contestant = (typeof contestants)[number];

/** Leading whitened modes that the classifier sees. */
export const classifierModes = [8, 16, 32] as const;

/** Coordinates of a porosity that serve as control variates of the fields' moments. */
const latentModes = 32;
/** Reference fields of the energy distance, whose cost grows with their square. */
const energyFields = 4000;

/** One contestant at one condition; channel by channel where an array is given. */
export interface Fidelity {
  /** |bias|^2 / |std|^2, sampling noise subtracted (so it may be negative), and the standard deviation that it has without bias. */
  readonly squaredBias: readonly number[];
  readonly squaredBiasError: readonly number[];
  readonly stdRatio: readonly number[];
  readonly stdRatioError: readonly number[];
  /** Root mean square error of the marginal skewness over cells, and what sampling alone gives. */
  readonly skewness: readonly number[];
  readonly skewnessFloor: readonly number[];
  readonly energyZ: number;
  /** Accuracy of the classifier two-sample test for each number of modes, 1/2 for equal laws. */
  readonly accuracy: readonly number[];
  /** Ratio of standard deviations in the principal modes of the reference, weakest a thousandth of the first, with a 95 % band. */
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

interface Drawn {
  readonly fields: Float64Array;
  /** What each field was made from [count, K], where a deterministic sampler carried it. */
  readonly start?: Float32Array;
}

interface Contenders {
  /** Evaluations of the network for one field. */
  readonly evaluations: number;
  draw(
    condition: Condition,
    count: number,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<{
    samples: { network: Drawn; calibrated?: Drawn };
    seconds: { sampling: number; calibration: number };
  }>;
  /** The conditional Gaussian without the network. */
  gaussian(condition: Condition, count: number, stream: Stream): Promise<Drawn>;
  dispose(): void;
}

/** What is compared with the solver: the network as the sampler asks, and the Gaussian without it. */
function contendersOf(
  model: ScoreModel,
  { sampler, schedule }: Pick<EvaluationInput, "sampler" | "schedule">,
): Contenders {
  const gaussian = async (condition: Condition, count: number, s: Stream): Promise<Drawn> => ({
    fields: await generateFields(model, atCondition(model, condition), count, s.child("gaussian")),
  });
  const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const begun = performance.now();
    const result = await work();
    return [result, (performance.now() - begun) / 1000];
  };
  if (sampler.method !== "mode-flow") {
    if (!schedule) throw new Error("evaluation: a process in time needs its schedule");
    return {
      evaluations: evaluationsOf(sampler),
      draw: async (condition, count, s, signal) => {
        const [fields, sampling] = await timed(() =>
          drawFields(model, [condition], count, s.child("network"), { sampler, schedule, signal }),
        );
        return { samples: { network: { fields } }, seconds: { sampling, calibration: 0 } };
      },
      gaussian,
      dispose: () => undefined,
    };
  }
  const { modes } = modesOf(model, "evaluation by the mode flow");
  const flow = modeSampler(modesOf(model, "evaluation by the mode flow"), { levels: sampler.steps });
  return {
    evaluations: flow.evaluations,
    draw: async (condition, count, s, signal) => {
      const at = atCondition(model, condition);
      const own = s.child("network");
      const name = `condition ${JSON.stringify(condition)}`;
      const start = Float32Array.from(own.child("start").normals(count * modes)); // as generateFields draws it
      const [fields, sampling] = await timed(() =>
        generateFields(model, at, count, own, { sampler: flow, name, signal }),
      );
      const [calibration, calibrating] = await timed(() =>
        flow.calibrate(arraysOf(at), s.child("calibration"), { name, signal }),
      );
      const corrected = await generateFields(model, at, count, own, { sampler: flow, name, calibration, signal });
      return {
        samples: {
          network: { fields, start },
          calibrated: { fields: corrected, start },
        },
        seconds: { sampling, calibration: calibrating },
      };
    },
    gaussian,
    dispose: () => flow.dispose(),
  };
}

function fidelityOf(
  generated: FieldSample,
  reference: FieldSample,
  known: ControlledMoments,
  s: Stream,
  start: Float32Array | undefined,
): Fidelity {
  const { channels, cells } = reference;
  const few = Math.min(reference.count, energyFields);
  const part = fieldSample(reference.values.subarray(0, few * channels * cells), { channels, cells });
  const ratios = profileRatios(generated, reference);
  const spectrum = spectrumRatio(generated, reference, { stream: s.child("spectrum") });
  const first =
    start && start.length / generated.count <= mostCoordinates(generated.count)
      ? controlled(controlledMoments(generated, start), known)
      : ratios.map(({ bias, std }) => ({
          squaredBias: Math.sign(bias.corrected) * bias.corrected ** 2,
          squaredBiasError: (Math.sign(bias.corrected) * bias.corrected ** 2) / bias.z,
          stdRatio: std.ratio,
          stdRatioError: std.standardError,
        }));
  return {
    squaredBias: first.map((f) => f.squaredBias),
    squaredBiasError: first.map((f) => f.squaredBiasError),
    stdRatio: first.map((f) => f.stdRatio),
    stdRatioError: first.map((f) => f.stdRatioError),
    skewness: ratios.map((r) => r.skewness.error),
    skewnessFloor: ratios.map((r) => r.skewness.floor),
    energyZ: energyDistance(generated, part, { stream: s.child("energy"), splits: 1 }).z,
    accuracy: classifierTest(generated, reference, { stream: s.child("classifier"), modes: classifierModes }).map(
      (r) => r.accuracy,
    ),
    spectrum: {
      ratio: spectrum.ratio.map(Math.sqrt),
      low: spectrum.low.map(Math.sqrt),
      high: spectrum.high.map(Math.sqrt),
    },
  };
}

/** Bias and spread ratio by channel, of moments with control variates on both sides. */
function controlled(
  generated: ControlledMoments,
  reference: ControlledMoments,
): { squaredBias: number; squaredBiasError: number; stdRatio: number; stdRatioError: number }[] {
  const cells = generated.mean.length / generated.trace.length;
  return generated.trace.map((trace, channel) => {
    const part = (x: Float64Array): Float64Array => x.subarray(channel * cells, (channel + 1) * cells);
    const own = reference.trace[channel];
    const difference = part(generated.mean).map((m, j) => m - part(reference.mean)[j]);
    const noise = (generated.meanVariance[channel] + reference.meanVariance[channel]) / own;
    const stdRatio = Math.sqrt(trace / own);
    // One mode carries most of a channel's variance: the squared distance is then like noise times chi-square with one degree of freedom.
    return {
      squaredBias: sumOfSquares(difference) / own - noise,
      squaredBiasError: Math.SQRT2 * noise,
      stdRatio,
      stdRatioError:
        0.5 * stdRatio * Math.hypot(generated.traceError[channel] / trace, reference.traceError[channel] / own),
    };
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
