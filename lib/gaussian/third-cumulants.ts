/**
 * Third cumulants of the fields given the operating conditions: what skews the law, as far as moments of third order
 * say it.
 *
 * In the pooled coordinates q of the conditional Gaussian, x = mu + B diag(d) q (conditional-gaussian.ts), fields are
 * affine, x = sum_a v_a r_a with v = (1, u), so that for given non-affine conditions s
 *   E[q_p q_i q_j] = sum_{abc} v_a v_b v_c E[q_ap q_bi q_cj] = sum_m v^m C_m(s)[p, i, j],
 *   m the monomials of degree 3 in v,
 * and C_m is estimated at nodes of s like the covariance. With y = A^T q the whitened principal coordinates at one
 * condition,
 *   T[k, i, j] = E[y_k y_i y_j] = sum A[p, k] A[p', i] A[p'', j] E[q_p q_p' q_p''],
 * and the density is the Gaussian's times 1 + T : He3(y) / 6 to first order (the Edgeworth expansion).
 */
import { conditionFeatures } from "../ensemble/conditions";
import type { Condition, Problem } from "../transport/problem";
import {
  affineValues,
  type GaussianLaw,
  type GaussianStatistics,
  type PairStatistics,
  splitConditions,
} from "./conditional-gaussian";
import { jointCumulants, jointFactor } from "./joint-gaussian";
import { nodeWeights } from "./node-interpolation";
import { multiply } from "../numerics/row-products";

/** Exponents of v_0 .. v_(width - 1) in the monomials of degree 3, as sorted triples a <= b <= c. */
export function triples(width: number): [number, number, number][] {
  const all: [number, number, number][] = [];
  for (let a = 0; a < width; a++) for (let b = a; b < width; b++) for (let c = b; c < width; c++) all.push([a, b, c]);
  return all;
}

/**
 * T [inner modes^2, modes] of the whitened principal coordinates at a condition: E[y_i y_j y_k] in row
 * i * innerModes + j, column k. `law` is the conditional Gaussian there. Modes beyond those of the law have zeros.
 */
export function thirdCumulantsAt(
  statistics: GaussianStatistics,
  problem: Problem,
  condition: Condition,
  law: GaussianLaw,
  { modes, innerModes }: { modes: number; innerModes: number },
): Float32Array {
  if (statistics.kind === "joint") {
    const { outer, inner } = statistics;
    const A = law.innovations
      ? fromInnovations(law.innovations, law, outer, modes)
      : innovationsIn(jointFactor(statistics, problem, condition).factor, law, outer, modes);
    return contracted(jointCumulants(statistics, problem, condition), A, { outer, inner, modes, innerModes });
  }
  const { outer, inner } = statistics.cumulants;
  const pooled = atConditionPooled(statistics, problem, condition);
  return contracted(pooled, whitening(statistics, law, outer, modes), { outer, inner, modes, innerModes });
}

/** sum A[p, k] A[p', i] A[p'', j] E[q_p q_p' q_p''] from the pooled moments [outer, pairs] and A [outer, modes]. */
function contracted(
  pooled: Float64Array,
  A: Float64Array,
  { outer, inner, modes, innerModes }: { outer: number; inner: number; modes: number; innerModes: number },
): Float32Array {
  const few = new Float64Array(inner * innerModes); // the columns of A that i and j need, and their transpose
  const turned = new Float64Array(innerModes * inner);
  for (let i = 0; i < inner; i++) {
    for (let I = 0; I < innerModes; I++) few[i * innerModes + I] = turned[I * inner + i] = A[i * modes + I];
  }
  // One index after the other: j, then i, then p.
  const pairs = (inner * (inner + 1)) / 2;
  const square = innerModes * innerModes;
  const ofP = new Float64Array(inner * inner); // [i, j]
  const byJ = new Float64Array(inner * innerModes); // [i, J]
  const byIJ = new Float64Array(square);
  const factors = new Float64Array(square * outer); // [I J, p]
  for (let p = 0; p < outer; p++) {
    for (let i = 0, k = p * pairs; i < inner; i++) {
      for (let j = i; j < inner; j++, k++) ofP[i * inner + j] = ofP[j * inner + i] = pooled[k];
    }
    multiply(ofP, few, innerModes, byJ);
    multiply(turned, byJ, innerModes, byIJ);
    for (let ij = 0; ij < square; ij++) factors[ij * outer + p] = byIJ[ij];
  }
  const result = new Float64Array(square * modes);
  multiply(factors, A, modes, result);
  return Float32Array.from(result);
}

/** sum_m v^m C_m(s) [outer, pairs] at a condition. */
function atConditionPooled(statistics: PairStatistics, problem: Problem, condition: Condition): Float64Array {
  const { nodes, outer, inner, values } = statistics.cumulants;
  const features = conditionFeatures(problem, condition);
  const { shape } = splitConditions(problem);
  const v = affineValues(problem, condition);
  const weights = nodeWeights(
    nodes,
    shape.map((i) => features[i]),
  );
  const all = triples(v.length);
  const size = (outer * inner * (inner + 1)) / 2;
  const pooled = new Float64Array(size);
  for (const [node, weight] of weights) {
    all.forEach(([a, b, c], m) => {
      const w = weight * v[a] * v[b] * v[c];
      const offset = (node * all.length + m) * size;
      for (let k = 0; k < size; k++) pooled[k] += w * values[offset + k];
    });
  }
  return pooled;
}

/**
 * A [directions, modes] with y = A^T q: pooled scale times direction against mode, over the mode's standard deviation.
 */
function whitening(statistics: PairStatistics, law: GaussianLaw, directions: number, modes: number): Float64Array {
  const { basis, scale } = statistics;
  const stored = scale.length;
  const A = new Float64Array(directions * modes);
  const known = Math.min(modes, law.rank);
  for (let i = 0; i < law.dimension; i++) {
    const s = law.spread?.[i] ?? 1;
    for (let p = 0; p < directions; p++) {
      const b = (basis[i * stored + p] * scale[p]) / s;
      for (let k = 0; k < known; k++) A[p * modes + k] += b * law.modes[i * law.rank + k];
    }
  }
  for (let p = 0; p < directions; p++) {
    for (let k = 0; k < known; k++) {
      const std = Math.sqrt(law.variance[k]);
      A[p * modes + k] = std > 0 ? A[p * modes + k] / std : 0;
    }
  }
  return A;
}

/** A [directions, modes] with y = A^T e, of a law that knows W with y = W e. */
function fromInnovations(W: Float64Array, { rank }: GaussianLaw, directions: number, modes: number): Float64Array {
  const stored = W.length / rank;
  const A = new Float64Array(directions * modes);
  for (let k = 0; k < Math.min(modes, rank); k++) {
    for (let p = 0; p < directions; p++) A[p * modes + k] = W[k * stored + p];
  }
  return A;
}

/** A [directions, modes] with y = A^T e for the innovations e of a joint law, x = mu + factor e. */
function innovationsIn(factor: Float64Array, law: GaussianLaw, directions: number, modes: number): Float64Array {
  const stored = factor.length / law.dimension;
  const A = new Float64Array(directions * modes);
  for (let k = 0; k < Math.min(modes, law.rank); k++) {
    const std = Math.sqrt(law.variance[k]);
    if (!(std > 0)) continue;
    for (let i = 0; i < law.dimension; i++) {
      const along = law.modes[i * law.rank + k] / (std * (law.spread?.[i] ?? 1));
      for (let p = 0; p < directions; p++) A[p * modes + k] += factor[i * stored + p] * along;
    }
  }
  return A;
}
