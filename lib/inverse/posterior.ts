/**
 * Fields given readings, p(x | d, z), by the method that a person names:
 *   gaussian  the closed form of the conditional Gaussian, without the network
 *   bank      fields of the model weighted by the likelihood
 *   latent    tempered sequential Monte Carlo in the start normals of the model's flow, beginning with a coarse flow
 *   es-mda    ensemble smoother on the same normals: approximate, as a peer
 *   dps, pigdm, mmps   the flow guided by the readings (guidance.ts): approximate, as peers
 *   solver    the same on the porosity with the problem's solver: no network; gives the porosity too
 *   auto      bank where so few fields are enough that it costs no more than a search; latent otherwise.
 */
import { gridCells } from "../gaussian/conditional-gaussian";
import { modeSampler, type ModeSampler } from "../model/mode-flow";
import type { TrainedModes } from "../model/trained-modes";
import { arraysOf, atCondition, type ScoreModel } from "../model/score-model";
import type { Stream } from "../random/stream";
import type { Condition } from "../transport/problem";
import { singularValues } from "../numerics/linear-algebra";
import { rowAt } from "../numerics/rows";
import { ensembleSmoother } from "./ensemble-smoother";
import { fieldMap } from "./field-map";
import {
  type AffineLatentModel,
  type AffineReadings,
  flowLatent,
  gaussianLatent,
  type LatentModel,
  solverLatent,
} from "./latent-model";
import { guidances } from "./guidance";
import { guidedPosterior } from "./guided-flow";
import { guidedLevels, noisyModesOf } from "./guided-model";
import type { PosteriorDraws } from "./likelihood";
import { effectiveShare, type GaussianReference, linearPosterior, placed, shrunkAlong } from "./linear-posterior";
import { misfitOf, requireCredible } from "./misfit";
import type { Observations } from "./observations";
import { inverseEstimate } from "./regularised-inverse";
import { temperedPosterior } from "./tempered-posterior";
import { drawBank, weightedBank } from "./weighted-bank";

/** What `method` may be. */
export const posteriorMethods = ["auto", "gaussian", "bank", "latent", "es-mda", ...guidances, "solver"] as const;
export type PosteriorMethod = (typeof posteriorMethods)[number];

/** Whether a method follows the flow of a trained network. */
export const needsFlow = (method: PosteriorMethod): boolean => method !== "gaussian" && method !== "solver";

/**
 * The flow in few steps, with which a search for the posterior begins; none where the flow itself has no more. The
 * caller disposes it.
 */
export function coarseFlow(trained: TrainedModes, steps: number, batch = 500): ModeSampler | undefined {
  return steps > coarseSteps + 2 ? modeSampler(trained, { levels: coarseSteps, batch }) : undefined;
}
const coarseSteps = 4;

export interface PosteriorOptions {
  readonly method?: PosteriorMethod;
  readonly count: number;
  readonly stream: Stream;
  /** The model's flow; not needed by `gaussian` and `solver`. */
  readonly flow?: ModeSampler;
  /** The same flow in fewer steps, to search with. */
  readonly coarse?: ModeSampler;
  /** Fields of a bank; by default 20,000, and for "auto" as many as it takes. */
  readonly bank?: number;
  /** Fields that are drawn without the readings, for the misfit; 2000 by default, and none are needed beside a bank. */
  readonly pilot?: number;
  readonly allowOutside?: boolean;
  /** What is done, between 0 and 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

export interface Posterior {
  readonly method: Exclude<PosteriorMethod, "auto">;
  /** [count, channels, cells], SI units. */
  readonly fields: Float64Array;
  /** [count, cells], of the method `solver`. */
  readonly porosity?: Float64Array;
  /** ln of the model's mean of exp(-1/2 sum ((H x - value) / std)^2); NaN where a method does not know it. */
  readonly logEvidence: number;
  readonly ess: number;
  readonly evaluations: number;
  /** p-value of the readings under the model; small where they could hardly have come from it. */
  readonly misfit: number;
}

const pilotFields = 2000;

/** @throws UserError for readings beyond belief, and for a condition outside the trained box */
export async function posteriorAt(
  model: ScoreModel,
  condition: Condition,
  of: Observations,
  options: PosteriorOptions,
): Promise<Posterior> {
  const { method = "auto", count, stream } = options;
  const at = atCondition(model, condition, options);
  const gaussian = gaussianLatent(at.law, model.statistics.normalisation);
  const affine = gaussian.affine(of);
  const linear = linearPosterior(affine, of);
  if (needsFlow(method)) return byFlow(model, at, of, options, { gaussian, affine, linear });
  const misfit = misfitOf(affine, of, undefined, stream);
  requireCredible(affine, of, misfit);
  if (method === "solver") return { ...(await bySolver(model, condition, of, options)), misfit };
  const coordinates = placed(linear, stream.child("draws").normals(count * gaussian.dimension));
  const { logEvidence } = linear;
  return { method: "gaussian", fields: gaussian.fields(coordinates), logEvidence, ess: count, evaluations: 0, misfit };
}

/** The law at the condition without the network, and the readings in its coordinates. */
interface WithoutNetwork {
  readonly gaussian: AffineLatentModel;
  readonly affine: AffineReadings;
  readonly linear: GaussianReference;
}

/** A bank of the model's fields, for the misfit at least; where that is not the answer, a search. */
async function byFlow(
  model: ScoreModel,
  at: ReturnType<typeof atCondition>,
  of: Observations,
  options: PosteriorOptions,
  { gaussian, affine, linear }: WithoutNetwork,
): Promise<Posterior> {
  const { method = "auto", count, stream, signal, onProgress } = options;
  const latent = flowOf(model, at, options, gaussian);
  const wanted = bankSize(options, affine, of);
  const useBank = method === "bank" || (method === "auto" && wanted <= dearestBank * count);
  const coarse = options.coarse ? flowOf(model, at, { ...options, flow: options.coarse }, gaussian) : undefined;
  // The misfit asks for no more than where readings fall: there the coarse flow will do.
  const pilot = useBank ? latent : (coarse ?? latent);
  const size = useBank ? wanted : (options.pilot ?? pilotFields);
  const bank = await drawBank(pilot, size, stream.child("bank"), {
    onProgress: (done) => onProgress?.((useBank ? 1 : 0.1) * (done / size)),
    signal,
  });
  const misfit = misfitOf(affine, of, pilot.reader(of)(bank.images), stream.child("misfit"));
  requireCredible(affine, of, misfit);
  const answer = (name: Posterior["method"], draws: PosteriorDraws, before: number): Posterior => {
    const { logEvidence, ess, evaluations, images } = draws;
    return { method: name, fields: latent.fields(images), logEvidence, ess, evaluations: before + evaluations, misfit };
  };
  if (useBank) {
    const draws = weightedBank(latent, bank, of, count, stream.child("choose"));
    if (method === "bank" || draws.ess >= 0.5 * count) return answer("bank", draws, 0);
  }
  const spent = bank.count * pilot.evaluations;
  const guidance = guidances.find((name) => name === method);
  if (guidance) {
    const modes = noisyModesOf(model, at, { levels: guidedLevels(latent.evaluations) });
    const guided = { guidance, count, stream: stream.child("guided"), onProgress, signal };
    return answer(guidance, await guidedPosterior(modes, affine, of, guided).finally(() => modes.dispose()), spent);
  }
  if (method === "es-mda") {
    const smoother = { count, stream: stream.child("smoother"), signal };
    return answer(method, await ensembleSmoother(latent, of, smoother), spent);
  }
  const after = (t: number): void => onProgress?.(0.1 + 0.9 * t);
  const tempering = { count, coarse, stream: stream.child("tempered"), onProgress: after, signal };
  return answer("latent", await temperedPosterior(latent, of, linear, tempering), spent);
}

/** Fields that are drawn for each one that is wanted, at most, before a search is cheaper. */
const dearestBank = 6;

function bankSize(
  { method = "auto", bank, count }: PosteriorOptions,
  affine: AffineReadings,
  of: Observations,
): number {
  if (bank !== undefined) return bank;
  return method === "auto" ? Math.ceil((1.25 * count) / effectiveShare(affine, of)) : 20_000;
}

function flowOf(
  model: ScoreModel,
  at: ReturnType<typeof atCondition>,
  { flow, signal }: PosteriorOptions,
  gaussian: AffineLatentModel,
): LatentModel {
  if (!flow) throw new RangeError("posteriorAt: this method needs the model's flow");
  if (gaussian.dimension !== at.law.rank)
    throw new RangeError("posteriorAt: the law and its coordinates do not belong");
  return flowLatent(at.law, model.statistics.normalisation, { sampler: flow, condition: arraysOf(at), signal });
}

/** On the porosity: the reference is the Laplace approximation about the most probable one. */
async function bySolver(
  { problem, statistics }: ScoreModel,
  condition: Condition,
  of: Observations,
  { count, stream, onProgress, signal }: PosteriorOptions,
): Promise<Omit<Posterior, "misfit">> {
  const map = fieldMap(problem, { condition, cells: gridCells(statistics) });
  const draws = await temperedPosterior(solverLatent(map), of, laplace(map, of), {
    count,
    stream: stream.child("solver"),
    onProgress,
    signal,
  });
  const n = map.cells;
  const porosity = new Float64Array(count * n);
  for (let k = 0; k < count; k++) porosity.set(map.eps(rowAt(draws.coordinates, k, n)), k * n);
  const { logEvidence, ess, evaluations, images } = draws;
  return { method: "solver", fields: images, porosity, logEvidence, ess, evaluations };
}

function laplace(map: ReturnType<typeof fieldMap>, of: Observations): GaussianReference {
  const { xi, sensitivity } = inverseEstimate(map, undefined, of);
  const { values, right } = singularValues(sensitivity, of.value.length, map.cells);
  return shrunkAlong(xi, values, right);
}
