/**
 * What a thread does of a training pool (a program of lib/threads): at one condition after the other it solves fields
 * and turns them into coordinates in the principal modes of the conditional Gaussian there,
 *   y0 = diag(lambda)^(-1/2) V^T diag(s)^(-1) (x - mu(z))   (s = 1 for the components of the covariance).
 */
import {
  type Components,
  gaussianAt,
  knownPart,
  type GaussianLaw,
  type GaussianStatistics,
} from "../gaussian/conditional-gaussian";
import { multiply } from "../numerics/row-products";
import { computation, type Plan } from "../ensemble/computation";
import { channelAt } from "../fields/shape";
import { toSI } from "../fields/units";
import { type ModeArrays, modeArraysAt, skewingModes } from "../model/mode-geometry";
import { streamOf, type Stream } from "../random/stream";
import type { Problem } from "../transport/problem";
import { problemOf, type ProblemReference } from "../transport/problems";

/** Where the numbers of condition c go: row c of each. */
export interface PoolArrays {
  readonly coordinates: Float32Array; // [conditions, count, K]
  readonly basis: Float32Array; // [conditions, dimension, K], rows cell by cell
  readonly std: Float32Array; // [conditions, K]
  readonly inverseSpread: Float32Array; // [conditions, dimension]
  readonly features: Float32Array; // [conditions, P]
  readonly cumulants: Float32Array; // [conditions, M^2, K]
}

export interface Whitening {
  readonly plan: Plan;
  readonly statistics: GaussianStatistics;
  /** K, the number of modes that the network models. */
  readonly modes: number;
  readonly components: Components;
  /** Draws the coordinates of modes that a law does not have. */
  readonly absent: Pick<Stream, "identity" | "path">;
}

export interface WhiteningInput extends Whitening {
  readonly problem: ProblemReference;
  /** In shared memory. */
  readonly target: PoolArrays;
}

/**
 * Pooled directions in which the K leading modes of a condition are sought: they lie there to well below their own
 * spread.
 */
const directionsPerMode = 2;

export function prepare({ problem, target, ...whitening }: WhiteningInput): (condition: number) => void {
  return whitenedCondition(problemOf(problem), whitening, target);
}

/** A function that fills row c of the target; it owns a solver with its work space and one condition's fields. */
export function whitenedCondition(
  problem: Problem,
  { plan, statistics, modes, components, absent }: Whitening,
  target: PoolArrays,
): (condition: number) => void {
  const { count } = plan;
  const solve = computation(problem, plan);
  const fields = new Float64Array(count * statistics.dimension);
  const put = (all: Float32Array, c: number, row: Float32Array): void => all.set(row, c * row.length);
  return (c) => {
    const condition = plan.conditions[c];
    solve(c * count, (c + 1) * count, { first: c * count, fields });
    const whole = gaussianAt(statistics, problem, condition, { rank: directionsPerMode * modes, components });
    const law = knownPart(statistics, whole);
    const coordinates = whiten(fields, law, statistics, modes);
    drawAbsent(coordinates, modes, law.rank, streamOf(absent.identity, absent.path).child(c));
    put(target.coordinates, c, coordinates);
    const arrays: ModeArrays = modeArraysAt(statistics, problem, condition, law, modes);
    for (const key of ["basis", "std", "inverseSpread", "features", "cumulants"] as const) {
      put(target[key], c, arrays[key]);
    }
  };
}

/** Numbers per condition of each of the arrays; `features` as many as the network is told. */
export function poolShape({ statistics, modes, plan }: Whitening, features: number): Record<keyof PoolArrays, number> {
  const { dimension } = statistics;
  return {
    coordinates: plan.count * modes,
    basis: dimension * modes,
    std: modes,
    inverseSpread: dimension,
    features,
    cumulants: skewingModes(modes) ** 2 * modes,
  };
}

/**
 * Coordinates of modes that the law does not have, in place: standard normal, as if of a Gaussian, so that the network
 * has nothing to learn there.
 */
function drawAbsent(coordinates: Float32Array, modes: number, rank: number, stream: Stream): void {
  if (rank >= modes) return;
  const normals = stream.normals((coordinates.length / modes) * (modes - rank));
  for (let row = 0, at = 0; row < coordinates.length; row += modes) {
    for (let k = rank; k < modes; k++) coordinates[row + k] = normals[at++];
  }
}

/**
 * Fields [count, channels, cells] in SI -> the first coordinates [count, modes]. Those of modes that the law does not
 * have are 0.
 */
export function whiten(
  fields: Float64Array,
  law: GaussianLaw,
  { normalisation, cells }: GaussianStatistics,
  modes: number,
): Float32Array {
  const { dimension, rank } = law;
  const projection = new Float64Array(dimension * modes);
  for (let k = 0; k < Math.min(modes, rank); k++) {
    const std = Math.sqrt(law.variance[k]);
    for (let i = 0; i < dimension; i++) {
      if (std > 0) projection[i * modes + k] = law.modes[i * rank + k] / (std * (law.spread?.[i] ?? 1));
    }
  }
  const shift = toSI(law.mean, normalisation, cells);
  const { std: stds } = normalisation;
  const scale = law.mean.map((_, i) => 1 / stds[channelAt(i, stds.length, cells)]);
  const centred = new Float64Array(fields.length);
  for (let at = 0; at < fields.length;) {
    for (let i = 0; i < dimension; i++, at++) centred[at] = (fields[at] - shift[i]) * scale[i];
  }
  return new Float32Array(multiply(centred, projection, modes));
}
