/**
 * Feature-wise linear modulation followed by the SiLU activation (Perez et al. 2018; Elfwing et al. 2018):
 *   y = z s,  z = scale x + shift,  s = 1 / (1 + exp(-z)),
 * with one scale and one shift for each sample and channel. The gradient is written by hand from s and y,
 *   dz = dy (s + y - y s),  dx = scale dz,  dscale = sum over cells of x dz,  dshift = sum over cells of dz,
 * which makes fewer passes over the activations than the product rule applied to each operation. On a processor both
 * are one operation each, which makes one pass (native/film-silu.cc).
 * A convolution's bias b costs no pass of its own: scale (x + b) + shift = scale x + (scale b + shift).
 */
import type { NativeBackend } from "./backend";
import { backendWithOwnOperations } from "./own-operations";
import { tf } from "./tensorflow";

/**
 * x [batch, ..., cells, channels]; scale and shift of the same rank with ones in place of the axes between, for example
 * [batch, 1, 1, channels] for x [batch, 1, cells, channels]. Differentiable once, eagerly and in a compiled function.
 */
export function filmSilu<T extends tf.Tensor>(x: T, scale: tf.Tensor, shift: tf.Tensor): T {
  const expected = x.shape.map((size, axis) => (axis === 0 || axis === x.rank - 1 ? size : 1)).join();
  if (scale.shape.join() !== expected || shift.shape.join() !== expected) {
    throw new RangeError(
      `filmSilu: for x [${x.shape}] scale and shift must be [${expected}], got [${scale.shape}] and [${shift.shape}]`,
    );
  }
  const backend = backendWithOwnOperations();
  return backend === undefined ? composed(x, scale, shift) : fused(backend, x, scale, shift);
}

type Save = (tensors: tf.Tensor[]) => void;

function fused<T extends tf.Tensor>(backend: NativeBackend, x: T, scale: tf.Tensor, shift: tf.Tensor): T {
  const operation = tf.customGrad((...given) => {
    const [input, a, b, save] = given as [tf.Tensor, tf.Tensor, tf.Tensor, Save];
    save([input, a, b]);
    return {
      value: backend.executeSingleOutput("FilmSilu", [], [input, a, b]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        backend.executeMultipleOutputs("FilmSiluGrad", [], [...saved, dy], 3),
    };
  });
  return operation(x, scale, shift) as T;
}

/** By operations that every backend has. */
export function composed<T extends tf.Tensor>(x: T, scale: tf.Tensor, shift: tf.Tensor): T {
  const between = x.shape.map((_, axis) => axis).slice(1, -1);
  const operation = tf.customGrad((...given) => {
    const [input, a, b, save] = given as [tf.Tensor, tf.Tensor, tf.Tensor, Save];
    const z = input.mul(a).add(b);
    const s = tf.sigmoid(z);
    const y = z.mul(s);
    save([input, a, s, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [savedInput, savedScale, savedS, savedY]: tf.Tensor[]) => {
        const dz = dy.mul(savedS.add(savedY).sub(savedY.mul(savedS)));
        return [dz.mul(savedScale), dz.mul(savedInput).sum(between, true), dz.sum(between, true)];
      },
    };
  });
  return operation(x, scale, shift) as T;
}
