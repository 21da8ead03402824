/**
 * Stage: models that are told more and more about the porosity. Told features f of eps, linear regression x = mu + B (f - E f) + rest leaves the
 * covariance S_rest = S - S_xf S_ff^-1 S_fx, and a model that knows f sees N(mu + B (f - E f), S_rest). By the closed form the bias of such a
 * model follows from S_rest, without any reference to whether eps is identifiable.
 *
 * Told: nothing, the mean of eps, the leading 1, 2, 4, 8 Karhunen-Loeve modes of g. For each: closed form (with a jackknife error over blocks of
 * the ensemble), fields drawn with the exact Gaussian score, and fields drawn with the exact empirical score of a conditional ensemble, the
 * fields whose porosities are nearest to f = E f in what is told, moved there by the regression. All at f = E f; `rms` averages the
 * closed form's square over f.
 */
import { tf } from "../../graph/tensorflow";
import { channelOf, type FieldSample } from "../../diagnostics/field-sample";
import { cholesky, choleskySolve, gram, principalAxes, rowProducts } from "../../numerics/linear-algebra";
import { multiply } from "../../numerics/row-products";
import { moments } from "../../diagnostics/moments";
import { biasRatios, difference, exactProfile, meanProfile } from "../../diagnostics/profile-bias";
import type { GaussianLaw } from "../../gaussian/conditional-gaussian";
import { empiricalScore, gaussianScore, scoreInPlane } from "../../diffusion/exact-score";
import { generatedLaw } from "../../diffusion/prior-mismatch";
import { variancePreserving } from "../../diffusion/schedule";
import type { ResidentScore } from "../../diffusion/score";
import { generateEnsemble } from "../../ensemble/generate";
import type { Normalisation } from "../../fields/units";
import { toNetworkUnits } from "../../model/score-model";
import { covarianceAt } from "../../porosity/covariance";
import { porosityInverse } from "../../porosity/law";
import { type Stream, stream } from "../../random/stream";
import type { Problem } from "../../transport/problem";
import { problem } from "../../transport/problems";
import type { Common } from "../common-settings";
import type { ConfounderSettings } from "./settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import {
  drawBoth,
  exactLaw,
  first,
  leadingGaussian,
  methodOf,
  perUnit,
  type Sampler,
  type Setting,
} from "../mean-bias/published-setting";
import { publishedCondition } from "../../transport/published-conditions";

/** Every array has one entry a channel. */
export interface ConfounderRow {
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
  /** |bias| / |std| of fields drawn with the exact Gaussian score; z of its deviation from the closed form (with the same steps). */
  readonly sampled: readonly number[];
  readonly sampledError: readonly number[];
  readonly sampledZ: readonly number[];
  /** sqrt of the mean over the profile of the generated variance, SI units: of these very steps, exactly, and of the same drawn fields. */
  readonly generatedStd: readonly number[];
  readonly sampledStd: readonly number[];
  readonly sampledStdError: readonly number[];
  /** |bias| / |std| with the exact empirical score of the conditional ensemble, by that ensemble's own mean and spread. */
  readonly empirical: readonly number[];
  readonly empiricalError: readonly number[];
}

export interface Confounder {
  readonly betaMax: number;
  readonly rows: readonly ConfounderRow[];
}

export interface ConfounderInput extends Common {
  readonly confounder: ConfounderSettings;
  readonly normalisation: Normalisation;
}

export const samplers: readonly Sampler[] = ["reverse SDE", "probability flow"];
/** Directions in which the fields are resolved. */
const planeRank = 48;
const blocks = 8;

export const confounderStage: Stage<ConfounderInput, Confounder> = jsonStage({
  name: "confounder",
  module: "lib/experiments/confounder/stage.ts",
  run: async (input, context) => {
    const root = stream(input.seed).child("confounder");
    const { signal } = context;
    const p = problem(input.problem.name);
    const ensemble = await toldEnsemble(p, input, root.child("ensemble"), signal);
    return confounded(ensemble, input, root, context);
  },
});

/** Fields in the coordinates w of their leading modes beside what may be told of their porosities. */
export interface ToldEnsemble {
  readonly setting: Setting;
  readonly count: number;
  readonly rank: number;
  /** [count, rank], network units, about the mean. */
  readonly coordinates: Float64Array;
  /** Names of what is told, and which columns of `features` each is. */
  readonly told: readonly { readonly name: string; readonly columns: readonly number[] }[];
  /** [count, columns], each of mean 0 and variance 1. */
  readonly features: Float64Array;
  readonly columns: number;
}

export async function toldEnsemble(
  p: Problem,
  input: ConfounderInput,
  source: Stream,
  signal?: AbortSignal,
): Promise<ToldEnsemble> {
  const { cells } = input.problem;
  const { fields: count, modes } = input.confounder;
  const found = await generateEnsemble({
    problem: p,
    conditions: [publishedCondition],
    count,
    cells,
    stream: source,
    keepPorosity: true,
    signal,
  });
  const shape = { channels: p.channels.length, cells };
  const reference: FieldSample = { values: found.fields, count, ...shape };
  const inUnits = toNetworkUnits(found.fields.slice(), input.normalisation, cells);
  const law = leadingGaussian(inUnits, count, planeRank);
  const d = law.dimension;
  const setting: Setting = {
    problem: p,
    normalisation: input.normalisation,
    shape,
    reference,
    moments: moments(reference),
    law,
    error: new Float64Array(d * d), // the law at hand is this Gaussian itself
  };
  const axes = new Float64Array(law.rank * d);
  for (let i = 0; i < d; i++) for (let k = 0; k < law.rank; k++) axes[k * d + i] = law.modes[i * law.rank + k];
  const coordinates = rowProducts(inUnits.map((x, at) => x - law.mean[at % d]), count, d, axes, law.rank); // prettier-ignore
  const largest = Math.max(...modes);
  const columns = 1 + largest;
  const features = new Float64Array(count * columns);
  const eps = found.porosity!;
  for (let n = 0; n < count; n++) for (let i = 0; i < cells; i++) features[n * columns] += eps[n * cells + i] / cells;
  const kl = rowProducts(porosityInverse(eps, p.porosity.law), count, cells, karhunenLoeve(p, cells, largest), largest);
  for (let n = 0; n < count; n++) for (let k = 0; k < largest; k++) features[n * columns + 1 + k] = kl[n * largest + k];
  standardise(features, count, columns);
  const told = [
    { name: "nothing", columns: [] },
    { name: "mean", columns: [0] },
    ...modes.map((m) => ({
      name: `${m} mode${m > 1 ? "s" : ""}`,
      columns: Array.from({ length: m }, (_, k) => 1 + k),
    })),
  ];
  return { setting, count, rank: law.rank, coordinates, told, features, columns };
}

/** Leading eigenvectors [modes, cells] of the covariance of g at the published condition. */
function karhunenLoeve(p: Problem, cells: number, modes: number): Float64Array {
  const { covariance } = p.porosity;
  const C = Float64Array.from({ length: cells * cells }, (_, at) =>
    covarianceAt(
      covariance,
      (Math.abs(Math.floor(at / cells) - (at % cells)) * p.domain[0].length) / cells,
      publishedCondition.l,
    ),
  );
  const { modes: vectors } = principalAxes(C, cells);
  return Float64Array.from(
    { length: modes * cells },
    (_, at) => vectors[(at % cells) * cells + Math.floor(at / cells)],
  );
}

function standardise(values: Float64Array, count: number, columns: number): void {
  for (let k = 0; k < columns; k++) {
    let mean = 0;
    let square = 0;
    for (let n = 0; n < count; n++) mean += values[n * columns + k] / count;
    for (let n = 0; n < count; n++) square += (values[n * columns + k] - mean) ** 2 / (count - 1);
    for (let n = 0; n < count; n++) values[n * columns + k] = (values[n * columns + k] - mean) / Math.sqrt(square);
  }
}

/** Joint second moments of (w, f) in each block of the ensemble, [rank + columns]^2, not centred. */
function blockMoments({ count, rank, coordinates, features, columns }: ToldEnsemble): Float64Array[] {
  const size = rank + columns;
  return Array.from({ length: blocks }, (_, b) => {
    const [from, to] = [Math.floor((b * count) / blocks), Math.floor(((b + 1) * count) / blocks)];
    const rows = new Float64Array((to - from) * size);
    for (let n = from; n < to; n++) {
      rows.set(coordinates.subarray(n * rank, (n + 1) * rank), (n - from) * size);
      rows.set(features.subarray(n * columns, (n + 1) * columns), (n - from) * size + rank);
    }
    return gram(rows, to - from, size);
  });
}

interface Told {
  /** Law of the fields that a model sees which is told f = E f, network units. */
  readonly law: GaussianLaw;
  /** B in the plane's coordinates [rank, told], and S_ff [told, told]. */
  readonly slope: Float64Array;
  readonly spread: Float64Array;
}

function toldLaw({ setting, rank, columns }: ToldEnsemble, joint: Float64Array, told: readonly number[]): Told {
  const size = rank + columns;
  const q = told.length;
  const at = (i: number, j: number): number => joint[i * size + j];
  const S = Float64Array.from({ length: rank * rank }, (_, k) => at(Math.floor(k / rank), k % rank));
  const slope = new Float64Array(rank * q);
  const spread = Float64Array.from({ length: q * q }, (_, k) => at(rank + told[Math.floor(k / q)], rank + told[k % q]));
  if (q > 0) {
    const L = cholesky(spread, q);
    for (let i = 0; i < rank; i++) {
      const with_ = Float64Array.from(told, (k) => at(i, rank + k));
      slope.set(choleskySolve(L, q, with_), i * q);
    }
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) {
        for (let k = 0; k < q; k++) S[i * rank + j] -= slope[i * q + k] * at(j, rank + told[k]);
      }
    }
    for (let i = 0; i < rank; i++) for (let j = 0; j < i; j++) S[i * rank + j] = S[j * rank + i];
  }
  const { modes: rotation, variance } = principalAxes(S, rank);
  const { dimension, mean, modes } = setting.law;
  return {
    law: { dimension, rank, mean, modes: multiply(modes, rotation, rank), variance },
    slope,
    spread,
  };
}

/** Root mean squares over the profile of a channel, SI units. */
function rootMeanSquares(setting: Setting, square: (i: number) => number): number[] {
  const { channels, cells } = setting.shape;
  return Array.from({ length: channels }, (_, ch) => {
    let sum = 0;
    for (let i = ch * cells; i < (ch + 1) * cells; i++) sum += square(i) / cells;
    return setting.normalisation.std[ch] * Math.sqrt(sum);
  });
}

function variances({ dimension, rank, modes, variance }: GaussianLaw): Float64Array {
  return Float64Array.from({ length: dimension }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += variance[k] * modes[i * rank + k] ** 2;
    return sum;
  });
}

/** Closed form of one told model: spread, bias and ratio per channel, one after the other. */
function closedForm(
  setting: Setting,
  { law, slope, spread }: Told,
  sampler: Sampler,
  schedule: ReturnType<typeof variancePreserving>,
): { std: number[]; bias: number[]; ratio: number[]; rms: number[] } {
  const of = (mean: Float64Array): Float64Array => generatedLaw({ ...law, mean }, { schedule, sampler }).bias;
  const own = of(law.mean);
  const total = own.map((b) => b * b);
  const q = slope.length / law.rank;
  if (q > 0) {
    // E over f of |G (mu + B f)|^2 = |G mu|^2 + |G B L|^2 with S_ff = L L^T; `of` is linear in the mean.
    const BL = multiply(slope, cholesky(spread, q), q);
    const directions = multiply(setting.law.modes, BL, q);
    for (let k = 0; k < q; k++) {
      of(Float64Array.from({ length: law.dimension }, (_, i) => directions[i * q + k])).forEach(
        (b, i) => (total[i] += b * b),
      );
    }
  }
  const v = variances(law);
  const std = rootMeanSquares(setting, (i) => v[i]);
  const bias = rootMeanSquares(setting, (i) => own[i] ** 2);
  const rms = rootMeanSquares(setting, (i) => total[i]);
  return { std, bias, ratio: bias.map((b, ch) => b / std[ch]), rms: rms.map((b, ch) => b / std[ch]) };
}

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
  return { betaMax: input.confounder.betaMax, rows };
}

/** Coordinates [size, rank] of the conditional ensemble at f = E f. */
function nearest(ensemble: ToldEnsemble, { slope }: Told, told: readonly number[], wanted: number): Float64Array {
  const { count, rank, columns, coordinates, features } = ensemble;
  const q = told.length;
  const size = Math.min(wanted, count);
  const distance = Float64Array.from({ length: count }, (_, n) =>
    told.reduce((sum, k) => sum + features[n * columns + k] ** 2, 0),
  );
  const order = Array.from(distance.keys());
  if (q > 0) order.sort((a, b) => distance[a] - distance[b]);
  const members = new Float64Array(size * rank);
  order.slice(0, size).forEach((n, row) => {
    for (let i = 0; i < rank; i++) {
      let moved = coordinates[n * rank + i];
      for (let k = 0; k < q; k++) moved -= slope[i * q + k] * features[n * columns + told[k]];
      members[row * rank + i] = moved;
    }
  });
  return members;
}

/** Draws with the exact Gaussian score of the told law and, with the same random numbers, with the empirical score of the near fields. */
async function sampledBias(
  whole: Setting,
  law: GaussianLaw,
  near: Float64Array,
  sampler: Sampler,
  schedule: Common["schedule"],
  { confounder }: ConfounderInput,
  source: Stream,
  signal?: AbortSignal,
): Promise<
  Omit<ConfounderRow, "told" | "sampler" | keyof ReturnType<typeof closedForm> | `${"std" | "bias" | "ratio"}Error`>
> {
  const setting = { ...whole, law };
  const { channels } = whole.shape;
  const method = { name: methodOf(sampler) };
  const steps = sampler === "reverse SDE" ? confounder.sdeSteps : confounder.flowSteps;
  const batch = Math.min(400, confounder.generated);
  const draw = async (score: ResidentScore, count: number): Promise<FieldSample> => {
    const common = { schedule, method, steps, batch, stream: source, signal };
    try {
      return (await drawBoth(setting, { ...common, score, count, start: { law: "standard normal" } })).clean;
    } finally {
      score.dispose();
    }
  };
  const gaussian = await draw(gaussianScore(law), Math.max(confounder.exact, confounder.generated));
  const mean = whole.moments.mean;
  const std = perUnit(whole, variances(law).map(Math.sqrt));
  const stepwise = exactLaw(law, { schedule, method, steps, start: "standard normal" });
  const known = perUnit(whole, stepwise.bias);
  const bias = difference(meanProfile(gaussian), exactProfile(mean));
  const ratios = biasRatios(bias, std, channels);
  const off = biasRatios(difference(bias, exactProfile(known)), std, channels);

  const spreads = Array.from({ length: channels }, (_, ch) => spreadOf(channelOf(gaussian, ch)));

  const own = ownMoments(whole, near);
  const members = tf.tensor2d(Float32Array.from(near), [near.length / whole.law.rank, whole.law.rank]);
  const score = scoreInPlane(empiricalScore(members), whole.law);
  members.dispose();
  const fields = await draw(score, confounder.generated);
  const control = { fields: first(gaussian, confounder.generated), mean: known.map((b, i) => b + mean[i]) };
  const found = biasRatios(difference(meanProfile(fields, control), exactProfile(own.mean)), own.std, channels);
  return {
    sampled: ratios.map((r) => r.ratio),
    sampledError: ratios.map((r) => r.standardError),
    sampledZ: off.map((r) => r.z),
    generatedStd: rootMeanSquares(whole, (i) => stepwise.variance[i]),
    sampledStd: spreads.map((s) => s.value),
    sampledStdError: spreads.map((s) => s.error),
    empirical: found.map((r) => r.ratio),
    empiricalError: found.map((r) => r.standardError),
  };
}

/** sqrt of the mean over the profile of the variance, one channel, with its standard error from the scatter of |x - m|^2 between fields. */
function spreadOf(sample: FieldSample): { value: number; error: number } {
  const { values, count, cells } = sample;
  const { mean } = moments(sample);
  const squares = new Float64Array(count);
  values.forEach((x, k) => (squares[Math.floor(k / cells)] += (x - mean[k % cells]) ** 2 / cells));
  const square = moments({ values: squares, count, channels: 1, cells: 1 });
  const value = Math.sqrt((square.mean[0] * count) / (count - 1));
  return { value, error: (0.5 * value * square.std[0]) / square.mean[0] / Math.sqrt(count) };
}

/** Mean and spread, SI units, of members given by their coordinates. */
function ownMoments(setting: Setting, members: Float64Array): { mean: Float64Array; std: Float64Array } {
  const { law } = setting;
  const size = members.length / law.rank;
  const mean = new Float64Array(law.rank);
  members.forEach((w, at) => (mean[at % law.rank] += w / size));
  const S = gram(
    members.map((w, at) => w - mean[at % law.rank]),
    size,
    law.rank,
  ).map((s) => s / (size - 1));
  const SV = multiply(law.modes, S, law.rank);
  const shift = new Float64Array(law.dimension);
  const variance = new Float64Array(law.dimension);
  for (let i = 0; i < law.dimension; i++) {
    for (let k = 0; k < law.rank; k++) {
      shift[i] += law.modes[i * law.rank + k] * mean[k];
      variance[i] += SV[i * law.rank + k] * law.modes[i * law.rank + k];
    }
  }
  const inUnits = perUnit(setting, shift);
  return {
    mean: setting.moments.mean.map((m, i) => m + inUnits[i]),
    std: perUnit(setting, variance.map((v) => Math.sqrt(Math.max(0, v)))), // prettier-ignore
  };
}
