/**
 * Dilated convolution along a line of cells, with its gradients:
 *   y[b, 0, n, o] = sum over k, c of x[b, 0, n + dilation (k - left), c] filter[0, k, c, o]
 * x [batch, 1, cells, channels], filter [1, width, channels, channels out], stride 1; a picture of height 1, which is the
 * fastest form that TensorFlow offers on processors. "same" pads with zeros so that the number of cells stays, with
 * left = floor(dilation (width - 1) / 2) / dilation; "valid" has left = 0 and loses dilation (width - 1) cells.
 *
 * TensorFlow.js refuses gradients of dilated convolutions; the native kernels have them (on a GPU, and on a processor
 * through oneDNN), so they are called directly. Elsewhere a dilated convolution is a sum of shifted products, which any
 * backend can differentiate.
 */
import { nativeBackend, type NativeBackend, type OperationAttribute } from "./backend";
import { unrecorded } from "./record";
import { tf } from "./tensorflow";

export type Padding = "same" | "valid";

function nativeConvolution(
  backend: NativeBackend,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  dilation: number,
  padding: Padding,
) {
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING } = backend.binding;
  const attributes: OperationAttribute[] = [
    { name: "T", type: TF_ATTR_TYPE, value: 1 },
    { name: "strides", type: TF_ATTR_INT, value: [1, 1, 1, 1] },
    { name: "dilations", type: TF_ATTR_INT, value: [1, 1, dilation, 1] },
    { name: "padding", type: TF_ATTR_STRING, value: padding.toUpperCase() },
    { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" },
  ];
  const run = (name: string, inputs: tf.Tensor[]) => backend.executeSingleOutput(name, attributes, inputs);
  const operation = tf.customGrad((...given) => {
    const [input, weights, save] = given as unknown as [tf.Tensor4D, tf.Tensor4D, (tensors: tf.Tensor[]) => void];
    save([input, weights]);
    return {
      value: run("Conv2D", [input, weights]),
      gradFunc: (dy: tf.Tensor, [savedInput, savedWeights]: tf.Tensor[]) => [
        run("Conv2DBackpropInput", [tf.tensor1d(savedInput.shape, "int32"), savedWeights, dy]),
        run("Conv2DBackpropFilter", [savedInput, tf.tensor1d(savedWeights.shape, "int32"), dy]),
      ],
    };
  });
  return operation(x, filter) as tf.Tensor4D;
}

const known = new WeakMap<NativeBackend, boolean>();
/** Tries whether this build and device have the gradients of dilated convolutions. */
function hasDilatedGradients(backend: NativeBackend): boolean {
  let answer = known.get(backend);
  if (answer === undefined) {
    answer = unrecorded(() => {
      try {
        tf.tidy(() => {
          const x = tf.zeros<tf.Rank.R4>([1, 1, 4, 1]);
          tf.grad((w) => nativeConvolution(backend, x, w as tf.Tensor4D, 2, "same"))(tf.zeros([1, 3, 1, 1])).dataSync();
        });
        return true;
      } catch {
        return false;
      }
    });
    known.set(backend, answer);
  }
  return answer;
}

/** The same sum written as one matrix product a filter column. */
function shiftedProducts(x: tf.Tensor4D, filter: tf.Tensor4D, dilation: number, padding: Padding): tf.Tensor4D {
  const [, width, channels, channelsOut] = filter.shape;
  const reach = dilation * (width - 1);
  const left = Math.floor(reach / 2);
  const padded = padding === "valid" ? x : tf.pad(x, [[0, 0], [0, 0], [left, reach - left], [0, 0]]); // prettier-ignore
  const [batch, , wide] = padded.shape;
  const cells = wide - reach;
  const terms = Array.from({ length: width }, (_, k) => {
    const rows = padded.slice([0, 0, k * dilation, 0], [batch, 1, cells, channels]).reshape([batch * cells, channels]);
    return tf.matMul(rows, filter.slice([0, k, 0, 0], [1, 1, channels, channelsOut]).reshape([channels, channelsOut]));
  });
  return tf.addN(terms).reshape([batch, 1, cells, channelsOut]);
}

/** See the head of this file. Differentiable once in x and filter, eagerly and in a compiled function. */
export function convolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { dilation = 1, padding = "same" }: { dilation?: number; padding?: Padding } = {},
): tf.Tensor4D {
  const [, height, cells, channels] = x.shape;
  const [filterHeight, width, filterChannels] = filter.shape;
  if (height !== 1 || filterHeight !== 1 || filterChannels !== channels) {
    throw new RangeError(
      "convolution: x must be [batch, 1, cells, channels] and filter [1, width, channels, channels out], " +
        `got [${x.shape}] and [${filter.shape}]`,
    );
  }
  if (!Number.isInteger(dilation) || dilation < 1) {
    throw new RangeError(`convolution: dilation must be a whole number of cells of at least 1, got ${dilation}`);
  }
  if (padding === "valid" && cells <= dilation * (width - 1)) {
    throw new RangeError(
      `convolution: a filter that reaches over ${dilation * (width - 1) + 1} cells, but x has ${cells}`,
    );
  }
  const backend = nativeBackend();
  if (backend !== undefined && (dilation === 1 || hasDilatedGradients(backend))) {
    return nativeConvolution(backend, x, filter, dilation, padding);
  }
  return dilation === 1 ? tf.conv2d(x, filter, 1, padding) : shiftedProducts(x, filter, dilation, padding);
}
