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
  const cells = dimension / channels;
  const whiteGain = Math.sqrt(dimension / K);
  const V = modes.reshape<tf.Tensor2D>([dimension, K]).transpose();
  const white = V.mul(whiteGain);
  const coloured = V.mul(std.reshape([K, 1])).mul(inverseSpread);
  const inCells = (fields: tf.Tensor): tf.Tensor => fields.reshape([-1, cells, channels]);
  const none = tf.zeros([K, cells, channels]);
  const ofY = tf.concat([inCells(coloured), inCells(white), none], 2);
  const ofQ = tf.concat([none, none, inCells(white.mul(inputGain))], 2);
  const entry = parts.enter(theta, tf.zeros([1, cells, 3 * channels]));
  const n = entry.shape[1];
  const leave = parts.returned(theta, inCells(V) as tf.Tensor3D).transpose();
  const exit = tf.matMul(parts.leave(theta, tf.zeros([1, n])).reshape<tf.Tensor2D>([1, dimension]), V, false, true);
  const enter = parts.enter(theta, tf.concat([ofY, ofQ], 0) as tf.Tensor3D).sub(entry);
  return { enter, entry, leave, exit };
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
