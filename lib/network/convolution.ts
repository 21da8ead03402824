/**
 * Convolutions along x of [batch, 1, positions, channels] with a kernel [1, taps, in, out].
 */
import { hasNativeDilation, nativeDilatedConvolution } from "../graph/native-dilation";
import { tf } from "../graph/tensorflow";

/** Dilated, zeros beyond the ends; by the backend's own operation where it has one with a gradient. */
export function dilatedConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D, dilation: number): tf.Tensor4D {
  if (dilation === 1) return tf.conv2d(x, kernel, 1, "same");
  return hasNativeDilation() ? nativeDilatedConvolution(x, kernel, dilation) : asPicture(x, kernel, dilation);
}

/**
 * The same on any backend. With position n = q dilation + r, taps at distance `dilation` keep r and move q by one: seen
 * as a picture [positions / dilation, dilation] of the same memory, the dilated convolution is an ordinary one along
 * its first axis. The dilation must divide the number of positions.
 */
export function asPicture(x: tf.Tensor4D, kernel: tf.Tensor4D, dilation: number): tf.Tensor4D {
  const [batch, , positions, channels] = x.shape;
  const [, taps, , out] = kernel.shape;
  const picture = x.reshape<tf.Tensor4D>([batch, positions / dilation, dilation, channels]);
  const column = kernel.reshape<tf.Tensor4D>([taps, 1, channels, out]);
  return tf.conv2d(picture, column, 1, "same").reshape([batch, 1, positions, out]);
}

/** Copies of the end values beyond the ends. */
export function replicatedConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  return tf.conv2d(replicateEnds(x, (kernel.shape[1] - 1) / 2), kernel, 1, "valid");
}

/**
 * `count` copies of the end values on either side: [batch, 1, positions, channels] -> [batch, 1, positions + 2 count,
 * channels].
 */
function replicateEnds(x: tf.Tensor4D, count: number): tf.Tensor4D {
  if (count === 0) return x;
  return tf.customGrad((...args: unknown[]) => {
    const [x] = args as [tf.Tensor4D];
    const [batch, , n, channels] = x.shape;
    const slice = (t: tf.Tensor, first: number, size: number): tf.Tensor4D =>
      tf.slice4d(t as tf.Tensor4D, [0, 0, first, 0], [batch, 1, size, channels]);
    const left = slice(x, 0, 1);
    const right = slice(x, n - 1, 1);
    const copies = (end: tf.Tensor4D): tf.Tensor4D[] => Array<tf.Tensor4D>(count).fill(end);
    return {
      value: tf.concat([...copies(left), x, ...copies(right)], 2),
      gradFunc: (dy: tf.Tensor) =>
        tf.concat(
          [
            slice(dy, 0, count + 1).sum(2, true),
            slice(dy, count + 1, n - 2),
            slice(dy, count + n - 1, count + 1).sum(2, true),
          ],
          2,
        ),
    };
  })(x) as tf.Tensor4D;
}
