/**
 * Estimation of the conditional Gaussian from solver responses at nodes of the non-affine conditions.
 *
 * With half_a half the range of an affine condition z_a, x = r_0 + sum z_a r_a is x = r_0 + sum u_a (half_a r_a),
 * u_a = z_a / half_a. Normalisation and pooled basis are averages over the box, u_a = middle_a / half_a + w_a with w
 * uniform on [-1, 1]: for them a pilot's responses are written about the middle, x = r_m + sum w_a (half_a r_a), for
 * which E x = r_m and E x^2 = r_m^2 + (1/3) sum (half_a r_a)^2.
 */
import { setImmediate as turnOfTheEventLoop } from "node:timers/promises";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";
import { gridOf } from "../transport/domain";
import { reachOf } from "../ensemble/conditions";
import { generateResponses } from "../ensemble/generate";
import type { Normalisation } from "../fields/units";
import { type GaussianStatistics, type PairStatistics, splitConditions } from "./conditional-gaussian";
import { fitJointGaussian, type FitOptions, gridSize } from "./fit-joint-gaussian";
import { needsJointLaw } from "./joint-gaussian";
import { shapeNodes } from "./node-interpolation";
import { type PooledBasis, pooledBasis } from "./pooled-basis";
import { thirdCumulantFit } from "./third-cumulant-fit";

export type { FitOptions };

const pilotPorosities = 192;

/**
 * Draws nodes x porosities porosity profiles, solves the responses and returns the statistics. About 25 s at 64 x 16384
 * on two cores.
 */
export function fitGaussian(options: FitOptions): Promise<GaussianStatistics> {
  return needsJointLaw(options.problem) ? fitJointGaussian(options) : fitPairs(options);
}

async function fitPairs(options: FitOptions): Promise<PairStatistics> {
  const { problem, stream } = options;
  const grid = gridOf(problem, options.cells);
  const { cells } = grid;
  const { affine, shape } = splitConditions(problem);
  const channels = problem.channels.length;
  const dimension = channels * cells;
  const width = 1 + affine.length;
  const reach = shape.map((index) => reachOf(problem.conditions[index], options.margin ?? 0));
  const nodes = shapeNodes(options.nodes, reach);
  const conditions = Array.from({ length: options.nodes }, (_, j) =>
    conditionFromShape(problem, shape, nodes.subarray(j * shape.length, (j + 1) * shape.length)),
  );
  const pilotCount = Math.min(pilotPorosities, options.porosities);
  const total = options.nodes * (pilotCount + options.porosities);
  let before = 0;
  /** r_0 and r_a [chosen conditions, count, width, dimension]. */
  const draw = async (chosen: Condition[], count: number, porosities: Stream): Promise<Float64Array> => {
    const { fields } = await generateResponses({
      problem,
      cells: options.cells,
      conditions: chosen,
      count,
      stream: porosities,
      workers: options.workers,
      signal: options.signal,
      onProgress: (done) => options.onProgress?.(before + done, total),
    });
    before += chosen.length * count;
    return fields;
  };

  const pilot = await draw(conditions, pilotCount, stream.child("pilot"));
  scaleAffine(pilot, problem, affine, dimension);
  const pilotMeans = meansOfRows(pilot, options.nodes, pilotCount, width * dimension);
  aboutTheMiddle(pilot, problem, affine, dimension);
  const normalisation = channelMoments(pilot, problem, cells, width);
  normalise(pilot, normalisation, cells, width);
  normalise(pilotMeans, normalisation, cells, width);
  const pooled = pooledBasis(pilot, { nodes: options.nodes, channels, cells, width });

  const rank = pooled.scale.length;
  const pairs = (width * (width + 1)) / 2;
  const covariance = new Float32Array(options.nodes * pairs * rank * rank);
  const power = new Float64Array(options.nodes * channels * pairs);
  const mean = new Float64Array(options.nodes * width * dimension);
  const cumulants = thirdCumulantFit(nodes, shape.length, width, rank);
  const half = [1, ...affine.map((index) => (problem.conditions[index].max - problem.conditions[index].min) / 2)];
  const projection = tf.tensor2d(pooledProjection(pooled), [dimension, rank]);
  const grams = channelGrams(pooled, channels);
  // While the moments of one node are taken, the porosities of the next are solved.
  const drawNode = (j: number): Promise<Float64Array> => {
    const drawn = draw([conditions[j]], options.porosities, stream.child("nodes").child(j));
    drawn.catch(() => undefined); // looked at when its turn comes; must not count as unhandled meanwhile
    return drawn;
  };
  let pending = drawNode(0);
  try {
    for (let j = 0; j < options.nodes; j++) {
      const fields = await pending;
      if (j + 1 < options.nodes) pending = drawNode(j + 1);
      await turnOfTheEventLoop(); // the threads get to work before this one does, and an interrupt is heard
      options.signal?.throwIfAborted();
      const about = pilotMeans.subarray(j * width * dimension, (j + 1) * width * dimension);
      const { coordinates, rest } = centredCoordinates(fields, about, normalisation, projection, half);
      for (let i = 0; i < rest.length; i++) mean[j * rest.length + i] = about[i] + rest[i];
      const scaled = scaledCovariance(coordinates);
      covariance.set(scaled, j * pairs * rank * rank);
      power.set(channelPower(scaled, grams), j * channels * pairs);
      cumulants.add(j, coordinates);
      coordinates.dispose();
    }
  } finally {
    projection.dispose();
    await pending.catch(() => undefined);
  }

  return {
    kind: "pairs",
    problem: problem.name,
    ...gridSize(grid),
    dimension,
    normalisation,
    nodes,
    shapeDimensions: shape.length,
    mean,
    ...pooled,
    covariance,
    power,
    cumulants: cumulants.finish(),
  };
}

/** The condition whose non-affine features are s; affine ones are set to 0, since responses do not depend on them. */
function conditionFromShape(problem: Problem, shape: number[], s: Float64Array): Condition {
  const condition: Record<string, number> = {};
  for (const range of problem.conditions) condition[range.name] = 0;
  shape.forEach((index, k) => {
    const { name, min, max, scale } = problem.conditions[index];
    const u = (s[k] + 1) / 2;
    condition[name] = scale === "log" ? min * (max / min) ** u : min + u * (max - min);
  });
  return condition;
}

/** In place: half_a r_a for r_a. */
function scaleAffine(fields: Float64Array, problem: Problem, affine: number[], dimension: number): void {
  eachAffine(fields, problem, affine, dimension, (_, response, { min, max }) => {
    for (let i = 0; i < dimension; i++) response[i] *= (max - min) / 2;
  });
}

/** In place: r_0 + sum (middle_a / half_a) (half_a r_a) for r_0. */
function aboutTheMiddle(fields: Float64Array, problem: Problem, affine: number[], dimension: number): void {
  eachAffine(fields, problem, affine, dimension, (constant, response, { min, max }) => {
    for (let i = 0; i < dimension; i++) constant[i] += ((max + min) / (max - min)) * response[i];
  });
}

/**
 * Calls `f` with the constant response, an affine one and its condition, for every row of responses [rows, 1 + affine,
 * dimension].
 */
function eachAffine(
  fields: Float64Array,
  problem: Problem,
  affine: number[],
  dimension: number,
  f: (constant: Float64Array, response: Float64Array, range: Problem["conditions"][number]) => void,
): void {
  const width = 1 + affine.length;
  for (let start = 0; start < fields.length; start += width * dimension) {
    const constant = fields.subarray(start, start + dimension);
    affine.forEach((index, a) => {
      const offset = start + (a + 1) * dimension;
      f(constant, fields.subarray(offset, offset + dimension), problem.conditions[index]);
    });
  }
}

/** Mean and standard deviation of each channel over nodes, porosities, affine conditions and cells. */
function channelMoments(fields: Float64Array, problem: Problem, cells: number, width: number): Normalisation {
  const channels = problem.channels.length;
  const block = width * channels * cells;
  const samples = fields.length / block;
  const mean = new Array<number>(channels).fill(0);
  const std = new Array<number>(channels).fill(0);
  for (let ch = 0; ch < channels; ch++) {
    let sum = 0;
    for (let n = 0; n < samples; n++) for (let i = 0; i < cells; i++) sum += fields[n * block + ch * cells + i];
    mean[ch] = sum / (samples * cells);
    let square = 0;
    for (let n = 0; n < samples; n++) {
      for (let a = 0; a < width; a++) {
        for (let i = 0; i < cells; i++) {
          const x = fields[n * block + (a * channels + ch) * cells + i] - (a === 0 ? mean[ch] : 0);
          square += (a === 0 ? 1 : 1 / 3) * x * x;
        }
      }
    }
    std[ch] = Math.sqrt(square / (samples * cells));
  }
  return { mean, std };
}

/** In place: the constant response becomes (x - mean) / std, the others x / std. */
function normalise(fields: Float64Array, { mean, std }: Normalisation, cells: number, width: number): void {
  const channels = mean.length;
  for (let start = 0, row = 0; start < fields.length; start += cells, row++) {
    const ch = row % channels;
    const shift = Math.floor(row / channels) % width === 0 ? mean[ch] : 0;
    for (let i = start; i < start + cells; i++) fields[i] = (fields[i] - shift) / std[ch];
  }
}

/** Mean [groups, size] of every `count` rows of [groups, count, size]. */
function meansOfRows(rows: Float64Array, groups: number, count: number, size: number): Float64Array {
  const means = new Float64Array(groups * size);
  for (let row = 0; row < groups * count; row++) {
    const to = Math.floor(row / count) * size;
    for (let i = 0; i < size; i++) means[to + i] += rows[row * size + i] / count;
  }
  return means;
}

/**
 * P [dimension, rank] with q = P^T r. B = diag(spread) V with orthonormal V: P = diag(spread)^(-1) V diag(scale)^(-1).
 */
function pooledProjection({ spread, basis, scale }: PooledBasis): Float32Array {
  const rank = scale.length;
  return Float32Array.from(basis, (b, at) => {
    const s = spread[Math.floor(at / rank)];
    return s > 0 ? b / (s * s * scale[at % rank]) : 0;
  });
}

/**
 * Of one node's responses r_a [count, width, dimension] in SI units: the mean of what is left of half_a r_a when
 * `about` is subtracted, in network units [width * dimension], and pooled coordinates q [count, width, rank] without
 * their mean. Both are of the size of the spread or smaller, so single precision serves: `about` (network units),
 * already close to the mean, is subtracted in double precision.
 */
function centredCoordinates(
  fields: Float64Array,
  about: Float64Array,
  { mean, std }: Normalisation,
  projection: tf.Tensor2D,
  half: readonly number[],
): { coordinates: tf.Tensor3D; rest: Float32Array } {
  const [dimension, rank] = projection.shape;
  const cells = dimension / mean.length;
  const width = half.length;
  const size = width * dimension;
  const count = fields.length / size;
  const channelOf = Array.from({ length: size }, (_, i) => Math.floor((i % dimension) / cells));
  const gain = Float64Array.from(channelOf, (ch, i) => half[Math.floor(i / dimension)] / std[ch]);
  const offset = about.map((m, i) => m / gain[i] + (i < dimension ? mean[channelOf[i]] : 0));
  const deviations = new Float32Array(fields.length);
  for (let start = 0; start < fields.length; start += size) {
    for (let i = 0; i < size; i++) deviations[start + i] = (fields[start + i] - offset[i]) * gain[i];
  }
  const [coordinates, rest] = tf.tidy(() => {
    const r = tf.tensor2d(deviations, [count * width, dimension]);
    const q = tf.matMul(r, projection).reshape([count, width, rank]);
    return [q.sub(q.mean(0, true)), r.reshape([count, size]).mean(0)];
  });
  const values = rest.dataSync() as Float32Array;
  rest.dispose();
  return { coordinates: coordinates as tf.Tensor3D, rest: values };
}

/** (B diag(scale))^T (B diag(scale)) over each channel's cells [channels][rank, rank]. */
function channelGrams({ basis, scale }: PooledBasis, channels: number): Float64Array[] {
  const rank = scale.length;
  const cells = basis.length / rank / channels;
  return Array.from({ length: channels }, (_, ch) => {
    const gram = new Float64Array(rank * rank);
    for (let row = ch * cells; row < (ch + 1) * cells; row++) {
      for (let p = 0; p < rank; p++) {
        const left = basis[row * rank + p] * scale[p];
        if (left === 0) continue;
        for (let q = 0; q < rank; q++) gram[p * rank + q] += left * basis[row * rank + q] * scale[q];
      }
    }
    return gram;
  });
}

/**
 * Sums over a channel's cells of Cov(r_a, r_b) [channels, pairs] from the scaled covariances K [pairs, rank, rank]:
 * tr(K gram).
 */
function channelPower(scaled: Float32Array, grams: readonly Float64Array[]): number[] {
  return grams.flatMap((gram) => {
    const pairs = scaled.length / gram.length;
    return Array.from({ length: pairs }, (_, pair) =>
      gram.reduce((sum: number, g, k) => sum + g * scaled[pair * gram.length + k], 0),
    );
  });
}

/** K [pairs, rank, rank] of pooled coordinates [count, width, rank]. */
function scaledCovariance(coordinates: tf.Tensor3D): Float32Array {
  const [count, width, rank] = coordinates.shape;
  const gram = tf.tidy(() => {
    const q = coordinates.reshape<tf.Tensor2D>([count, width * rank]);
    return tf.matMul(q, q, true, false).div(count - 1);
  });
  const values = gram.dataSync<"float32">();
  gram.dispose();
  const stride = width * rank;
  const pairs: Float32Array[] = [];
  for (let a = 0; a < width; a++) {
    for (let b = a; b < width; b++) {
      const block = new Float32Array(rank * rank);
      for (let i = 0; i < rank; i++) {
        for (let j = 0; j < rank; j++) {
          // v_a v_b appears for (a, b) and (b, a): the pair holds their sum, which is symmetric.
          const ab = values[(a * rank + i) * stride + b * rank + j];
          block[i * rank + j] = a === b ? ab : ab + values[(b * rank + i) * stride + a * rank + j];
        }
      }
      pairs.push(block);
    }
  }
  const all = new Float32Array(pairs.length * rank * rank);
  pairs.forEach((block, p) => all.set(block, p * rank * rank));
  return all;
}
