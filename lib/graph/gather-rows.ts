/**
 * Rows of a tensor by index: y[i, ...] = x[indices[i], ...]. TensorFlow.js reads the indices in JavaScript to check
 * them, which stops the processor at every batch and cannot be recorded; the native operation checks them itself (on a
 * processor it throws, on a GPU it gives zeros), so it is called directly. Indices are constants to differentiation of
 * x's consumers: no gradient is defined.
 */
import { nativeBackend } from "./backend";
import { tf } from "./tensorflow";

/**
 * x [n, ...], indices int32 of any shape -> [...indices.shape, ...x.shape without the first]. The caller disposes it.
 */
export function gatherRows<T extends tf.Tensor = tf.Tensor>(x: tf.Tensor, indices: tf.Tensor): T {
  if (indices.dtype !== "int32") throw new TypeError(`gatherRows: indices must be int32, got ${indices.dtype}`);
  const backend = nativeBackend();
  if (backend === undefined) return tf.gather(x, indices as tf.Tensor1D) as T;
  const { TF_ATTR_TYPE, TF_ATTR_INT } = backend.binding;
  const type = (dtype: string): number => (dtype === "int32" ? 3 : 1);
  return tf.tidy(
    () =>
      backend.executeSingleOutput(
        "GatherV2",
        [
          { name: "batch_dims", type: TF_ATTR_INT, value: 0 },
          { name: "Tparams", type: TF_ATTR_TYPE, value: type(x.dtype) },
          { name: "Tindices", type: TF_ATTR_TYPE, value: 3 },
          { name: "Taxis", type: TF_ATTR_TYPE, value: 3 },
        ],
        [x, indices, tf.scalar(0, "int32")],
      ) as T,
  );
}
