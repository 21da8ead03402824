/**
 * What the study asks of a network: a pure function of one flat parameter vector. Flat, because optimiser, moving
 * average and checkpoints are then a handful of operations on vectors; the named pieces are views, split off inside
 * `apply`.
 */
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";

/** The law that a piece of the parameters is drawn from; `bound` is the half-width of a uniform law. */
export type Initial =
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "normal"; readonly std: number }
  | { readonly kind: "zeros" }
  | { readonly kind: "ones" };

/** Matrices are [in, out], convolution kernels [1, kernel, in, out]. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
}

export interface Network {
  /** Pieces in the order in which they lie in the flat vector. */
  readonly parameters: readonly ParameterShape[];
  readonly size: number;
  /** Fresh parameters; each piece from its own child of the stream. */
  initial(s: Stream): Float32Array;
  /**
   * theta [size]; x [batch, cells, channelsIn]; conditions [batch, P], features in [-1, 1]; time [batch, 1]. Returns
   * [batch, cells, channelsOut]. Pure tensor operations; the caller's tidy owns the intermediate ones.
   */
  apply(theta: tf.Tensor1D, x: tf.Tensor3D, conditions: tf.Tensor2D, time: tf.Tensor2D): tf.Tensor3D;
  /** Of a network whose ends are affine in the fields: its parts. */
  readonly parts?: NetworkParts;
}

/**
 * apply = leave . pass . enter, with activations [batch, n] between them; as pure as `apply`. Where fields are
 * combinations of few modes, the ends can be taken together with these. Fields are in the network's own order here,
 * [batch, cells * channels] with the cells of a patch side by side: what is in that order once needs no copy again.
 */
export interface NetworkParts {
  /** Rows of cells [batch, cells, any numbers of each] in that order, [batch, cells * numbers]. */
  ordered(x: tf.Tensor3D): tf.Tensor2D;
  /**
   * Activations, affine in the fields; these are the channels of `apply` in groups of equally many. One that is left out
   * is zero. Without any: what an entry of zeros gives, [1, n].
   */
  enter(theta: tf.Tensor1D, groups: readonly (tf.Tensor2D | undefined)[]): tf.Tensor2D;
  /** What happens to the activations, each row by itself. */
  pass(theta: tf.Tensor1D, activations: tf.Tensor2D, conditions: tf.Tensor2D, time: tf.Tensor2D): tf.Tensor2D;
  /** The field that leaves, affine in the activations. */
  leave(theta: tf.Tensor1D, activations: tf.Tensor2D): tf.Tensor2D;
  /** The transpose of the linear part of `leave`: fields -> activations. */
  returned(theta: tf.Tensor1D, fields: tf.Tensor2D): tf.Tensor2D;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Named views of the flat vector. */
export function splitParameters(parameters: readonly ParameterShape[], theta: tf.Tensor1D): Map<string, tf.Tensor> {
  const pieces = tf.split(
    theta,
    parameters.map((p) => sizeOf(p.shape)),
  );
  return new Map(parameters.map((p, k) => [p.name, pieces[k].reshape([...p.shape])]));
}

/**
 * Draws every piece from its law. Piece `name` comes from stream.child(name), so that layers can be added without
 * changing the others.
 */
export function drawInitial(parameters: readonly ParameterShape[], s: Stream): Float32Array {
  const theta = new Float32Array(parameters.reduce((sum, p) => sum + sizeOf(p.shape), 0));
  let offset = 0;
  for (const { name, shape, initial } of parameters) {
    const count = sizeOf(shape);
    const piece = theta.subarray(offset, (offset += count));
    switch (initial.kind) {
      case "uniform":
        piece.set(
          s
            .child(name)
            .uniforms(count)
            .map((u) => (2 * u - 1) * initial.bound),
        );
        break;
      case "normal":
        piece.set(
          s
            .child(name)
            .normals(count)
            .map((z) => z * initial.std),
        );
        break;
      case "ones":
        piece.fill(1);
        break;
      case "zeros":
        break;
    }
  }
  return theta;
}
