/**
 * Estimation of the conditional Gaussian from solver responses at nodes of the non-affine conditions.
 *
 * With u = (z - middle) / half the scaled affine condition, x = r_0 + sum z_a r_a becomes
 * x = (r_0 + sum middle_a r_a) + sum u_a (half_a r_a): the responses are rewritten so before any moment is taken.
 * For u uniform on [-1, 1]: E x = r_0 and E x^2 = r_0^2 + (1/3) sum r_a^2, which gives the normalisation and the pooled basis.
 */
import { EigenvalueDecomposition, Matrix, solve } from "ml-matrix";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";
import { generateResponses } from "../ensemble/generate";
import type { Normalisation } from "../ensemble/normalisation";
import { type GaussianStatistics, splitConditions } from "./conditional-gaussian";
import { legendreProducts, shapeNodes } from "./node-interpolation";
import { thirdCumulantFit } from "./third-cumulants";

export interface FitOptions {
  readonly problem: Problem;
  readonly cells: number;
  /** Number of nodes of the non-affine conditions, and of porosities drawn at each. */
  readonly nodes: number;
  readonly porosities: number;
  readonly stream: Stream;
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Principal modes weaker than this, relative to the first (in standard deviations), are left out: single precision ends there. */
const weakestMode = 1e-5;
const nodesAtOnce = 8;
const pilotPorosities = 192;

/** Draws nodes x porosities porosity profiles, solves the responses and returns the statistics. About 10 s at 32 x 3072. */
export async function fitGaussian(options: FitOptions): Promise<GaussianStatistics> {
  const { problem, cells, stream } = options;
  const { affine, shape } = splitConditions(problem);
  const dimension = problem.channels.length * cells;
  const nodes = shapeNodes(options.nodes, shape.length);
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
    rescaleAffine(fields, problem, affine, dimension);
    return fields;
  };

  const pilot = await draw(0, options.nodes, Math.min(pilotPorosities, options.porosities), "pilot");
  const normalisation = channelMoments(pilot, problem, cells, 1 + affine.length);
  normalise(pilot, normalisation, cells, 1 + affine.length);
  const { basis, scale } = pooledBasis(pilot, options.nodes, dimension, 1 + affine.length);

  const width = 1 + affine.length;
  const rank = scale.length;
  const pairs = (width * (width + 1)) / 2;
  const covariance = new Float32Array(options.nodes * pairs * rank * rank);
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
      const coordinates = pooledCoordinates(node, basis, scale, width);
      covariance.set(scaledCovariance(coordinates), j * pairs * rank * rank);
      cumulants.add(j, coordinates);
      coordinates.dispose();
      await new Promise((resolve) => setImmediate(resolve)); // an interrupt is heard between two nodes
      options.signal?.throwIfAborted();
    }
  }

  const degree = polynomialDegree(options.nodes, shape.length);
  const mean = fitMean(nodes, nodeMeans, shape.length, degree, options.nodes);
  return {
    problem: problem.name,
    cells,
    normalisation,
    nodes,
    shapeDimensions: shape.length,
    degree,
    mean,
    basis,
    scale,
    covariance,
    cumulants: cumulants.finish(),
  };
}

/** The condition whose non-affine features are s (each in [-1, 1]); affine ones are set to 0, since responses do not depend on them. */
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

function rescaleAffine(fields: Float64Array, problem: Problem, affine: number[], dimension: number): void {
  const width = 1 + affine.length;
  for (let start = 0; start < fields.length; start += width * dimension) {
    affine.forEach((index, a) => {
      const { min, max } = problem.conditions[index];
      const offset = start + (a + 1) * dimension;
      for (let i = 0; i < dimension; i++) {
        fields[start + i] += ((min + max) / 2) * fields[offset + i];
        fields[offset + i] *= (max - min) / 2;
      }
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

/** Subtracts from rows [n, size] their mean, in place, and returns it. */
function centre(rows: Float64Array, size: number): Float64Array {
  const count = rows.length / size;
  const mean = new Float64Array(size);
  for (let n = 0; n < count; n++) for (let i = 0; i < size; i++) mean[i] += rows[n * size + i];
  for (let i = 0; i < size; i++) mean[i] /= count;
  for (let n = 0; n < count; n++) for (let i = 0; i < size; i++) rows[n * size + i] -= mean[i];
  return mean;
}

/** Principal directions of the covariance pooled over nodes and affine conditions (double precision). */
function pooledBasis(
  fields: Float64Array,
  nodes: number,
  dimension: number,
  width: number,
): { basis: Float64Array; scale: Float64Array } {
  const pooled = new Float64Array(dimension * dimension);
  const copy = fields.slice();
  const perNode = copy.length / nodes;
  let samples = 0;
  for (let j = 0; j < nodes; j++) {
    const node = copy.subarray(j * perNode, (j + 1) * perNode);
    centre(node, width * dimension);
    for (let start = 0, row = 0; start < node.length; start += dimension, row++) {
      const weight = row % width === 0 ? 1 : 1 / 3;
      for (let i = 0; i < dimension; i++) {
        const x = weight * node[start + i];
        if (x === 0) continue;
        for (let k = 0; k <= i; k++) pooled[i * dimension + k] += x * node[start + k];
      }
      samples += row % width === 0 ? 1 : 0;
    }
  }
  const matrix = Matrix.zeros(dimension, dimension);
  for (let i = 0; i < dimension; i++) {
    for (let k = 0; k <= i; k++) {
      matrix.set(i, k, pooled[i * dimension + k] / samples);
      matrix.set(k, i, pooled[i * dimension + k] / samples);
    }
  }
  const decomposition = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const values = decomposition.realEigenvalues;
  const order = values.map((_, k) => k).sort((a, b) => values[b] - values[a]);
  const kept = order.filter((k) => values[k] > weakestMode ** 2 * values[order[0]]);
  const basis = new Float64Array(dimension * kept.length);
  kept.forEach((k, r) => {
    for (let i = 0; i < dimension; i++) basis[i * kept.length + r] = decomposition.eigenvectorMatrix.get(i, k);
  });
  return { basis, scale: Float64Array.from(kept, (k) => Math.sqrt(values[k])) };
}

/** q = diag(d)^(-1) B^T r of centred responses [count, width, dimension] -> [count, width, rank]: of unit size, so single precision serves. */
function pooledCoordinates(
  centred: Float64Array,
  basis: Float64Array,
  scale: Float64Array,
  width: number,
): tf.Tensor3D {
  const rank = scale.length;
  const dimension = basis.length / rank;
  const count = centred.length / (width * dimension);
  const projection = Float32Array.from(basis, (b, i) => b / scale[i % rank]);
  return tf.tidy(() => {
    const x = tf.tensor2d(Float32Array.from(centred), [count * width, dimension]);
    return tf.matMul(x, tf.tensor2d(projection, [dimension, rank])).reshape<tf.Tensor3D>([count, width, rank]);
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

/** Degree 6 in one dimension; in more, the largest total degree with at least three nodes a polynomial. */
function polynomialDegree(nodes: number, dimensions: number): number {
  let degree = 1;
  while (degree < 6 && 3 * legendreProducts(new Array<number>(dimensions).fill(0), degree + 1).length <= nodes)
    degree++;
  return nodes === 1 ? 0 : degree;
}

/** Least squares of the node means by Legendre products: coefficients [polynomials, values]. */
function fitMean(
  nodes: Float64Array,
  means: Float64Array,
  dimensions: number,
  degree: number,
  count: number,
): Float64Array {
  const design = new Matrix(
    Array.from({ length: count }, (_, j) =>
      legendreProducts(Array.from(nodes.subarray(j * dimensions, (j + 1) * dimensions)), degree),
    ),
  );
  const size = means.length / count;
  const values = new Matrix(Array.from({ length: count }, (_, j) => means.subarray(j * size, (j + 1) * size)));
  return Float64Array.from(solve(design, values).to1DArray());
}
