import assert from "node:assert";
import { convolution, type Padding } from "../../lib/graph/convolution";
import { filmSilu } from "../../lib/graph/film";
import { tf } from "../../lib/graph/tensorflow";
import { assertClose } from "../assert-close";
import { numbers } from "./numbers";

/** The defining sum, in double precision. */
function definition(x: tf.Tensor4D, w: tf.Tensor4D, dilation: number, padding: Padding): number[] {
  const [batch, , cells, channels] = x.shape;
  const [, width, , out] = w.shape;
  const [xs, ws] = [x.dataSync(), w.dataSync()];
  const reach = dilation * (width - 1);
  const left = padding === "same" ? Math.floor(reach / 2) : 0;
  const cellsOut = padding === "same" ? cells : cells - reach;
  const y: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let n = 0; n < cellsOut; n++)
      for (let o = 0; o < out; o++) {
        let sum = 0;
        for (let k = 0; k < width; k++) {
          const from = n + dilation * k - left;
          if (from < 0 || from >= cells) continue;
          for (let c = 0; c < channels; c++) {
            sum += xs[(b * cells + from) * channels + c] * ws[(k * channels + c) * out + o];
          }
        }
        y.push(sum);
      }
  return y;
}

/** The derivative of f along `direction` at x, by central differences of fourth order. */
function slope(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, direction: tf.Tensor): number {
  const h = 0.05;
  const at = (step: number) => f(x.add(direction.mul(step * h))).dataSync()[0];
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
}

/** Each gradient of sum(f^2), projected on a fixed direction, against differences. */
function checkGradients(f: (...x: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): void {
  const energy = (...x: tf.Tensor[]) => f(...x).square().sum(); // prettier-ignore
  const gradients = tf.grads(energy)(inputs);
  inputs.forEach((input, k) => {
    const direction = numbers(input.shape).mul(0.3).add(0.1);
    const along = gradients[k].mul(direction).sum().dataSync()[0];
    const expected = slope((x) => energy(...inputs.map((other, j) => (j === k ? x : other))), input, direction);
    const size = gradients[k].norm().dataSync()[0] * direction.norm().dataSync()[0];
    assertClose(`gradient ${k}`, along, expected, { within: 2e-4 * size });
  });
}

describe("convolution along a line of cells", () => {
  for (const padding of ["same", "valid"] as const) {
    for (const [width, dilation] of [
      [1, 1],
      [3, 1],
      [7, 1],
      [3, 2],
      [3, 4],
      [2, 3],
    ]) {
      // prettier-ignore
      it(`of width ${width}, dilation ${dilation}, ${padding}: equals its defining sum`, () =>
        void tf.tidy(() => {
          const [x, w] = [numbers([2, 1, 13, 3]), numbers([1, width, 3, 4])] as tf.Tensor4D[];
          const got = convolution(x, w, { dilation, padding });
          const expected = definition(x, w, dilation, padding);
          assert.strictEqual(got.size, expected.length);
          got.dataSync().forEach((y, k) => assertClose("y", y, expected[k], { within: 1e-5 }));
        }));

      it(`of width ${width}, dilation ${dilation}, ${padding}: its gradients are those of differences`, () =>
        void tf.tidy(() => {
          const f = (x: tf.Tensor, w: tf.Tensor) =>
            convolution(x as tf.Tensor4D, w as tf.Tensor4D, { dilation, padding });
          checkGradients(f, [numbers([2, 1, 13, 3]), numbers([1, width, 3, 4])]);
        }));
    }
  }

  it("refuses shapes and dilations that mean nothing", () =>
    void tf.tidy(() => {
      const [x, w] = [numbers([2, 1, 13, 3]), numbers([1, 3, 3, 4])] as tf.Tensor4D[];
      assert.throws(() => convolution(x, numbers([1, 3, 2, 4]) as tf.Tensor4D), /got \[2,1,13,3\] and \[1,3,2,4\]/);
      assert.throws(() => convolution(numbers([2, 2, 13, 3]) as tf.Tensor4D, w), /x must be \[batch, 1, cells/);
      assert.throws(() => convolution(x, w, { dilation: 1.5 }), /dilation must be a whole number/);
      assert.throws(() => convolution(x, w, { dilation: 7, padding: "valid" }), /reaches over 15 cells, but x has 13/);
    }));
});

describe("feature-wise modulation with SiLU", () => {
  for (const shape of [
    [2, 6, 3],
    [2, 1, 6, 3],
  ]) {
    // prettier-ignore
    const inputs = () => {
      const few = shape.map((size, axis) => (axis === 0 || axis === shape.length - 1 ? size : 1));
      return [numbers(shape).mul(2), numbers(few).add(0.5), numbers(few).mul(0.7)];
    };
    it(`[${shape}]: is z / (1 + exp(-z)) with z = scale x + shift`, () =>
      void tf.tidy(() => {
        const [x, scale, shift] = inputs();
        const z = x.mul(scale).add(shift).dataSync();
        filmSilu(x, scale, shift).dataSync().forEach((y, k) => assertClose("y", y, z[k] / (1 + Math.exp(-z[k])), { within: 1e-6 })); // prettier-ignore
      }));
    it(`[${shape}]: its gradients are those of differences`, () =>
      void tf.tidy(() => checkGradients((x, scale, shift) => filmSilu(x, scale, shift), inputs())));
  }

  it("refuses a scale that is not one number for each sample and channel", () =>
    void tf.tidy(
      () =>
      assert.throws(() => filmSilu(numbers([2, 6, 3]), numbers([3]), numbers([3])), /scale and shift must be \[2,1,3\], got \[3\]/), // prettier-ignore
    ));
});
