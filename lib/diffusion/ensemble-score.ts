/**
 * The exact score of a noised finite ensemble, in the plane of the leading axes of its covariance: what lies beside
 * them is taken as certain.
 */
import { tf } from "../graph/tensorflow";
import { type EigenGaussian, empiricalScore, scoreInPlane } from "./exact-score";
import type { ResidentScore } from "./score";

/**
 * Exact score of a noised ensemble [count, d] in network units, in the plane of the law's modes. The caller disposes
 * it.
 */
export function ensembleScore(values: Float64Array, count: number, law: EigenGaussian): ResidentScore {
  const { dimension: d, rank, mean, modes } = law;
  const coordinates = new Float32Array(count * rank);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < d; i++) {
      const deviation = values[n * d + i] - mean[i];
      for (let k = 0; k < rank; k++) coordinates[n * rank + k] += deviation * modes[i * rank + k];
    }
  }
  const members = tf.tensor2d(coordinates, [count, rank]);
  const score = scoreInPlane(empiricalScore(members), law);
  members.dispose();
  return score;
}
