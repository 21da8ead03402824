/**
 * A network's ends taken together with the modes of one condition. What enters it are fields of modes y and Q, affine in
 * these, and of the field f that leaves it V^T f is asked for; with h the activations behind the first layer and g those
 * before the last,
 *   h = (y, Q) E + e,   V^T f = g M + m,
 * where E [2 K, n], e [n], M [n, K] and m [K] are the same for all rows and all levels of noise. On a plane of many
 * cells no field is then written down, and an evaluation costs what it costs between the ends.
 */
import { tf } from "../graph/tensorflow";
import type { Network, NetworkParts } from "../network/network";

/** Q has a root mean square of some tenths where it matters: as an input it is brought to order one. */
export const inputGain = 3;

/** What of a condition's geometry the fields are made with, see mode-velocity.ts. */
export interface FieldGeometry {
  /** [1, dimension, K] */
  readonly modes: tf.Tensor3D;
  /** [1, K] */
  readonly std: tf.Tensor2D;
  /** [1, dimension] */
  readonly inverseSpread: tf.Tensor2D;
}

/** E, e, M and m. */
export type ModeEnds<T> = Readonly<Record<"enter" | "entry" | "leave" | "exit", T>>;

/** Of one condition's geometry; pure tensor operations. */
export function modeEnds(
  parts: NetworkParts,
  theta: tf.Tensor1D,
  { modes, std, inverseSpread }: FieldGeometry,
  channels: number,
): ModeEnds<tf.Tensor> {
  const [, dimension, K] = modes.shape;
  const whiteGain = Math.sqrt(dimension / K);
  const V = orderedModes(parts, modes, channels).reshape<tf.Tensor2D>([dimension, K]);
  const white = V.transpose().mul<tf.Tensor2D>(whiteGain);
  const coloured = V.transpose()
    .mul(std.reshape([K, 1]))
    .mul<tf.Tensor2D>(orderedCells(parts, inverseSpread, channels));
  const entry = parts.enter(theta, []);
  const ofY = parts.enter(theta, [coloured, white, undefined]);
  const ofQ = parts.enter(theta, [undefined, undefined, white.mul<tf.Tensor2D>(inputGain)]);
  const leave = parts.returned(theta, V.transpose()).transpose();
  const exit = tf.matMul(parts.leave(theta, tf.zeros([1, entry.shape[1]])), V);
  return { enter: tf.concat([ofY, ofQ], 0).sub(entry), entry, leave, exit };
}

/** Modes [conditions, dimension, K] with the rows in the network's order. */
export function orderedModes(parts: NetworkParts, modes: tf.Tensor3D, channels: number): tf.Tensor3D {
  const [conditions, dimension, K] = modes.shape;
  return parts
    .ordered(modes.reshape([conditions, dimension / channels, channels * K]))
    .reshape([conditions, dimension, K]);
}

/** Numbers of each cell [conditions, dimension] in the network's order. */
export function orderedCells(parts: NetworkParts, values: tf.Tensor2D, channels: number): tf.Tensor2D {
  return parts.ordered(values.reshape([values.shape[0], -1, channels]));
}

/** V^T f [1, rows, K] of rows y and Q [1, rows, K] at one condition. */
export function carriedThrough(
  { parts }: Network,
  theta: tf.Tensor1D,
  { enter, entry, leave, exit }: ModeEnds<tf.Tensor>,
  y: tf.Tensor3D,
  Q: tf.Tensor3D,
  { features, time }: { readonly features: tf.Tensor2D; readonly time: tf.Tensor2D },
): tf.Tensor3D {
  if (!parts) throw new RangeError("modeVelocity: this network has no parts that could be taken together with modes");
  const rows = tf.concat([y, Q], 2).squeeze<tf.Tensor2D>([0]);
  const h = tf.matMul(rows, enter as tf.Tensor2D).add<tf.Tensor2D>(entry);
  const g = parts.pass(theta, h, features, time);
  return tf
    .matMul(g, leave as tf.Tensor2D)
    .add(exit)
    .expandDims(0);
}
