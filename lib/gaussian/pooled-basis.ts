/**
 * The basis in which the covariances of all conditions are kept: with P the covariance pooled over nodes and affine
 * conditions and s_i = P_ii^(1/2) its spread, the principal components V diag(scale)^2 V^T of the pooled correlation
 * matrix diag(s)^(-1) P diag(s)^(-1), and B = diag(s) V. Every cell counts alike: near a fixed value the fields hardly
 * vary, and the first directions see how they do there. Every channel has directions of its own (correlations between
 * channels are left out of the matrix): where a channel nearly vanishes, as phi does without a current, its covariances
 * must not be the small differences of single-precision numbers of the others' size.
 */
import { channelAt } from "../fields/shape";
import { principalAxes } from "../numerics/linear-algebra";
import { rowAt } from "../numerics/rows";

export interface PooledBasis {
  /** s [dimension]; 0 where the field is certain. */
  readonly spread: Float64Array;
  /** B [dimension, rank]. */
  readonly basis: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Principal components weaker than this, relative to the first (in standard deviations), are left out: single precision
 * ends there.
 */
const weakestMode = 1e-5;
/** A spread below this share of the largest is rounding. */
const leastSpread = 1e-6;

/**
 * From responses [nodes, porosities, width, channels, cells] with u uniform on [-1, 1], so that E u^2 = 1/3 (double
 * precision).
 */
export function pooledBasis(
  fields: Float64Array,
  { nodes, channels, cells, width }: { nodes: number; channels: number; cells: number; width: number },
): PooledBasis {
  const dimension = channels * cells;
  const pooled = pooledCovariance(fields, nodes, dimension, width);
  const largest = Math.sqrt(pooled.reduce((most, v, at) => (at % (dimension + 1) === 0 ? Math.max(most, v) : most), 0));
  const spread = Float64Array.from({ length: dimension }, (_, i) => {
    const s = Math.sqrt(pooled[i * (dimension + 1)]);
    return s > leastSpread * largest ? s : 0;
  });
  const correlation = pooled.map((v, at) => {
    const [i, j] = [Math.floor(at / dimension), at % dimension];
    const unit = spread[i] * spread[j];
    return unit > 0 && channelAt(i, channels, cells) === channelAt(j, channels, cells) ? v / unit : 0;
  });
  const { modes, variance } = principalAxes(correlation, dimension);
  const rank = variance.filter((v) => v > weakestMode ** 2 * variance[0]).length;
  const basis = new Float64Array(dimension * rank);
  for (let i = 0; i < dimension; i++) {
    for (let r = 0; r < rank; r++) basis[i * rank + r] = spread[i] * modes[i * dimension + r];
  }
  return { spread, basis, scale: Float64Array.from(variance.subarray(0, rank), Math.sqrt) };
}

/** [dimension, dimension], averaged over nodes and over u. */
function pooledCovariance(fields: Float64Array, nodes: number, dimension: number, width: number): Float64Array {
  const pooled = new Float64Array(dimension * dimension);
  const copy = fields.slice();
  const perNode = copy.length / nodes;
  let samples = 0;
  for (let j = 0; j < nodes; j++) {
    const node = rowAt(copy, j, perNode);
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
  for (let i = 0; i < dimension; i++) {
    for (let k = 0; k <= i; k++) {
      pooled[i * dimension + k] /= samples;
      pooled[k * dimension + i] = pooled[i * dimension + k];
    }
  }
  return pooled;
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
