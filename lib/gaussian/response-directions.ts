/**
 * What the fields are made of at a condition. They are affine in some conditions, x = sum_a v_a r_a with v = (1, u)
 * (conditional-gaussian.ts), and a channel's total variance is v^T G v, G_ab = sum over its cells of Cov(r_a, r_b). The
 * unit vector
 *   w = G^(1/2) v / |G^(1/2) v|
 * says which response makes the fields, and turns as fast as their law does: where responses cancel or a current is
 * small, the scaled conditions hardly change while the law becomes another one. It is given to the network beside them.
 */
import { symmetricEigen } from "../numerics/linear-algebra";
import { conditionFeatures } from "../ensemble/conditions";
import { rowAt } from "../numerics/rows";
import { affineOf } from "../transport/affine";
import type { Condition, Problem } from "../transport/problem";
import { affineValues, type GaussianStatistics, type PairStatistics, splitConditions } from "./conditional-gaussian";
import { jointDirections } from "./joint-gaussian";
import { nodeWeights } from "./node-interpolation";

/** Numbers that `responseDirections` returns: none where no condition enters affinely. */
export function responseDirectionCount(problem: Problem): number {
  const { conditions, count } = affineOf(problem);
  return conditions.length === 0 ? 0 : problem.channels.length * count;
}

/** w of every channel, one after the other; zeros for a channel without variance. */
export function responseDirections(statistics: GaussianStatistics, problem: Problem, condition: Condition): number[] {
  const { affine, shape } = splitConditions(problem);
  if (affine.length === 0) return [];
  if (statistics.kind === "joint") return jointDirections(statistics, problem, condition);
  const features = conditionFeatures(problem, condition);
  const v = affineValues(problem, condition);
  const weights = nodeWeights(
    statistics.nodes,
    shape.map((i) => features[i]),
  );
  return problem.channels.flatMap((_, channel) => {
    const G = channelCovariance(statistics, weights, channel, problem.channels.length, v.length);
    const turned = squareRootTimes(G, v);
    const length = Math.hypot(...turned);
    return turned.map((x) => (length > 0 ? x / length : 0));
  });
}

function channelCovariance(
  { power }: PairStatistics,
  weights: Map<number, number>,
  channel: number,
  channels: number,
  width: number,
): Float64Array {
  const pairs = (width * (width + 1)) / 2;
  const G = new Float64Array(width * width);
  for (const [node, weight] of weights) {
    let at = (node * channels + channel) * pairs;
    for (let a = 0; a < width; a++) {
      for (let b = a; b < width; b++, at++) {
        const value = (weight * power[at]) / (a === b ? 1 : 2);
        G[a * width + b] += value;
        if (a !== b) G[b * width + a] = G[a * width + b];
      }
    }
  }
  return G;
}

/** G^(1/2) v for a symmetric positive semi-definite G. */
function squareRootTimes(G: Float64Array, v: readonly number[]): number[] {
  const n = v.length;
  const { values, vectors } = symmetricEigen(G, n);
  const result = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    const vector = rowAt(vectors, k, n);
    const along = Math.sqrt(Math.max(0, values[k])) * v.reduce((sum, x, a) => sum + vector[a] * x, 0);
    for (let a = 0; a < n; a++) result[a] += vector[a] * along;
  }
  return result;
}
