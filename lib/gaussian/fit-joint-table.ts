/**
 * The joint law of the responses (joint-gaussian.ts) for one combination of the choices, in three passes over the nodes
 * of the other conditions:
 *   a pilot   spreads d and shares w of the responses, and their power; from all nodes together the directions V;
 *   nodes     means m, the factor L of the coordinates q = V^T diag(w / d) (r - m) and the third moments of L^(-1) q;
 *   fits      each of these as polynomials in the conditions.
 *
 * Where they are many, all nodes draw the same porosities: porosity k has the same normal numbers at each, and only what the conditions make
 * of them differs. Their sampling errors are then as smooth in the conditions as the law itself, and a polynomial
 * carries the error of a node to the next one as an error of the law there. Drawn anew at each node, the errors of short
 * correlation lengths, where weak directions vary much, would be carried to long ones, where they hardly vary: errors of
 * many of their own spreads. (Few porosities are drawn anew at each node: there it pays more that the errors of
 * independent nodes average.)
 */
import { setImmediate as turnOfTheEventLoop } from "node:timers/promises";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import type { ChannelMoments } from "./channel-moments";
import { addOuter, manyCells, principalDirections } from "./joint-basis";
import type { JointTable } from "./joint-gaussian";
import { logCholesky } from "./lower-cholesky";
import { centre, covarianceOf, innovationMoments, spreadOf, unshrunk } from "./node-moments";
import { fitMeans, type MeanFit } from "./mean-fit";
import { controlShift } from "./mean-controls";
import { multiply } from "../numerics/row-products";
import type { Drawn } from "./response-draws";
import { degreeFor, polynomialAt, type PolynomialFit, polynomialFit } from "./polynomial-fit";
import { innerDirections, outerDirections } from "./third-cumulant-fit";

/** Directions of the joint basis, at most and down to this share of the first one's spread. */
const [mostDirections, weakestDirection] = [256, 1e-5];
const directionsPerPorosity = 1 / 3;
/** Porosities of all nodes together that the basis is taken from; and at a node, at least. */
export const [pilotTotal, leastPilot] = [4096, 16];
/** Degrees of the polynomials, at most, and nodes for each of their terms, at least. */
const degrees = { mean: [8, 2], covariance: [8, 4], cumulants: [4, 3] } as const;
/** The same where all nodes draw the same porosities: there is no scatter from node to node to average out. */
const degreesOfShared = { mean: [12, 2], covariance: [12, 2], cumulants: [4, 3] } as const;
/**
 * A response with less than this share of the field's spread in its cell is certain, and so is a spread at a node below
 * this share of the pooled.
 */
const certain = 1e-8;
/** Least logarithm of a size: a response that is certain has none. */
const leastLog = -60;

/** The same where a law is made from few porosities and its conditions range over less than a decade. */
const degreesOfFew = { mean: [4, 2], covariance: [3, 2], cumulants: [2, 2] } as const;

/** How many nodes, porosities and numbers there are. */
export interface Sizes {
  readonly nodes: Float64Array;
  readonly count: number;
  readonly porosities: number;
  readonly pilot: number;
  readonly reach: readonly number[];
  readonly width: number;
  /** Cells of all channels, or coordinates in their directions. */
  readonly dimension: number;
  /** Do all nodes draw the same porosities? */
  readonly shared: boolean;
  /** Are the responses coordinates, and the porosities few? */
  readonly reduced?: { readonly gentle: boolean };
}

/** Responses [count, functions, dimension] at a node, of porosities drawn from the stream. */
export type Draw = (node: number, count: number, stream: Stream) => Promise<Drawn>;

export interface TablePlan {
  readonly sizes: Sizes;
  readonly cells: number;
  readonly draw: Draw;
  /** Told the pilot's responses, where these are the fields'. */
  readonly channelMoments?: ChannelMoments;
  readonly stream: Stream;
  readonly signal?: AbortSignal;
}

type Fit = ReturnType<typeof polynomialFit>;

/** The stream of a node's porosities, see the head of this file. */
const ofNode = ({ shared }: Sizes, node: number, stream: Stream): Stream => (shared ? stream : stream.child(node));

/** Entries below the diagonal. */
export const below = (n: number): number => (n * (n - 1)) / 2;

const degreeOf = ({ reach, count, reduced, shared }: Sizes, what: keyof typeof degrees): number => {
  const [most, nodesEach] = (reduced?.gentle ? degreesOfFew : shared ? degreesOfShared : degrees)[what];
  return degreeFor(count, reach.length, most, nodesEach);
};
const fitOf = (sizes: Sizes, what: keyof typeof degrees, values: number): Fit =>
  polynomialFit(sizes.nodes, sizes.reach, degreeOf(sizes, what), values, sizes.count);

/** Draws the pilot and the nodes, and fits. The caller owns the result. */
export async function fitTable(plan: TablePlan): Promise<JointTable> {
  const pilot = await pilotOf(plan);
  const { directions, scale } = basisOf(plan, pilot);
  const fits = await nodesOf(plan, pilot, { directions, scale });
  const rank = scale.length;
  const basis = directions.map((v, at) => {
    const w = pilot.share[Math.floor(at / rank)];
    return w > 0 ? (v * scale[at % rank]) / w : 0;
  });
  const { logSpread, power } = pilot;
  return { ...fits, logSpread, basis, powerDiagonal: power.diagonal.fit, powerLower: power.lower.fit };
}

interface Pilot {
  /** Of each node [functions * dimension]: means, and w / d, 0 where a response is certain. */
  readonly means: readonly Float64Array[];
  readonly gains: readonly Float64Array[];
  readonly share: Float64Array;
  readonly logSpread: PolynomialFit;
  readonly power: Power;
  /** Deviations of each node [porosities, functions * dimension]. */
  readonly deviations: readonly Float64Array[];
}

async function pilotOf({ sizes, cells, draw, channelMoments, stream }: TablePlan): Promise<Pilot> {
  const { count, width, dimension, pilot, nodes, reach } = sizes;
  const size = width * dimension;
  const channels = dimension / cells;
  const power = {
    diagonal: fitOf(sizes, "covariance", channels * width),
    lower: fitOf(sizes, "covariance", channels * below(width)),
  };
  const deviations: Float64Array[] = [];
  const [means, spreads] = [[] as Float64Array[], [] as Float64Array[]];
  for (let j = 0; j < count; j++) {
    const { responses: drawn } = await draw(j, pilot, ofNode(sizes, j, stream.child("pilot")));
    channelMoments?.add(drawn.subarray(0, Math.min(pilot, leastPilot) * size));
    means.push(centre(drawn, size));
    spreads.push(sizes.reduced ? spreadOfBlocks(spreadOf(drawn, size), cells) : spreadOf(drawn, size));
    addPower(power, j, drawn, { channels, cells, width });
    deviations.push(Float64Array.from(drawn));
  }
  const { logSpread, share } = spreadFit(spreads, { width, dimension, cells }, fitOf(sizes, "covariance", size));
  const node = (j: number): number[] => reach.map((_, k) => nodes[j * reach.length + k]);
  const gains = spreads.map((_, j) =>
    polynomialAt(logSpread, node(j)).map((l, at) => (share[at] > 0 ? share[at] * Math.exp(-l) : 0)),
  );
  return { means, gains, share, logSpread, power, deviations };
}

interface Basis {
  /** Directions [functions * dimension, rank] and the spread along each. */
  readonly directions: Float64Array;
  readonly scale: Float64Array;
}

/** The principal directions of the pilot's deviations in units of their spread, from all nodes alike. */
function basisOf({ sizes, stream }: TablePlan, { deviations, gains }: Pilot): Basis {
  const { count, width, dimension, pilot, porosities } = sizes;
  const size = width * dimension;
  const used = Math.min(pilot, Math.max(1, Math.floor(pilotTotal / count)));
  const vectors = new Float32Array(count * used * size);
  deviations.forEach((rows, j) => {
    for (let n = 0, at = 0, to = j * used * size; n < used; n++) {
      for (let i = 0; i < size; i++, at++, to++) vectors[to] = rows[at] * gains[j][i];
    }
  });
  const most = Math.min(mostDirections, Math.max(4, Math.floor(porosities * directionsPerPorosity)));
  const together = sizes.reduced ? manyCells : undefined;
  return principalDirections(vectors, size, {
    most,
    weakest: weakestDirection,
    together,
    stream: stream.child("basis"),
  });
}

/** Means, factors and cumulants; while the moments of one node are taken, the porosities of the next are solved. */
async function nodesOf(
  { sizes, cells, draw, stream, signal }: TablePlan,
  { means, gains, logSpread }: Pilot,
  { directions, scale }: Basis,
): Promise<MeanFit & Pick<JointTable, "logDiagonal" | "lower" | "cumulants">> {
  const { count, width, dimension, porosities } = sizes;
  const [size, rank] = [width * dimension, scale.length];
  const [outer, inner] = [Math.min(outerDirections, rank), Math.min(innerDirections, rank)];
  const found: Float64Array[] = [];
  const logDiagonal = fitOf(sizes, "covariance", rank);
  const lower = fitOf(sizes, "covariance", below(rank));
  const cumulants = fitOf(sizes, "cumulants", (outer * inner * (inner + 1)) / 2);
  const inScales = new Float32Array(directions.map((v, at) => v / scale[at % rank]));
  const projection = tf.tensor2d(inScales, [size, rank]);
  const drawNode = (j: number): Promise<Drawn> => {
    const drawn = draw(j, porosities, ofNode(sizes, j, stream.child("nodes")));
    drawn.catch(() => undefined); // looked at when its turn comes; must not count as unhandled meanwhile
    return drawn;
  };
  let pending = drawNode(0);
  try {
    for (let j = 0; j < count; j++) {
      const { responses, controls } = await pending;
      if (j + 1 < count) pending = drawNode(j + 1);
      await turnOfTheEventLoop(); // the threads get to work before this one does, and an interrupt is heard
      signal?.throwIfAborted();
      const { rest, deviations } = deviationsFrom(responses, means[j], gains[j]);
      const coordinates = tf.tidy(() => {
        const q = tf.matMul(tf.tensor2d(deviations, [porosities, size]), projection);
        return q.sub<tf.Tensor2D>(q.mean(0, true));
      });
      if (controls) {
        const shift = controlShift(coordinates.dataSync<"float32">(), controls, porosities);
        const along = multiply(directions, shift.map((q, p) => q * scale[p]), 1); // prettier-ignore
        for (let i = 0; i < size; i++) if (gains[j][i] > 0) rest[i] += along[i] / gains[j][i];
      }
      found.push(means[j].map((m, i) => m + rest[i]));
      const factor = logCholesky(covarianceOf(coordinates.dataSync<"float32">(), rank), rank);
      logDiagonal.add(j, unshrunk(factor.logDiagonal, porosities));
      lower.add(j, factor.lower);
      cumulants.add(j, innovationMoments(coordinates, factor.factor, outer, inner));
      coordinates.dispose();
    }
  } finally {
    projection.dispose();
    await pending.catch(() => undefined);
  }
  const mean = fitMeans({ ...sizes, cells, degree: degreeOf(sizes, "mean") }, found, logSpread);
  return { ...mean, logDiagonal: logDiagonal.fit, lower: lower.fit, cumulants: cumulants.fit };
}

/** Each entry becomes the root mean square of its block of so many: coordinates count by what they add to a field. */
function spreadOfBlocks(spread: Float64Array, block: number): Float64Array {
  const square = new Float64Array(spread.length / block);
  spread.forEach((d, at) => (square[Math.floor(at / block)] += d * d / block)); // prettier-ignore
  return spread.map((_, at) => Math.sqrt(square[Math.floor(at / block)]));
}

/** Deviations from the pilot's mean in units of the spread, and what is left of the mean. */
function deviationsFrom(
  responses: Float64Array,
  about: Float64Array,
  gain: Float64Array,
): { rest: Float64Array; deviations: Float32Array } {
  const size = about.length;
  const count = responses.length / size;
  const rest = new Float64Array(size);
  const deviations = new Float32Array(responses.length);
  for (let start = 0; start < responses.length; start += size) {
    for (let i = 0; i < size; i++) {
      const off = responses[start + i] - about[i];
      rest[i] += off / count;
      deviations[start + i] = off * gain[i];
    }
  }
  return { rest, deviations };
}

/** ln d as polynomials, and the share w of each response in the spread of its cell; 0 where it is certain. */
function spreadFit(
  spreads: readonly Float64Array[],
  { width, dimension, cells }: { width: number; dimension: number; cells: number },
  fit: Fit,
): { logSpread: PolynomialFit; share: Float64Array } {
  const share = new Float64Array(width * dimension);
  const pooled = new Float64Array(width * dimension);
  for (const sd of spreads) {
    for (let i = 0; i < dimension; i++) {
      let field = 0;
      for (let a = 0; a < width; a++) field += sd[a * dimension + i] ** 2;
      for (let a = 0; a < width; a++) {
        const at = a * dimension + i;
        if (field > 0) share[at] += sd[at] ** 2 / field / spreads.length;
        pooled[at] += sd[at] ** 2 / spreads.length;
      }
    }
  }
  // Of a response's channel, over its cells: channels have units of their own.
  const largest = new Float64Array((width * dimension) / cells);
  const channelOf = (at: number): number => Math.floor(at / cells);
  pooled.forEach((p, at) => (largest[channelOf(at)] = Math.max(largest[channelOf(at)], p)));
  spreads.forEach((sd, j) =>
    fit.add(
      j,
      sd.map((d, at) => Math.log(Math.max(d, 1e-4 * Math.sqrt(pooled[at]), 1e-30))),
    ),
  );
  return {
    logSpread: fit.fit,
    share: share.map((w, at) => (pooled[at] > certain ** 2 * largest[channelOf(at)] ? Math.sqrt(w) : 0)),
  };
}

/** Fits of the factor of the responses' covariance, summed over a channel's cells. */
interface Power {
  readonly diagonal: Fit;
  readonly lower: Fit;
}

/**
 * Of a channel's responses: the factor of their covariance, summed over its cells, from deviations [count, functions,
 * channels, cells].
 */
function addPower(
  power: Power,
  node: number,
  deviations: Float64Array,
  { channels, cells, width }: { channels: number; cells: number; width: number },
): void {
  const size = width * channels * cells;
  const diagonal = new Float64Array(channels * width);
  const lower = new Float64Array(channels * below(width));
  for (let channel = 0; channel < channels; channel++) {
    const G = new Float64Array(width * width);
    const at = new Float64Array(width);
    for (let start = 0; start < deviations.length; start += size) {
      for (let i = channel * cells; i < (channel + 1) * cells; i++) {
        for (let a = 0; a < width; a++) at[a] = deviations[start + a * channels * cells + i];
        addOuter(G, at, 0, width);
      }
    }
    const factor = logCholesky(
      G.map((g) => (g * size) / deviations.length),
      width,
    );
    const bounded = (logs: Float64Array): Float64Array => logs.map((l) => Math.max(l, leastLog));
    diagonal.set(bounded(factor.logDiagonal), channel * width);
    lower.set(factor.lower, channel * below(width));
  }
  power.diagonal.add(node, diagonal);
  power.lower.add(node, lower);
}
