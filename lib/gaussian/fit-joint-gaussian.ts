/**
 * Estimation of the joint law of the responses (joint-gaussian.ts) from solver responses at nodes of the conditions that are not affine: the
 * same for every combination of the choices, each with porosities of its own.
 *
 * What is given for one continuous condition is shared out: each further one doubles the nodes, and the porosities at a node are divided by that and by the
 * number of combinations, so that a problem with many conditions costs little more; below some nodes and porosities no fit makes sense, and more are taken. With few nodes for its conditions the polynomials have a low
 * degree, which the check of the law says (gaussian-quality.ts).
 *
 * The factor of a sample covariance is shrunk: of n porosities its squared diagonal entry p has chi^2 with n - 1 - p degrees of freedom, which
 * is taken out of its logarithm.
 */
import { setImmediate as turnOfTheEventLoop } from "node:timers/promises";
import { drawConditions, reachOf, valuesOf } from "../ensemble/conditions";
import { generateResponses } from "../ensemble/generate";
import type { Normalisation } from "../fields/units";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { affineOf } from "../transport/affine";
import type { Condition, Problem } from "../transport/problem";
import { addOuter, principalDirections } from "./joint-basis";
import { type JointStatistics, type JointTable, shapeConditions } from "./joint-gaussian";
import { logCholesky } from "./lower-cholesky";
import { shapeNodes } from "./node-interpolation";
import { degreeFor, polynomialAt, type PolynomialFit, polynomialFit } from "./polynomial-fit";
import { fieldsPerNode, innerDirections, nodeThirdMoments, outerDirections } from "./third-cumulant-fit";

export interface FitOptions {
  readonly problem: Problem;
  readonly cells: number;
  /** Number of nodes of the non-affine conditions, and of porosities drawn at each. */
  readonly nodes: number;
  readonly porosities: number;
  /** The nodes go beyond the range of each condition by this share of half its width (`reachOf`): the fit scatters most at the ends. Default 0. */
  readonly margin?: number;
  readonly stream: Stream;
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Directions of the joint basis, at most and down to this share of the first one's spread. */
const [mostDirections, weakestDirection] = [192, 5e-5];
/** Porosities of all nodes together that the basis is taken from; and at a node, at least. */
const [pilotTotal, leastPilot] = [4096, 16];
/** At every node at least so many porosities, unless fewer are asked for: their covariance must have the rank of the basis. */
const leastPorosities = 256;
const directionsPerPorosity = 1 / 3;
const mostLeastNodes = 256;
/** Degrees of the polynomials, at most, and nodes for each of their terms, at least. */
const degrees = { mean: [8, 2], covariance: [6, 3], cumulants: [4, 3] } as const;
/** A response with less than this share of the field's spread in its cell is certain, and so is a spread at a node below this share of the pooled. */
const certain = 1e-8;

interface Sizes {
  readonly nodes: Float64Array;
  readonly count: number;
  readonly porosities: number;
  readonly pilot: number;
  readonly reach: readonly number[];
  readonly width: number;
  readonly dimension: number;
}

type Draw = (node: number, count: number, stream: Stream) => Promise<Float64Array>;

export async function fitJointGaussian(options: FitOptions): Promise<JointStatistics> {
  const { problem, cells, stream } = options;
  const { choices, smooth } = shapeConditions(problem);
  const combinations = choices.reduce<Condition[]>(
    (all, range) => all.flatMap((c) => valuesOf(range).map((value) => ({ ...c, [range.name]: value }))),
    [{}],
  );
  const sizes = sizesOf(options, smooth, combinations.length);
  const moments = functionMoments(problem, stream.child("functions"));
  const fields = new ChannelMoments(problem.channels.length, cells, moments);
  const total = combinations.length * sizes.count * (sizes.pilot + sizes.porosities);
  let before = 0;
  const tables: JointTable[] = [];
  for (const [k, choice] of combinations.entries()) {
    const draw: Draw = async (node, count, own) => {
      const condition = { ...conditionAt(problem, smooth, sizes, node), ...choice };
      const { signal, workers } = options;
      const drawn = await generateResponses({
        problem,
        cells,
        conditions: [condition],
        count,
        stream: own,
        workers,
        signal,
      });
      options.onProgress?.((before += count), total);
      for (let at = 0; at < drawn.fields.length; at++)
        drawn.fields[at] *= moments.scale[Math.floor(at / sizes.dimension) % sizes.width];
      return drawn.fields;
    };
    tables.push(await fitTable(sizes, cells, draw, fields, stream.child("tables").child(k), options.signal));
  }
  const rank = Math.min(...tables.map((table) => table.basis.length / (sizes.width * sizes.dimension)));
  return {
    kind: "joint",
    problem: problem.name,
    cells,
    dimension: sizes.dimension,
    normalisation: fields.normalisation(),
    functionScale: moments.scale,
    outer: Math.min(outerDirections, rank),
    inner: Math.min(innerDirections, rank),
    tables: tables.map((table) => narrowed(table, sizes.width * sizes.dimension, rank)),
  };
}

function sizesOf(options: FitOptions, smooth: readonly number[], combinations: number): Sizes {
  const { problem, cells, margin = 0 } = options;
  const reach = smooth.map((index) => reachOf(problem.conditions[index], margin));
  const count = Math.max(options.nodes * 2 ** Math.max(0, smooth.length - 1), leastNodes(smooth.length));
  const share = Math.round((options.nodes * options.porosities) / (count * combinations));
  return {
    nodes: shapeNodes(count, reach),
    count,
    porosities: Math.max(share, Math.min(options.porosities, leastPorosities)),
    pilot: Math.max(leastPilot, Math.min(192, Math.ceil(pilotTotal / count))),
    reach,
    width: affineOf(problem).count,
    dimension: problem.channels.length * cells,
  };
}

/** Nodes for covariances of the fourth degree, where some hundreds are enough for that. */
function leastNodes(dimensions: number): number {
  const terms = ((dimensions + 4) * (dimensions + 3) * (dimensions + 2) * (dimensions + 1)) / 24;
  return Math.min(mostLeastNodes, degrees.covariance[1] * terms);
}

/** The condition of a node; affine ones have their defaults, since responses do not depend on them. */
function conditionAt(problem: Problem, smooth: readonly number[], { nodes }: Sizes, node: number): Condition {
  const condition: Record<string, number> = Object.fromEntries(problem.conditions.map((r) => [r.name, r.default]));
  smooth.forEach((index, k) => {
    const { name, min, max, scale } = problem.conditions[index];
    const u = (nodes[node * smooth.length + k] + 1) / 2;
    condition[name] = scale === "log" ? min * (max / min) ** u : min + u * (max - min);
  });
  return condition;
}

interface FunctionMoments {
  /** Root mean square of v_a, and E v_a and E v_a v_b in units of it. */
  readonly scale: Float64Array;
  readonly mean: Float64Array;
  readonly product: Float64Array;
}

function functionMoments(problem: Problem, stream: Stream): FunctionMoments {
  const { count, at } = affineOf(problem);
  const values = drawConditions(problem, 4096, stream).map((z) => at(z));
  const mean = new Float64Array(count);
  const product = new Float64Array(count * count);
  for (const v of values) {
    for (let a = 0; a < count; a++) {
      mean[a] += v[a] / values.length;
      for (let b = 0; b < count; b++) product[a * count + b] += (v[a] * v[b]) / values.length;
    }
  }
  const scale = mean.map((_, a) => Math.sqrt(product[a * count + a]) || 1);
  return {
    scale,
    mean: mean.map((m, a) => m / scale[a]),
    product: product.map((p, at) => p / (scale[Math.floor(at / count)] * scale[at % count])),
  };
}

/** Mean and standard deviation of each channel over the box, from responses. */
class ChannelMoments {
  private readonly sum: Float64Array;
  private readonly square: Float64Array;
  private samples = 0;

  constructor(
    private readonly channels: number,
    private readonly cells: number,
    private readonly functions: FunctionMoments,
  ) {
    this.sum = new Float64Array(channels);
    this.square = new Float64Array(channels);
  }

  /** Responses [count, functions, channels, cells]. */
  add(responses: Float64Array): void {
    const { channels, cells, functions } = this;
    const width = functions.mean.length;
    const dimension = channels * cells;
    for (let start = 0; start < responses.length; start += width * dimension, this.samples++) {
      for (let i = 0; i < dimension; i++) {
        const channel = Math.floor(i / cells);
        for (let a = 0; a < width; a++) {
          const r = responses[start + a * dimension + i];
          if (r === 0) continue;
          this.sum[channel] += functions.mean[a] * r;
          for (let b = 0; b < width; b++)
            this.square[channel] += functions.product[a * width + b] * r * responses[start + b * dimension + i];
        }
      }
    }
  }

  normalisation(): Normalisation {
    const n = this.samples * this.cells;
    const mean = Array.from(this.sum, (s) => s / n);
    return { mean, std: mean.map((m, channel) => Math.sqrt(Math.max(0, this.square[channel] / n - m * m)) || 1) };
  }
}

async function fitTable(
  sizes: Sizes,
  cells: number,
  draw: Draw,
  channelMoments: ChannelMoments,
  stream: Stream,
  signal?: AbortSignal,
): Promise<JointTable> {
  const { count, width, dimension, pilot, porosities } = sizes;
  const size = width * dimension;
  const channels = dimension / cells;
  const dimensions = sizes.reach.length;
  const fitOf = (what: keyof typeof degrees, values: number) =>
    polynomialFit(sizes.nodes, sizes.reach, degreeFor(count, dimensions, degrees[what][0], degrees[what][1]), values);
  const power = {
    diagonal: fitOf("covariance", channels * width),
    lower: fitOf("covariance", channels * below(width)),
  };
  const pilots: Float64Array[] = [];
  const [means, spreads] = [[] as Float64Array[], [] as Float64Array[]];
  for (let j = 0; j < count; j++) {
    const drawn = await draw(j, pilot, stream.child("pilot").child(j));
    channelMoments.add(drawn.subarray(0, Math.min(pilot, leastPilot) * size));
    const m = centre(drawn, size);
    const sd = spreadOf(drawn, size);
    addPower(power, j, drawn, { channels, cells, width });
    means.push(m);
    spreads.push(sd);
    pilots.push(Float64Array.from(drawn));
  }
  const { logSpread, share } = spreadFit(spreads, { width, dimension, cells }, fitOf("covariance", size));
  const node = (j: number): number[] => sizes.reach.map((_, k) => sizes.nodes[j * dimensions + k]);
  const gains = spreads.map((_, j) =>
    polynomialAt(logSpread, node(j)).map((l, at) => (share[at] > 0 ? share[at] * Math.exp(-l) : 0)),
  );

  const perNode = Math.max(1, Math.floor(pilotTotal / count));
  const used = Math.min(pilot, perNode);
  const vectors = new Float32Array(count * used * size);
  pilots.forEach((rows, j) => {
    for (let at = 0; at < used * size; at++) vectors[j * used * size + at] = rows[at] * gains[j][at % size];
  });
  pilots.length = 0;
  const most = Math.min(mostDirections, Math.max(4, Math.floor(porosities * directionsPerPorosity)));
  const { directions, scale } = principalDirections(vectors, size, {
    most,
    weakest: weakestDirection,
    stream: stream.child("basis"),
  });
  const rank = scale.length;
  const [outer, inner] = [Math.min(outerDirections, rank), Math.min(innerDirections, rank)];

  const mean = fitOf("mean", size);
  const logDiagonal = fitOf("covariance", rank);
  const lower = fitOf("covariance", below(rank));
  const cumulants = fitOf("cumulants", (outer * inner * (inner + 1)) / 2);
  const projection = tf.tensor2d(
    Float32Array.from(directions, (v, at) => v / scale[at % rank]),
    [size, rank],
  );
  const drawNode = (j: number): Promise<Float64Array> => {
    const drawn = draw(j, porosities, stream.child("nodes").child(j));
    drawn.catch(() => undefined); // looked at when its turn comes; must not count as unhandled meanwhile
    return drawn;
  };
  let pending = drawNode(0);
  try {
    for (let j = 0; j < count; j++) {
      const responses = await pending;
      if (j + 1 < count) pending = drawNode(j + 1);
      await turnOfTheEventLoop(); // the threads get to work before this one does, and an interrupt is heard
      signal?.throwIfAborted();
      const rest = new Float64Array(size);
      const deviations = new Float32Array(responses.length);
      for (let start = 0; start < responses.length; start += size) {
        for (let i = 0; i < size; i++) {
          const off = responses[start + i] - means[j][i];
          rest[i] += off / porosities;
          deviations[start + i] = off * gains[j][i];
        }
      }
      mean.add(
        j,
        means[j].map((m, i) => m + rest[i]),
      );
      const coordinates = tf.tidy(() => {
        const q = tf.matMul(tf.tensor2d(deviations, [porosities, size]), projection);
        return q.sub<tf.Tensor2D>(q.mean(0, true));
      });
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
  const basis = directions.map((v, at) => {
    const w = share[Math.floor(at / rank)];
    return w > 0 ? (v * scale[at % rank]) / w : 0;
  });
  return {
    mean: mean.fit,
    logSpread,
    basis,
    logDiagonal: logDiagonal.fit,
    lower: lower.fit,
    cumulants: cumulants.fit,
    powerDiagonal: power.diagonal.fit,
    powerLower: power.lower.fit,
  };
}

const below = (n: number): number => (n * (n - 1)) / 2;

/** ln d as polynomials, and the share w of each response in the spread of its cell; 0 where it is certain. */
function spreadFit(
  spreads: readonly Float64Array[],
  { width, dimension, cells }: { width: number; dimension: number; cells: number },
  fit: ReturnType<typeof polynomialFit>,
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

/** Of a channel's responses: the factor of their covariance, summed over its cells, from deviations [count, functions, channels, cells]. */
function addPower(
  power: { diagonal: ReturnType<typeof polynomialFit>; lower: ReturnType<typeof polynomialFit> },
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
    diagonal.set(
      factor.logDiagonal.map((l) => Math.max(l, -60)),
      channel * width,
    );
    lower.set(factor.lower, channel * below(width));
  }
  power.diagonal.add(node, diagonal);
  power.lower.add(node, lower);
}

/** Subtracts from rows [n, size] their mean, in place, and returns it. */
function centre(rows: Float64Array, size: number): Float64Array {
  const count = rows.length / size;
  const mean = new Float64Array(size);
  for (let at = 0; at < rows.length; at++) mean[at % size] += rows[at] / count;
  for (let at = 0; at < rows.length; at++) rows[at] -= mean[at % size];
  return mean;
}

function spreadOf(centred: Float64Array, size: number): Float64Array {
  const square = new Float64Array(size);
  for (let at = 0; at < centred.length; at++) square[at % size] += centred[at] ** 2;
  return square.map((s) => Math.sqrt((s * size) / centred.length));
}

/** [rank, rank] of centred coordinates [count, rank], in double precision. */
function covarianceOf(coordinates: ArrayLike<number>, rank: number): Float64Array {
  const C = new Float64Array(rank * rank);
  const count = coordinates.length / rank;
  for (let n = 0; n < count; n++) addOuter(C, coordinates, n * rank, rank);
  for (let p = 0; p < rank; p++) {
    for (let q = 0; q <= p; q++) C[p * rank + q] = C[q * rank + p] = C[p * rank + q] / (count - 1);
  }
  return C;
}

/** ln L_pp without what the sample covariance of so many fields takes from it; E ln chi^2_k = ln k - 1/k to the second order. */
function unshrunk(logDiagonal: Float64Array, count: number): Float64Array {
  return logDiagonal.map((l, p) => {
    const k = Math.max(1, count - 1 - p);
    return l - 0.5 * (Math.log(k) - 1 / k - Math.log(count - 1));
  });
}

/** E[e_p e_i e_j] of e = L^(-1) q: the first ones need the first coordinates only. */
function innovationMoments(q: tf.Tensor2D, L: Float64Array, outer: number, inner: number): Float32Array {
  const [count, rank] = q.shape;
  const inverse = inverseOf(L, rank, outer);
  const fields = Math.min(count, fieldsPerNode);
  const e = tf.tidy(() =>
    tf
      .matMul(q.slice([0, 0], [fields, outer]), tf.tensor2d(Float32Array.from(inverse), [outer, outer]), false, true)
      .reshape<tf.Tensor3D>([fields, 1, outer]),
  );
  const moments = nodeThirdMoments(e, outer, inner);
  e.dispose();
  return moments;
}

/** Of the leading block [n, n] of a lower factor [size, size]. */
function inverseOf(L: Float64Array, size: number, n: number): Float64Array {
  const X = new Float64Array(n * n);
  for (let q = 0; q < n; q++) {
    X[q * n + q] = 1 / L[q * size + q];
    for (let p = q + 1; p < n; p++) {
      let sum = 0;
      for (let k = q; k < p; k++) sum += L[p * size + k] * X[k * n + q];
      X[p * n + q] = -sum / L[p * size + p];
    }
  }
  return X;
}

/** The table with the first directions only, so that all tables of a law have the same number. */
function narrowed(table: JointTable, size: number, rank: number): JointTable {
  const own = table.basis.length / size;
  if (own === rank) return table;
  const keep = (fit: PolynomialFit, from: number, to: number): PolynomialFit => ({
    ...fit,
    coefficients: fit.coefficients.filter((_, at) => at % from < to),
  });
  return {
    ...table,
    basis: table.basis.filter((_, at) => at % own < rank),
    logDiagonal: keep(table.logDiagonal, own, rank),
    lower: keep(table.lower, below(own), below(rank)), // rows come in order, so the first ones are those of fewer directions
  };
}
