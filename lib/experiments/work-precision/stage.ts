/**
 * Stage: what a sampler's evaluations buy. Every sampler at several numbers of network evaluations, from the matched start (so that the prior's
 * mismatch, chapter 5, is no part of it), on one grid: equidistant in the logarithm of noise over signal.
 *
 *   exact Gaussian score   the generated law is propagated, not sampled (propagated-law.ts): its Wasserstein-2 distance to the law that the
 *                          exact reverse process ends in is free of Monte-Carlo error;
 *   trained network        energy distance of generated fields to a solver ensemble, beside that of a second solver ensemble (the floor).
 *
 * An evaluation is one call of the network for one field; the last denoising step counts as one.
 */
import { tf } from "../../graph/tensorflow";
import { energyDistance } from "../../diagnostics/energy-distance";
import { fieldSample, type FieldSample } from "../../diagnostics/field-sample";
import {
  denoisedLaw,
  lawDistance,
  type LawDistance,
  type ModeLaw,
  noisedLaw,
  propagatedLaw,
} from "../../diffusion/propagated-law";
import type { GaussianLaw } from "../../gaussian/conditional-gaussian";
import { dormandPrince } from "../../diffusion/dormand-prince";
import { type Method, type MethodName, sample, schemeOf } from "../../diffusion/sample";
import { type Schedule, variancePreserving } from "../../diffusion/schedule";
import { noiseLevel, type Score } from "../../diffusion/score";
import { matchedTo } from "../../diffusion/start";
import { timeGrid } from "../../diffusion/time-grid";
import { generateEnsemble } from "../../ensemble/generate";
import { published } from "../../network/architectures";
import { modeSampler } from "../../model/mode-flow";
import { forwardOperations } from "../../network/operation-count";
import { plainScore } from "../../model/plain-score";
import {
  arraysOf,
  atCondition,
  checkSchedule,
  generateFields,
  modesOf,
  scoreAt,
  type ScoreModel,
  toPhysicalUnits,
} from "../../model/score-model";
import { scoreNetwork } from "../../network/score-network";
import { stream, type Stream } from "../../random/stream";
import { architectureOf } from "../training/architecture";
import type { Common } from "../common-settings";
import type { NetworkSettings } from "../training/settings";
import type { WorkPrecisionSettings } from "./settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage, StageContext } from "../../cache/stage";
import { publishedCondition } from "../../transport/published-conditions";

/** The samplers of lib/diffusion/sample, and the flow in whitened modes. */
export type SamplerName = MethodName | "mode-flow";
/** Those that step down a grid. */
export const gridMethods = [
  "reverse-sde-euler",
  "reverse-sde-heun",
  "predictor-corrector",
  "flow-euler",
  "flow-heun",
  "edm-heun",
  "dpm-solver",
  "dpm-solver-sde",
] as const satisfies readonly Exclude<MethodName, "flow-adaptive">[];
const spacing = "log-ratio";

export interface ExactRow extends LawDistance {
  readonly sampler: SamplerName;
  /** Of the grid; 0 where the method chooses them. */
  readonly steps: number;
  readonly evaluations: number;
}

export interface NetworkRow {
  readonly sampler: SamplerName | "solver";
  /** Mean over the batches where the method chooses its own steps; 0 for the solver. */
  readonly evaluations: number;
  /** Energy distance to the reference ensemble (may be negative), and it in units of its null's standard deviation. */
  readonly energy: number;
  readonly z: number;
  readonly secondsPerField: number;
}

export interface WorkPrecision {
  readonly exact: readonly ExactRow[];
  /** Logarithm of the largest over the smallest noise-to-signal ratio: a step of n is this over n. */
  readonly logRange: number;
  /** The distance that is left between the exact process, stopped at tMin and denoised, and the data's law. */
  readonly truncation: number;
  /** Largest distance that the mode flow moves a field where neither third cumulants nor the network say anything, the exact answer for Gaussian data. */
  readonly modeFlowOnGaussian: number;
  readonly network: readonly NetworkRow[];
  /** Null of the energy distance at these numbers of fields: its standard deviation, and z of splits of the reference. */
  readonly floor: { readonly energyError: number; readonly nullZ: readonly number[] };
  readonly cost: {
    /** Operations of one evaluation for one field, and seconds for it, of the trained and of the original's network. */
    readonly operations: { readonly trained: number; readonly published: number };
    readonly publishedSeconds: number;
  };
}

export interface WorkPrecisionInput extends Common {
  readonly network: NetworkSettings;
  readonly workPrecision: WorkPrecisionSettings;
}

/** Evaluations of the original study for one field: Heun for the reverse SDE, 1000 steps. */
export const originalEvaluations = 2000;

export function workPrecisionStage(model: () => Promise<ScoreModel>): Stage<WorkPrecisionInput, WorkPrecision> {
  return jsonStage({
    name: "work-precision",
    module: "lib/experiments/work-precision/stage.ts",
    run: async (input, context) => {
      const m = await model();
      checkSchedule(m, input.schedule);
      const schedule = variancePreserving(input.schedule);
      const { law } = atCondition(m, publishedCondition);
      const exact = await exactRows(law, schedule, input.workPrecision, context);
      const network = await networkRows(m, input, schedule, context);
      return {
        ...exact,
        modeFlowOnGaussian: await modeFlowOnGaussian(m, stream(input.seed).child("work precision")),
        ...network,
        cost: {
          operations: { trained: forwardOperations(architectureOf(input)), published: forwardOperations(published) },
          publishedSeconds: await publishedSeconds(stream(input.seed).child("published network")),
        },
      };
    },
  });
}

const methodOf = (name: (typeof gridMethods)[number], churn: number): Exclude<Method, { name: "flow-adaptive" }> =>
  name === "edm-heun" ? { name, churn } : { name };

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Mean along each mode. Outside the modes nothing varies and the last denoising step is exact. */
function modeLaw({ mean, modes, variance, dimension, rank }: GaussianLaw): ModeLaw {
  const along = new Float64Array(rank);
  for (let i = 0; i < dimension; i++) for (let k = 0; k < rank; k++) along[k] += modes[i * rank + k] * mean[i];
  return { mean: along, variance };
}

async function exactRows(
  law: GaussianLaw,
  schedule: Schedule,
  { exactEvaluations, churn, tolerances }: WorkPrecisionSettings,
  context: StageContext,
): Promise<Pick<WorkPrecision, "exact" | "logRange" | "truncation">> {
  const data = modeLaw(law);
  const start = noisedLaw(data, schedule, schedule.tMax);
  const end = (generated: ModeLaw): ModeLaw => denoisedLaw(generated, data, schedule, schedule.tMin);
  const limit = end(noisedLaw(data, schedule, schedule.tMin));
  const exact: ExactRow[] = [];
  for (const [index, sampler] of gridMethods.entries()) {
    context.progress(index, gridMethods.length, "exact Gaussian score");
    const scheme = schemeOf(methodOf(sampler, churn));
    for (const wanted of exactEvaluations) {
      context.signal.throwIfAborted();
      const steps = Math.max(1, Math.round(wanted / scheme.evaluations));
      const generated = propagatedLaw(scheme, schedule, timeGrid(schedule, steps, spacing), data, start);
      const evaluations = steps * scheme.evaluations + 1;
      exact.push({ sampler, steps, evaluations, ...lawDistance(end(generated), limit) });
      await pause();
    }
  }
  for (const tolerance of tolerances) {
    const { generated, evaluations } = await adaptiveLaw(data, start, schedule, tolerance, context.signal);
    const row = { sampler: "flow-adaptive", steps: 0, evaluations: evaluations + 1 } as const;
    exact.push({ ...row, ...lawDistance(end(generated), limit) });
  }
  const ratio = (t: number): number => schedule.sigma(t) / schedule.alpha(t);
  const logRange = Math.log(ratio(schedule.tMax) / ratio(schedule.tMin));
  return { exact, logRange, truncation: lawDistance(limit, data).total };
}

/** The adaptive method is an affine map too once its steps are chosen: one row starts at the mean, one a standard deviation beside it. */
async function adaptiveLaw(
  data: ModeLaw,
  start: ModeLaw,
  schedule: Schedule,
  tolerance: number,
  signal: AbortSignal,
): Promise<{ generated: ModeLaw; evaluations: number }> {
  const d = data.mean.length;
  const mean = tf.tensor2d(Float32Array.from(data.mean), [1, d]);
  const variance = tf.tensor2d(Float32Array.from(data.variance), [1, d]);
  const rows = tf.tensor2d(
    Float32Array.from({ length: 2 * d }, (_, i) => start.mean[i % d] + (i < d ? 0 : Math.sqrt(start.variance[i % d]))),
    [2, d],
  );
  const score: Score = (x, { alpha, sigma }) =>
    x.sub(mean.mul(alpha)).div<tf.Tensor2D>(variance.mul(alpha.square()).add(sigma.square())).neg();
  let evaluations = 0;
  try {
    const options = { score, schedule, start: rows, signal, onFinished: (n: number) => void (evaluations = n) };
    const end = await dormandPrince({ ...options, tolerances: { absolute: tolerance, relative: tolerance } });
    const values = end.dataSync<"float32">();
    end.dispose();
    const generated = {
      mean: Float64Array.from(values.subarray(0, d)),
      variance: Float64Array.from({ length: d }, (_, k) => (values[d + k] - values[k]) ** 2),
    };
    return { generated, evaluations };
  } finally {
    tf.dispose([mean, variance, rows]);
  }
}

async function networkRows(
  model: ScoreModel,
  { seed, problem: { cells }, workPrecision }: WorkPrecisionInput,
  schedule: Schedule,
  context: StageContext,
): Promise<Pick<WorkPrecision, "network" | "floor">> {
  const { problem, statistics, trained } = model;
  const { evaluations, churn, tolerances, levels, generated: count } = workPrecision;
  const shape = { channels: problem.channels.length, cells };
  const root = stream(seed).child("work precision");
  const at = atCondition(model, publishedCondition);
  const solve = async (name: string, size: number): Promise<FieldSample> => {
    const request = { problem, conditions: [publishedCondition], count: size, cells, signal: context.signal };
    return fieldSample((await generateEnsemble({ ...request, stream: root.child(name) })).fields, shape);
  };
  const reference = await solve("reference", workPrecision.reference);
  const compare = (fields: FieldSample, splits = 1) =>
    energyDistance(fields, reference, { stream: root.child("splits"), splits });
  const rows: NetworkRow[] = [];
  const null_ = compare(await solve("second ensemble", count), 199);
  rows.push({ sampler: "solver", evaluations: 0, energy: null_.distance, z: null_.z, secondsPerField: 0 });

  const network = scoreAt(model, at);
  let calls = 0;
  const counted: Score = Object.assign(
    ((x, level, constants) => (calls++, network(x, level, constants))) as Score,
    { constants: network.constants }, // prettier-ignore
  );
  const start = matchedTo(at.law);
  const dimension = shape.channels * cells;
  const batch = Math.min(count, 500);
  const draw = async (sampler: MethodName, method: Method, steps: number, own: Stream, exactly?: number) => {
    calls = 0;
    const begun = performance.now();
    const values = await sample({
      score: counted,
      schedule,
      start,
      dimension,
      count,
      batch,
      stream: own,
      method,
      steps,
      spacing,
      mode: "eager", // the time of a field has no compilation in it, whatever the number of steps
      signal: context.signal,
    });
    const seconds = (performance.now() - begun) / 1000;
    const fields = fieldSample(toPhysicalUnits(values.dataSync(), statistics.normalisation, cells), shape);
    values.dispose();
    const { distance, z } = compare(fields);
    const used = exactly ?? calls / Math.ceil(count / batch); // a compiled loop calls the score once, to record it
    rows.push({ sampler, evaluations: used, energy: distance, z, secondsPerField: seconds / count });
  };
  const jobs = gridMethods.flatMap((sampler) => evaluations.map((wanted) => ({ sampler, wanted })));
  try {
    for (const [index, { sampler, wanted }] of jobs.entries()) {
      context.signal.throwIfAborted();
      context.progress(index, jobs.length, `trained network, ${sampler}`);
      const method = methodOf(sampler, churn);
      const per = schemeOf(method).evaluations;
      const steps = Math.max(1, Math.round(wanted / per));
      await draw(sampler, method, steps, root.child(sampler).child(wanted), steps * per + 1);
    }
    for (const tolerance of tolerances) {
      const method = { name: "flow-adaptive", absolute: tolerance, relative: tolerance } as const;
      await draw("flow-adaptive", method, 1, root.child("flow-adaptive").child(String(tolerance)));
    }
  } finally {
    network.dispose();
  }
  if (trained.kind === "modes") {
    for (const level of levels) {
      const flow = modeSampler(trained, { levels: level, batch });
      try {
        const begun = performance.now();
        const own = root.child("mode-flow").child(level);
        const fields = fieldSample(await generateFields(model, at, count, own, { sampler: flow }), shape);
        const seconds = (performance.now() - begun) / 1000;
        const { distance, z } = compare(fields);
        rows.push({
          sampler: "mode-flow",
          evaluations: flow.evaluations,
          energy: distance,
          z,
          secondsPerField: seconds / count,
        });
      } finally {
        flow.dispose();
      }
    }
  }
  return { network: rows, floor: { energyError: null_.nullError, nullZ: null_.nullZ } };
}

/** Largest |y - y(start)| over a few fields and modes where data have no third cumulants and the network's output layer is zero. */
async function modeFlowOnGaussian(model: ScoreModel, own: Stream): Promise<number> {
  if (model.trained.kind !== "modes") return 0;
  const trained = modesOf(model, "the mode flow");
  const arrays = arraysOf(atCondition(model, publishedCondition));
  const theta = trained.theta.slice();
  let offset = 0;
  for (const { name, shape } of trained.network.parameters) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (name.startsWith("out_proj")) theta.fill(0, offset, offset + size);
    offset += size;
  }
  const count = 8;
  const flow = modeSampler({ ...trained, theta }, { levels: 4, batch: count });
  try {
    const y = await flow.sample({ ...arrays, cumulants: arrays.cumulants.map(() => 0) }, count, own);
    const begun = own.normals(count * trained.modes);
    return y.reduce((most, v, i) => Math.max(most, Math.abs(v - Math.fround(begun[i]))), 0);
  } finally {
    flow.dispose();
  }
}

/** Seconds of one evaluation of the original's network for one field; its weights do not matter for that. */
async function publishedSeconds(own: Stream): Promise<number> {
  const network = scoreNetwork(published);
  const batch = 64;
  const score = plainScore({ network, theta: network.initial(own), channels: published.channelsOut }, [0, 0, 0]);
  const x = tf.zeros<tf.Rank.R2>([batch, published.channelsOut * published.cells]);
  const once = (): void => {
    tf.tidy(() => score(x, noiseLevel(variancePreserving(), 0.5))).dispose();
  };
  once(); // the first call sets buffers up
  const repeats = 3;
  const begun = performance.now();
  for (let i = 0; i < repeats; i++) once();
  const seconds = (performance.now() - begun) / 1000;
  tf.dispose(x);
  score.dispose();
  await pause();
  return seconds / (repeats * batch);
}
