/**
 * Convolution along the third axis of [batch, 1, positions, channels] with a kernel [1, taps, in, out] whose taps are
 * `dilation` apart, zeros beyond the ends, by the native library's own dilated operation. TensorFlow.js has no gradient
 * for it; here all three are native:
 *   y = x * w,   dx = dy * reversed w,   dw = x correlated with dy.
 * oneDNN (x86) has them at the speed of the undilated ones; a library without it refuses the backward ones, so that is
 * tried once.
 */
import { nativeBackend, type NativeBackend, type OperationAttribute } from "./backend";
import { unrecorded } from "./record";
import { tf } from "./tensorflow";

function attributes({ binding }: NativeBackend, dilation: number): OperationAttribute[] {
  return [
    { name: "T", type: binding.TF_ATTR_TYPE, value: 1 }, // float32
    { name: "strides", type: binding.TF_ATTR_INT, value: [1, 1, 1, 1] },
    { name: "padding", type: binding.TF_ATTR_STRING, value: "SAME" },
    { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    { name: "use_cudnn_on_gpu", type: binding.TF_ATTR_BOOL, value: true },
    { name: "dilations", type: binding.TF_ATTR_INT, value: [1, 1, dilation, 1] },
  ];
}

const forward = (backend: NativeBackend, x: tf.Tensor, kernel: tf.Tensor, dilation: number): tf.Tensor =>
  backend.executeSingleOutput("Conv2D", attributes(backend, dilation), [x, kernel]);

/** [dx, dkernel] */
function backward(
  backend: NativeBackend,
  x: tf.Tensor,
  kernel: tf.Tensor,
  dy: tf.Tensor,
  dilation: number,
): tf.Tensor[] {
  const given = attributes(backend, dilation);
  const shape = (tensor: tf.Tensor): tf.Tensor => tf.tensor1d(tensor.shape, "int32");
  return [
    backend.executeSingleOutput("Conv2DBackpropInput", given, [shape(x), kernel, dy]),
    backend.executeSingleOutput("Conv2DBackpropFilter", given, [x, shape(kernel), dy]),
  ];
}

const tried = new WeakMap<object, boolean>();

/** Whether the backend in use can do it, backward too. */
export function hasNativeDilation(): boolean {
  const backend = nativeBackend();
  if (backend === undefined) return false;
  let able = tried.get(backend);
  if (able === undefined) {
    able = unrecorded(() =>
      tf.tidy(() => {
        const [x, kernel] = [tf.ones([1, 1, 4, 1]), tf.ones([1, 3, 1, 1])];
        try {
          backward(backend, x, kernel, forward(backend, x, kernel, 2), 2);
          return true;
        } catch {
          return false;
        }
      }),
    );
    tried.set(backend, able);
  }
  return able;
}

/**
 * See the head of this file. Differentiable once, eagerly and in a compiled function; only where `hasNativeDilation()`.
 */
export function nativeDilatedConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D, dilation: number): tf.Tensor4D {
  const backend = nativeBackend();
  if (backend === undefined) throw new Error("nativeDilatedConvolution: needs the native TensorFlow backend");
  const operation = tf.customGrad((...given) => {
    const [input, w, save] = given as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([input, w]);
    return {
      value: forward(backend, input, w, dilation),
      gradFunc: (dy: tf.Tensor, [savedInput, savedKernel]: tf.Tensor[]) =>
        backward(backend, savedInput, savedKernel, dy, dilation),
    };
  });
  return operation(x, kernel) as tf.Tensor4D;
}
