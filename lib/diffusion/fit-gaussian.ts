/**
 * Estimation of the conditional Gaussian from solver responses at nodes of the non-affine conditions.
 *
 * With half_a half the range of an affine condition z_a, x = r_0 + sum z_a r_a is x = r_0 + sum u_a (half_a r_a), u_a = z_a / half_a.
 * Normalisation and pooled basis are averages over the box, u_a = middle_a / half_a + w_a with w uniform on [-1, 1]: for them a pilot's
 * responses are written about the middle, x = r_m + sum w_a (half_a r_a), for which E x = r_m and E x^2 = r_m^2 + (1/3) sum (half_a r_a)^2.
 */
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";
import { reachOf } from "../ensemble/conditions";
import { generateResponses } from "../ensemble/generate";
import type { Normalisation } from "../ensemble/normalisation";
import { type GaussianStatistics, splitConditions } from "./conditional-gaussian";
import { shapeNodes } from "./node-interpolation";
import { centre, type PooledBasis, pooledBasis } from "./pooled-basis";
import { thirdCumulantFit } from "./third-cumulants";

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

const nodesAtOnce = 8;
const pilotPorosities = 192;

/** Draws nodes x porosities porosity profiles, solves the responses and returns the statistics. About 15 s at 64 x 4608 on two cores. */
export async function fitGaussian(options: FitOptions): Promise<GaussianStatistics> {
  const { problem, cells, stream } = options;
  const { affine, shape } = splitConditions(problem);
  const channels = problem.channels.length;
  const dimension = channels * cells;
  const width = 1 + affine.length;
  const reach = shape.map((index) => reachOf(problem.conditions[index], options.margin ?? 0));
  const nodes = shapeNodes(options.nodes, reach);
  const conditions = Array.from({ length: options.nodes }, (_, j) =>
    conditionFromShape(problem, shape, nodes.subarray(j * shape.length, (j + 1) * shape.length)),
  );
  const total = options.nodes * (Math.min(pilotPorosities, options.porosities) + options.porosities);
  let before = 0;
  const draw = async (first: number, last: number, count: number, name: string): Promise<Float64Array> => {
    const { fields } = await generateResponses({
      problem,
      cells,
      conditions: conditions.slice(first, last),
      count,
      stream: stream.child(name).child(first),
      workers: options.workers,
      signal: options.signal,
      onProgress: (done) => options.onProgress?.(before + done, total),
    });
    before += (last - first) * count;
    scaleAffine(fields, problem, affine, dimension);
    return fields;
  };

  const pilot = await draw(0, options.nodes, Math.min(pilotPorosities, options.porosities), "pilot");
  aboutTheMiddle(pilot, problem, affine, dimension);
  const normalisation = channelMoments(pilot, problem, cells, width);
  normalise(pilot, normalisation, cells, width);
  const pooled = pooledBasis(pilot, { nodes: options.nodes, channels, cells, width });

  const rank = pooled.scale.length;
  const pairs = (width * (width + 1)) / 2;
  const covariance = new Float32Array(options.nodes * pairs * rank * rank);
  const power = new Float64Array(options.nodes * channels * pairs);
  const nodeMeans = new Float64Array(options.nodes * width * dimension);
  const cumulants = thirdCumulantFit(nodes, shape.length, width, rank);
  for (let first = 0; first < options.nodes; first += nodesAtOnce) {
    const last = Math.min(options.nodes, first + nodesAtOnce);
    const fields = await draw(first, last, options.porosities, "nodes");
    normalise(fields, normalisation, cells, width);
    for (let j = first; j < last; j++) {
      const size = options.porosities * width * dimension;
      const node = fields.subarray((j - first) * size, (j - first + 1) * size);
      nodeMeans.set(centre(node, width * dimension), j * width * dimension);
      power.set(channelPower(node, channels, width, cells), j * channels * pairs);
      const coordinates = pooledCoordinates(node, pooled, width);
      covariance.set(scaledCovariance(coordinates), j * pairs * rank * rank);
      cumulants.add(j, coordinates);
      coordinates.dispose();
      await new Promise((resolve) => setImmediate(resolve)); // an interrupt is heard between two nodes
      options.signal?.throwIfAborted();
    }
  }

  return {
    problem: problem.name,
    cells,
    normalisation,
    nodes,
    shapeDimensions: shape.length,
    mean: nodeMeans,
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

/** Calls `f` with the constant response, an affine one and its condition, for every row of responses [rows, 1 + affine, dimension]. */
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

/** q [count, width, rank] of centred responses [count, width, dimension]: of unit size, so single precision serves. */
function pooledCoordinates(centred: Float64Array, { spread, basis, scale }: PooledBasis, width: number): tf.Tensor3D {
  const rank = scale.length;
  const dimension = spread.length;
  const count = centred.length / (width * dimension);
  // B = diag(spread) V with orthonormal V: q = diag(scale)^(-1) V^T diag(spread)^(-1) r.
  const projection = Float32Array.from(basis, (b, at) => {
    const s = spread[Math.floor(at / rank)];
    return s > 0 ? b / (s * s * scale[at % rank]) : 0;
  });
  return tf.tidy(() => {
    const x = tf.tensor2d(Float32Array.from(centred), [count * width, dimension]);
    return tf.matMul(x, tf.tensor2d(projection, [dimension, rank])).reshape<tf.Tensor3D>([count, width, rank]);
  });
}

/** Sums over a channel's cells of Cov(r_a, r_b) [channels, pairs] from centred responses [count, width, channels, cells]. */
function channelPower(centred: Float64Array, channels: number, width: number, cells: number): number[] {
  const block = width * channels * cells;
  const count = centred.length / block;
  const result: number[] = [];
  for (let ch = 0; ch < channels; ch++) {
    for (let a = 0; a < width; a++) {
      for (let b = a; b < width; b++) {
        let sum = 0;
        for (let start = 0; start < centred.length; start += block) {
          const [ofA, ofB] = [a, b].map((r) => start + (r * channels + ch) * cells);
          for (let i = 0; i < cells; i++) sum += centred[ofA + i] * centred[ofB + i];
        }
        result.push(((a === b ? 1 : 2) * sum) / (count - 1));
      }
    }
  }
  return result;
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
