/**
 * Denoising objective for the velocity F(y, z, s) of whitened modes (lib/network/mode-velocity).
 *
 * A batch: C conditions of the pool with r fields each, every field with noise z and -z (antithetic); log noise levels
 * stratified over the C r pairs. A condition weighs, by how often it is drawn, as much as its law is not Gaussian:
 * where there is nothing to learn no batch is spent. Target: the posterior-mean velocity over the n pool fields Y_i of
 * the same condition (Rao-Blackwellised score matching; compare the stable target field of Xu, Tong & Jaakkola 2023),
 *   w_i ~ exp(-1/2 sum_k (y_k - cos_k Y_ik)^2 / sin_k^2),   v = (cos y - sum_i w_i Y_i) / sin,
 * whose minimiser is that of the usual single-sample target for the same pool, with less noise.
 * Loss: sum_k w_k (v_k - F_k)^2, w_k ~ lambda_k^0.2, plus unbiased estimates of E[F_k]^2 and E[F_k y_k]^2 in bands of
 * the noise level. Both expectations vanish for the true F, since the modes are centred and white at every level.
 */
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import { angles } from "../model/mode-angles";
import { modeVelocity, type ModeGeometry, type NoiseRange } from "../model/mode-velocity";
import type { Network } from "../network/network";
import { rowAt } from "../numerics/rows";
import { sumOfSquares } from "../numerics/statistics";
import { randomIntegers, randomNormal, randomUniform, seedTensor } from "../random/tensors";
import type { Stream } from "../random/stream";
import type { BatchLoss, Objective } from "./objective";
import type { WhitenedPool } from "./whitened-pool";

export interface ModeObjectiveOptions {
  readonly conditions: number;
  readonly fields: number;
  readonly gamma: number;
  readonly channels: number;
  readonly range: NoiseRange;
  /** Weight of the two moment penalties. */
  readonly penalty: number;
  /**
   * Conditions are drawn as often as the norm of their third cumulants to this power; 0, all equally often, by default.
   */
  readonly emphasis?: number;
}

const bands = 8;
const weightExponent = 0.2;

/**
 * log(s / lambda_1^(1/2)) from where even the weakest modelled mode is nearly clean to where the strongest is nearly
 * noise.
 */
export function noiseRange(pool: WhitenedPool, gamma: number): NoiseRange {
  const count = pool.conditions.length;
  let weakest = 0;
  for (let c = 0; c < count; c++) {
    weakest += Math.log(pool.std[c * pool.modes + pool.modes - 1] / pool.std[c * pool.modes]) / count;
  }
  return { min: Math.log(0.06) + gamma * weakest, max: Math.log(8) };
}

/** Weights of the modes, lambda_k^0.2 averaged over the pool's conditions and scaled to sum to 1. */
export function modeWeights(pool: WhitenedPool): Float32Array {
  const weights = new Float64Array(pool.modes);
  for (let c = 0; c < pool.conditions.length; c++) {
    for (let k = 0; k < pool.modes; k++) {
      weights[k] += (pool.std[c * pool.modes + k] / pool.std[c * pool.modes]) ** (2 * weightExponent);
    }
  }
  const total = weights.reduce((sum, w) => sum + w, 0);
  return Float32Array.from(weights, (w) => w / total);
}

/** The resident tensors of a pool. The caller (the training loop) disposes them. */
function residentPool(pool: WhitenedPool): Record<string, tf.Tensor> {
  const n = pool.conditions.length;
  return {
    coordinates: tf.tensor3d(pool.coordinates, [n, pool.count, pool.modes]),
    basis: tf.tensor3d(pool.basis, [n, pool.dimension, pool.modes]),
    std: tf.tensor2d(pool.std, [n, pool.modes]),
    inverseSpread: tf.tensor2d(pool.inverseSpread, [n, pool.dimension]),
    features: tf.tensor2d(pool.features, [n, pool.features.length / n]),
    cumulants: tf.tensor3d(pool.cumulants, [n, pool.cumulants.length / (n * pool.modes), pool.modes]),
    weights: tf.tensor1d(modeWeights(pool)),
  };
}

/** A step's conditions [C], what is told of each, all its fields' coordinates, and r of them drawn for the step. */
function cleanBatch(
  { conditions: { length: N }, count, modes: K }: WhitenedPool,
  constants: Record<string, tf.Tensor>,
  { conditions: C, fields: r }: ModeObjectiveOptions,
  seeds: readonly tf.Tensor1D[],
): { geometry: ModeGeometry; members: tf.Tensor3D; y0: tf.Tensor3D } {
  const chosen = constants.cumulative
    ? chosenAmong(constants.cumulative, randomUniform([C], seeds[0]))
    : (randomIntegers([C], seeds[0], N) as tf.Tensor1D);
  const geometry: ModeGeometry = {
    modes: gatherRows(constants.basis, chosen) as tf.Tensor3D,
    std: gatherRows(constants.std, chosen) as tf.Tensor2D,
    inverseSpread: gatherRows(constants.inverseSpread, chosen) as tf.Tensor2D,
    features: gatherRows(constants.features, chosen) as tf.Tensor2D,
    cumulants: gatherRows(constants.cumulants, chosen) as tf.Tensor3D,
  };
  const members = gatherRows(constants.coordinates, chosen) as tf.Tensor3D; // [C, n, K]
  const index = randomIntegers([C, r], seeds[1], count);
  const row = index.add(chosen.mul(tf.scalar(count, "int32")).expandDims(1));
  const y0 = gatherRows(constants.coordinates.reshape([N * count, K]), row) as tf.Tensor3D; // [C, r, K]
  return { geometry, members, y0 };
}

/** The fields with noise, each with z and with -z [C, 2 r, K], at levels that lie in strata over the batch. */
function noised(
  y0: tf.Tensor3D,
  { std }: ModeGeometry,
  { conditions: C, fields: r, gamma, range }: ModeObjectiveOptions,
  seeds: readonly tf.Tensor1D[],
): { y: tf.Tensor3D; cos: tf.Tensor3D; sin: tf.Tensor3D; logLevel: tf.Tensor3D } {
  const strata = tf
    .range(0, C * r)
    .reshape([r, C])
    .transpose();
  const uniform = strata.add(randomUniform([C, r], seeds[2])).div(C * r);
  const logLevel = uniform
    .mul(range.max - range.min)
    .add(range.min)
    .expandDims(2); // [C, r, 1]
  const relativeRates = std.slice([0, 0], [C, 1]).div(std).pow(gamma).expandDims(1);
  const twice = (x: tf.Tensor): tf.Tensor3D => tf.concat([x, x], 1) as tf.Tensor3D;
  const angle = angles(tf.exp(logLevel), relativeRates); // [C, r, K]
  const [cos, sin] = [twice(angle.cos), twice(angle.sin)];
  const z = randomNormal([C, r, y0.shape[2]], seeds[3]);
  const y = cos.mul(twice(y0)).add(sin.mul(tf.concat([z, z.neg()], 1))) as tf.Tensor3D;
  return { y, cos, sin, logLevel: twice(logLevel) };
}

export function modeObjective(
  network: Network,
  pool: WhitenedPool,
  stream: Stream,
  options: ModeObjectiveOptions,
): Objective {
  const { conditions: C, fields: r, range } = options;
  const streams = ["condition", "field", "level", "noise"].map((name) => stream.child(name));

  const loss = (theta: tf.Tensor1D, constants: Record<string, tf.Tensor>, i: tf.Scalar): BatchLoss => {
    const seeds = streams.map((s) => seedTensor(s, i));
    const { geometry, members, y0 } = cleanBatch(pool, constants, options, seeds);
    const { y, cos, sin, logLevel } = noised(y0, geometry, options, seeds);
    const target = cos
      .mul(y)
      .sub(posteriorMean(y, cos, sin, members))
      .div(sin);
    const F = modeVelocity(network, theta, geometry, y, logLevel, { cos, sin }, range, options.channels);

    const perMode = target.sub(F).square().mean([0, 1]);
    const fit = perMode.mul(constants.weights).sum();
    const penalty = squaredMean(F, C, r).add(squaredMean(F.mul(y) as tf.Tensor3D, C, r));
    const total = fit.add(penalty.mul(constants.weights).sum().mul(options.penalty)) as tf.Scalar;
    return { loss: total, explained: explainedByBand(target, F, constants.weights, C, r) };
  };
  const frequency = options.emphasis ? skewness(pool).map((size) => size ** options.emphasis!) : undefined;
  const constants = residentPool(pool);
  if (frequency?.some((f) => f > 0)) constants.cumulative = cumulativeShares(frequency);
  return { network, constants, bands, loss };
}

/** |T| at each of the pool's conditions. */
export function skewness({ conditions, cumulants }: WhitenedPool): Float64Array {
  const size = cumulants.length / conditions.length;
  return Float64Array.from(conditions, (_, c) => Math.sqrt(sumOfSquares(rowAt(cumulants, c, size))));
}

/** Upper ends of the intervals of [0, 1] that belong to each but the last: [N - 1]. */
function cumulativeShares(frequency: Float64Array): tf.Tensor1D {
  const total = frequency.reduce((sum, f) => sum + f, 0);
  let sum = 0;
  return tf.tensor1d(Array.from(frequency, (f) => (sum += f / total)).slice(0, -1));
}

/** The number of the interval that each uniform [C] lies in: int32 [C]. */
function chosenAmong(cumulative: tf.Tensor, uniform: tf.Tensor): tf.Tensor1D {
  return uniform.expandDims(1).greaterEqual(cumulative.expandDims(0)).cast("int32").sum(1) as tf.Tensor1D;
}

/**
 * sum_i w_i Y_i [C, m, K] for noisy y [C, m, K] and the pool's members [C, n, K]; the exponent up to a constant of i.
 */
function posteriorMean(y: tf.Tensor3D, cos: tf.Tensor, sin: tf.Tensor, members: tf.Tensor3D): tf.Tensor {
  const inverse = sin.square().reciprocal();
  const cross = tf.matMul(y.mul(cos).mul(inverse) as tf.Tensor3D, members, false, true);
  const square = tf.matMul(cos.square().mul(inverse) as tf.Tensor3D, members.square(), false, true);
  return tf.matMul(tf.softmax(cross.sub(square.mul(0.5))), members);
}

/** [C, 2 r, K] -> [bands, pairs in a band, 2, K]: noise levels rise with the pair's stratum j C + c. */
function byBand(x: tf.Tensor, C: number, r: number): tf.Tensor {
  const K = x.shape[2] as number;
  return x
    .reshape([C, 2, r, K])
    .transpose([2, 0, 1, 3])
    .reshape([bands, (C * r) / bands, 2, K]);
}

/** Unbiased estimate of E[F_k]^2 from the antithetic pairs of each band, averaged over bands: [K]. */
function squaredMean(x: tf.Tensor3D, C: number, r: number): tf.Tensor {
  const pairs = byBand(x, C, r).mean(2); // [bands, n, K]
  const n = pairs.shape[1] as number;
  return pairs
    .sum(1)
    .square()
    .sub(pairs.square().sum(1))
    .div(n * (n - 1))
    .mean(0);
}

function explainedByBand(target: tf.Tensor, F: tf.Tensor, weights: tf.Tensor, C: number, r: number): tf.Tensor1D {
  const weighted = (x: tf.Tensor): tf.Tensor => byBand(x, C, r).mean([1, 2]).mul(weights).sum(1);
  return tf.sub(1, weighted(target.sub(F).square()).div(weighted(target.square()))) as tf.Tensor1D;
}
