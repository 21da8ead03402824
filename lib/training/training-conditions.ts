/**
 * Conditions of the training pool, denser where the law of the fields turns faster.
 *
 * The unit vectors w(z) of lib/diffusion/response-directions say what the fields are made of. Where a response leaves
 * the fields (a current near 0) or two of them cancel, w turns within a small part of the box, and with it the law:
 * conditions drawn evenly over the box hardly meet that part. With u the features of the affine conditions,
 *   density(z) ~ 1 - a + a tau(z) / E tau,   tau = |dw/du|^(1/2)   (Frobenius norm, E over the box),
 * by systematic resampling of candidates that are even over the box. The root lies between no refinement and equal
 * turning between neighbours, which would leave too little for the rest.
 */
import { responseDirections } from "../gaussian/response-directions";
import type { GaussianStatistics } from "../gaussian/conditional-gaussian";
import { drawConditions } from "../ensemble/conditions";
import type { Stream } from "../random/stream";
import { affineOf } from "../transport/affine";
import type { Condition, Problem } from "../transport/problem";
import { mean, sum } from "../numerics/statistics";

/** Candidates for each condition: none is drawn twice where the density is at most so many times its mean. */
const candidatesEach = 16;
/** Step of the central differences, in features whose range is [-1, 1]. */
const step = 0.005;

/**
 * `count` conditions with the refinement a in [0, 1]: 0 gives conditions even over the box, as `drawConditions` does.
 */
export function trainingConditions(
  statistics: GaussianStatistics,
  problem: Problem,
  count: number,
  refinement: number,
  stream: Stream,
): Condition[] {
  if (refinement === 0) return drawConditions(problem, count, stream);
  const candidates = drawConditions(problem, candidatesEach * count, stream);
  const speeds = candidates.map((condition) => Math.sqrt(turning(statistics, problem, condition)));
  const typical = mean(speeds);
  const weights = speeds.map((speed) => 1 - refinement + (typical > 0 ? (refinement * speed) / typical : refinement));
  const offset = stream.child("resampling").uniforms(1)[0];
  return systematic(weights, count, offset).map((index) => candidates[index]);
}

/** |dw/du| at a condition. */
export function turning(statistics: GaussianStatistics, problem: Problem, condition: Condition): number {
  let square = 0;
  const affine = affineOf(problem).conditions;
  for (const { name, min, max } of problem.conditions.filter((range) => affine.includes(range.name))) {
    const at = (sign: number): number[] =>
      responseDirections(statistics, problem, {
        ...condition,
        [name]: condition[name] + (sign * step * (max - min)) / 2,
      });
    const [after, before] = [at(1), at(-1)];
    square += after.reduce((sum, w, i) => sum + ((w - before[i]) / (2 * step)) ** 2, 0);
  }
  return Math.sqrt(square);
}

/** Indices of `count` draws in proportion to the weights: index k appears floor or ceil of count w_k / sum w times. */
function systematic(weights: readonly number[], count: number, offset: number): number[] {
  const total = sum(weights);
  const chosen: number[] = [];
  let [index, reached] = [0, weights[0]];
  for (let draw = 0; draw < count; draw++) {
    const target = ((draw + offset) / count) * total;
    while (reached <= target && index < weights.length - 1) reached += weights[++index];
    chosen.push(index);
  }
  return chosen;
}
