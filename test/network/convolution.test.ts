import assert from "node:assert";
import { hasNativeDilation, nativeDilatedConvolution } from "../../lib/graph/native-dilation";
import { tf } from "../../lib/graph/tensorflow";
import { asPicture, dilatedConvolution, replicatedConvolution } from "../../lib/network/convolution";
import { assertClose } from "../assert-close";
import { checkGradients, numbers } from "../graph/numbers";

/**
 * The defining sum in double precision; `at` gives the cell that stands for one beyond the ends, or none for a zero.
 */
function definition(x: tf.Tensor4D, w: tf.Tensor4D, dilation: number, at: (n: number) => number | undefined): number[] {
  const [batch, , cells, channels] = x.shape;
  const [, width, , out] = w.shape;
  const [xs, ws] = [x.dataSync(), w.dataSync()];
  const y: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let n = 0; n < cells; n++)
      for (let o = 0; o < out; o++) {
        let sum = 0;
        for (let k = 0; k < width; k++) {
          const from = at(n + dilation * (k - (width - 1) / 2));
          if (from === undefined) continue;
          for (let c = 0; c < channels; c++)
            sum += xs[(b * cells + from) * channels + c] * ws[(k * channels + c) * out + o];
        }
        y.push(sum);
      }
  return y;
}

const cells = 12;
const inputs = (width: number) => [numbers([2, 1, cells, 3]), numbers([1, width, 3, 4])] as [tf.Tensor4D, tf.Tensor4D];
const zero = (n: number): number | undefined => (n < 0 || n >= cells ? undefined : n);
const last = (n: number): number => Math.min(cells - 1, Math.max(0, n));

interface Row {
  readonly of: string;
  readonly width: number;
  readonly dilation: number;
  readonly beyond: (n: number) => number | undefined;
}
const rows: Row[] = [
  ...[
    [1, 1],
    [3, 1],
    [7, 1],
    [3, 2],
    [3, 4],
    [5, 3],
  ].map(([width, dilation]) => ({
    of: `${width} taps ${dilation} apart, zeros beyond`,
    width,
    dilation,
    beyond: zero,
  })),
  ...[1, 3, 7].map((width) => ({ of: `${width} taps, end values beyond`, width, dilation: 1, beyond: last })),
];

/** Both forms of a dilated convolution. */
const forms = [
  { name: "as a picture", apply: asPicture, here: () => true },
  { name: "by the native operation", apply: nativeDilatedConvolution, here: hasNativeDilation },
];

describe("a convolution along a line of cells", () => {
  for (const { of, width, dilation, beyond } of rows) {
    const f = (x: tf.Tensor, w: tf.Tensor): tf.Tensor4D =>
      beyond === last
        ? replicatedConvolution(x as tf.Tensor4D, w as tf.Tensor4D)
        : dilatedConvolution(x as tf.Tensor4D, w as tf.Tensor4D, dilation);

    it(`with ${of}: equals its defining sum`, () =>
      void tf.tidy(() => {
        const [x, w] = inputs(width);
        const expected = definition(x, w, dilation, beyond);
        const got = f(x, w);
        assert.strictEqual(got.size, expected.length);
        // at most 21 products of numbers below 1, summed in single precision
        got.dataSync().forEach((y, k) => assertClose("y", y, expected[k], { within: 21 * 21 * 2 ** -24 }));
      }));

    it(`with ${of}: its gradients are those of differences`, () =>
      void tf.tidy(() => checkGradients(f, inputs(width))));
  }

  for (const { name, apply, here } of forms)
    for (const { of, width, dilation } of rows.filter((row) => row.dilation > 1)) {
      const f = (x: tf.Tensor, w: tf.Tensor): tf.Tensor4D => apply(x as tf.Tensor4D, w as tf.Tensor4D, dilation);

      it(`${name}, with ${of}: equals its defining sum, and its gradients are those of differences`, function () {
        if (!here()) return this.skip();
        tf.tidy(() => {
          const [x, w] = inputs(width);
          const expected = definition(x, w, dilation, zero);
          f(x, w)
            .dataSync()
            .forEach((y, k) => assertClose("y", y, expected[k], { within: 21 * 21 * 2 ** -24 }));
          checkGradients(f, inputs(width));
        });
      });
    }

  it("that is dilated has the same value and gradient on a backend without the native operation", async () => {
    const run = (): number[][] =>
      tf.tidy(() => {
        const energy = (x: tf.Tensor, w: tf.Tensor): tf.Scalar =>
          dilatedConvolution(x as tf.Tensor4D, w as tf.Tensor4D, 4)
            .square()
            .sum();
        const { value, grads } = tf.valueAndGrads(energy)(inputs(3));
        return [value, ...grads].map((tensor) => Array.from(tensor.dataSync()));
      });
    const native = run();
    await tf.setBackend("cpu");
    try {
      assert.strictEqual(hasNativeDilation(), false);
      run().forEach((values, k) => {
        const size = Math.max(...values.map(Math.abs)); // sums of at most 96 products
        values.forEach((v, j) => assertClose("value or gradient", native[k][j], v, { within: 96 * 2 ** -24 * size }));
      });
    } finally {
      await tf.setBackend("tensorflow");
    }
  });
});
