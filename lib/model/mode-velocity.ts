/**
 * The conditional velocity F(y, z, s) of whitened modes, as a convolutional FiLM network acting on fields.
 *
 * To first order in the third cumulants T of the whitened modes (lib/diffusion/third-cumulants) F is known: with He2
 * the Hermite polynomial,
 *   E_k = -1/2 sin(theta_k) sum_ij cos(theta_i) cos(theta_j) T_ijk He2_ij,   He2_ij = y_i y_j - delta_ij,
 *   y the noisy modes,
 * from the score of 1 + T : He3 / 6 times the Gaussian density. The expansion holds while E is small; beyond, it is
 * bounded,
 *   Q = E (1 + 4 sum_k w_k E_k^2)^(-1/2),   w_k ~ lambda_k^0.2, sum w_k = 1.
 *
 * The network adds the rest. The first K modes y enter as fields on the grid: the coloured field D^-1 V
 * diag(lambda)^(1/2) y, which is the noisy field in units of its own spread at each cell (D = 1 for modes of the
 * correlation matrix), the white field (dim/K)^(1/2) V y, in which small modes are as visible as large ones, and V Q.
 * Its output field f returns to modes by V^T: signs and rotations of the modes cancel, so no convention for them is
 * needed.
 *   F = Q + g(theta) V^T f,   g_k = 2.5 cos^2(theta_k) (sin(theta_k) + 0.05)
 * The factor g is the shape that weak skewness gives to F; beyond the trained noise levels it takes F to 0, the
 * Gaussian answer.
 *
 * A model may hold a linear term that keeps the variance (variance-term.ts): then t c(u) y is added.
 */
import { tf } from "../graph/tensorflow";
import type { Network, NetworkParts } from "../network/network";
import { sumOfSquares } from "../numerics/statistics";
import { carriedThrough, inputGain, type ModeEnds, orderedCells, orderedModes } from "./mode-ends";
import type { ModeArrays } from "./mode-geometry";

/** The geometry of the modes at each condition; rows of `modes` are ordered cell by cell, channels inside. */
export interface ModeGeometry {
  /** [conditions, dimension, K] */
  readonly modes: tf.Tensor3D;
  /** Standard deviations lambda^(1/2) [conditions, K]. */
  readonly std: tf.Tensor2D;
  /** Reciprocal spread of the field at each cell [conditions, dimension]; 0 where the field is certain. */
  readonly inverseSpread: tf.Tensor2D;
  /** Condition features [conditions, P]. */
  readonly features: tf.Tensor2D;
  /** T [conditions, M^2, K]: i and j over the first M modes. */
  readonly cumulants: tf.Tensor3D;
}

/** log(s / lambda_1^(1/2)) is the network's time; mapped to [-1, 1] over the trained range and held at its ends. */
export interface NoiseRange {
  readonly min: number;
  readonly max: number;
}

/** What F depends on beside the rows: the modes as fields, or the network's ends taken together with them. */
export type VelocityGeometry =
  ModeGeometry | (Pick<ModeGeometry, "std" | "features" | "cumulants"> & ModeEnds<tf.Tensor>);

/** The geometry of one condition as tensors, which the caller owns. */
export function geometryTensors({ basis, std, inverseSpread, features, cumulants }: ModeArrays): ModeGeometry {
  const [K, dimension] = [std.length, inverseSpread.length];
  return {
    modes: tf.tensor3d(basis, [1, dimension, K]),
    std: tf.tensor2d(std, [1, K]),
    inverseSpread: tf.tensor2d(inverseSpread, [1, dimension]),
    features: tf.tensor2d(features, [1, features.length]),
    cumulants: tf.tensor3d(cumulants, [1, cumulants.length / K, K]),
  };
}

/** Levels u = log(s / lambda_1^(1/2)) equidistant from the largest of a range to its least. */
export function logLevels({ min, max }: NoiseRange, levels: number): Float64Array {
  return Float64Array.from({ length: levels }, (_, j) => max + (j / (levels - 1)) * (min - max));
}

/** t = |T|^2 / (1 + |T|^2) of one condition: 0 for Gaussian data, near 1 for skewed ones. */
export function skewedness({ cumulants }: { readonly cumulants: Float32Array }): number {
  const size = sumOfSquares(cumulants);
  return size / (1 + size);
}

/**
 * What `modeVelocity` takes as theta: the network's parameters, and after them c [levels, K], from the largest level
 * down.
 */
export function velocityParameters({
  theta,
  varianceTerm,
}: {
  readonly theta: Float32Array;
  readonly varianceTerm?: Float32Array;
}): Float32Array {
  if (!varianceTerm) return theta;
  const both = new Float32Array(theta.length + varianceTerm.length);
  both.set(theta);
  both.set(varianceTerm, theta.length);
  return both;
}

const outputGain = 2.5;
const weightExponent = 0.2;

/** Q [conditions, repeats, K], see above. */
function edgeworthVelocity(
  geometry: Pick<ModeGeometry, "cumulants" | "std">,
  y: tf.Tensor3D,
  angle: { cos: tf.Tensor; sin: tf.Tensor },
): tf.Tensor3D {
  const [conditions, repeats] = y.shape;
  const M = Math.round(Math.sqrt(geometry.cumulants.shape[1]));
  const cos = angle.cos.slice([0, 0, 0], [angle.cos.shape[0], angle.cos.shape[1] as number, M]);
  const visible = y.slice([0, 0, 0], [conditions, repeats, M]).mul(cos);
  const identity = tf.eye(M).reshape([1, 1, M, M]);
  const hermite = visible
    .expandDims(3)
    .mul(visible.expandDims(2))
    .sub(identity.mul(cos.square().expandDims(3)))
    .reshape<tf.Tensor3D>([conditions, repeats, M * M]);
  const E = tf.matMul(hermite, geometry.cumulants).mul(angle.sin).mul(-0.5);
  const weights = geometry.std.div(geometry.std.slice([0, 0], [geometry.std.shape[0], 1])).pow(2 * weightExponent);
  const size = E.square()
    .mul(weights.div(weights.sum(1, true)).expandDims(1))
    .sum(2, true);
  return E.mul(tf.rsqrt(size.mul(4).add(1)));
}

/** t c(u) y; `place` is the level's place in the trained range, 0 at its largest and 1 at its least. */
function linearTerm(c: tf.Tensor2D, cumulants: tf.Tensor3D, y: tf.Tensor3D, place: tf.Tensor3D): tf.Tensor3D {
  const [levels, modes] = c.shape;
  const [conditions, repeats] = y.shape;
  // Linear interpolation: hat functions of the levels.
  const nodes = tf.range(0, levels).reshape([1, levels]);
  const hats = tf.relu(
    tf.sub(
      1,
      tf.abs(
        place
          .mul(levels - 1)
          .reshape([conditions * repeats, 1])
          .sub(nodes),
      ),
    ),
  );
  const size = cumulants.square().sum([1, 2]).reshape([conditions, 1, 1]);
  const t = size.div(size.add(1));
  return tf
    .matMul(hats as tf.Tensor2D, c)
    .reshape([conditions, repeats, modes])
    .mul(y)
    .mul(t);
}

/** V^T f [conditions, repeats, K], f the network's field for the fields of y and of Q. */
function throughFields(
  network: Network,
  theta: tf.Tensor1D,
  geometry: ModeGeometry,
  y: tf.Tensor3D,
  edgeworth: tf.Tensor3D,
  told: { readonly features: tf.Tensor2D; readonly time: tf.Tensor2D },
  channels: number,
): tf.Tensor3D {
  if (network.parts) return inNetworkOrder(network.parts, theta, geometry, y, edgeworth, told, channels);
  const [conditions, repeats, modes] = y.shape;
  const dimension = geometry.modes.shape[1];
  const cells = dimension / channels;
  const whiteGain = Math.sqrt(dimension / modes);
  const inputs = [y.mul(geometry.std.expandDims(1)), y.mul(whiteGain), edgeworth.mul(inputGain * whiteGain)];
  // [conditions, 3 repeats, dimension]
  const fields = tf.matMul(tf.concat(inputs, 1) as tf.Tensor3D, geometry.modes, false, true);
  const coloured = fields
    .slice([0, 0, 0], [conditions, repeats, dimension])
    .mul(geometry.inverseSpread.expandDims(1))
    .reshape([conditions * repeats, cells, channels]);
  const [white, expected] = [1, 2].map((part) =>
    fields
      .slice([0, part * repeats, 0], [conditions, repeats, dimension])
      .reshape([conditions * repeats, cells, channels]),
  );
  const output = network
    .apply(theta, tf.concat([coloured, white, expected], 2) as tf.Tensor3D, told.features, told.time)
    .reshape([conditions, repeats, dimension]) as tf.Tensor3D;
  return tf.matMul(output, geometry.modes);
}

/** The same for a network in parts: no copy of a field but those that enter. */
function inNetworkOrder(
  parts: NetworkParts,
  theta: tf.Tensor1D,
  geometry: ModeGeometry,
  y: tf.Tensor3D,
  edgeworth: tf.Tensor3D,
  { features, time }: { readonly features: tf.Tensor2D; readonly time: tf.Tensor2D },
  channels: number,
): tf.Tensor3D {
  const [conditions, repeats, modes] = y.shape;
  const dimension = geometry.modes.shape[1];
  const whiteGain = Math.sqrt(dimension / modes);
  const V = orderedModes(parts, geometry.modes, channels);
  const inverseSpread = orderedCells(parts, geometry.inverseSpread, channels).expandDims(1);
  const field = (coordinates: tf.Tensor): tf.Tensor => tf.matMul(coordinates as tf.Tensor3D, V, false, true);
  const fields = [
    field(y.mul(geometry.std.expandDims(1))).mul(inverseSpread),
    field(y.mul(whiteGain)),
    field(edgeworth.mul(inputGain * whiteGain)),
  ];
  const rows = fields.map((x) => x.reshape<tf.Tensor2D>([conditions * repeats, dimension]));
  const activations = parts.pass(theta, parts.enter(theta, rows), features, time);
  return tf.matMul(parts.leave(theta, activations).reshape<tf.Tensor3D>([conditions, repeats, dimension]), V);
}

/**
 * F [conditions, repeats, K] for noisy modes y [conditions, repeats, K] at log relative noise levels [conditions,
 * repeats, 1], with the angles' cos and sin [conditions, repeats, K]; theta as `velocityParameters` has it. Pure tensor
 * operations; the caller's tidy owns the intermediate tensors.
 */
export function modeVelocity(
  network: Network,
  theta: tf.Tensor1D,
  geometry: VelocityGeometry,
  y: tf.Tensor3D,
  logLevel: tf.Tensor3D,
  angle: { cos: tf.Tensor; sin: tf.Tensor },
  range: NoiseRange,
  channels: number,
): tf.Tensor3D {
  const [conditions, repeats, modes] = y.shape;
  const edgeworth = edgeworthVelocity(geometry, y, angle);
  const features = geometry.features
    .expandDims(1)
    .tile([1, repeats, 1])
    .reshape([conditions * repeats, -1]);
  const time = tf
    .clipByValue(
      logLevel
        .sub(range.min)
        .mul(2 / (range.max - range.min))
        .sub(1),
      -1,
      1,
    )
    .reshape([conditions * repeats, 1]);
  const own = theta.shape[0] === network.size ? theta : theta.slice([0], [network.size]);
  const told = { features: features as tf.Tensor2D, time: time as tf.Tensor2D };
  const output =
    "enter" in geometry
      ? carriedThrough(network, own, geometry, y, edgeworth, told)
      : throughFields(network, own, geometry, y, edgeworth, told, channels);
  const gain = angle.cos.square().mul(angle.sin.add(0.05)).mul(outputGain);
  const F = edgeworth.add(output.mul(gain)) as tf.Tensor3D;
  if (own === theta) return F;
  const c = theta.slice([network.size]).reshape<tf.Tensor2D>([-1, modes]);
  const place = time.mul(-0.5).add(0.5).reshape<tf.Tensor3D>([conditions, repeats, 1]);
  return F.add(linearTerm(c, geometry.cumulants, y, place));
}
