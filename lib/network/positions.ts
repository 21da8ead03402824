/**
 * How the cells of a grid become the positions of the convolutions: patches of neighbouring cells, along one axis or
 * two, whose values are the channels that a position begins with. Positions are [batch, 1, positions, channels] on one
 * axis, [batch, nx / patch, ny / patch, channels] on two; kernels [1, taps, in, out] and [taps, taps, in, out].
 */
import { tf } from "../graph/tensorflow";
import type { Architecture } from "./architectures";
import { dilatedConvolution, replicatedConvolution } from "./convolution";

export interface Positions {
  /** Along each axis of the convolutions. */
  readonly shape: readonly [number, number];
  readonly count: number;
  /** Cells in a patch. */
  readonly cells: number;
  /** Of a kernel along each axis. */
  readonly taps: readonly [number, number];
  /** Channels that say where a cell lies, from -1 to 1 along each axis [1, cells, axes]. */
  coordinates(): tf.Tensor3D;
  /** x [batch, cells, channels] -> [batch * positions, cells of a patch * channels]. */
  gather(x: tf.Tensor3D): tf.Tensor2D;
  /** The way back, to `channels` channels of each cell. */
  scatter(patches: tf.Tensor2D, batch: number, channels: number): tf.Tensor3D;
  convolve(x: tf.Tensor4D, kernel: tf.Tensor4D, dilation: number): tf.Tensor4D;
}

export function positionsOf(a: Architecture): Positions {
  return a.along === undefined ? onOneAxis(a) : onTwoAxes(a, a.along);
}

function onOneAxis(a: Architecture): Positions {
  const count = a.cells / a.patch;
  return {
    shape: [1, count],
    count,
    cells: a.patch,
    taps: [1, a.kernel],
    coordinates: () => tf.linspace(-1, 1, a.cells).reshape<tf.Tensor3D>([1, a.cells, 1]),
    gather: (x) => x.reshape<tf.Tensor2D>([x.shape[0] * count, -1]),
    scatter: (patches, batch, channels) => patches.reshape<tf.Tensor3D>([batch, a.cells, channels]),
    convolve: (x, kernel, dilation) =>
      a.padding === "replicate" ? replicatedConvolution(x, kernel) : dilatedConvolution(x, kernel, dilation),
  };
}

function onTwoAxes({ patch: p, kernel, cells }: Architecture, [nx, ny]: readonly [number, number]): Positions {
  const [px, py] = [nx / p, ny / p];
  return {
    shape: [px, py],
    count: px * py,
    cells: p * p,
    taps: [kernel, kernel],
    coordinates: () => {
      const x = tf.linspace(-1, 1, nx).reshape([nx, 1]).tile([1, ny]);
      const y = tf.linspace(-1, 1, ny).reshape([1, ny]).tile([nx, 1]);
      return tf.stack([x, y], 2).reshape<tf.Tensor3D>([1, cells, 2]);
    },
    gather: (x) => {
      const [batch, , channels] = x.shape;
      // [batch, px, cells in a patch along x, py, ..] with the cells of a patch side by side
      return x
        .reshape([batch * px, p, py, p * channels])
        .transpose([0, 2, 1, 3])
        .reshape([batch * px * py, p * p * channels]);
    },
    scatter: (patches, batch, channels) =>
      patches
        .reshape([batch * px, py, p, p * channels])
        .transpose([0, 2, 1, 3])
        .reshape([batch, nx * ny, channels]),
    convolve: (x, weights) => tf.conv2d(x, weights, 1, "same"),
  };
}
