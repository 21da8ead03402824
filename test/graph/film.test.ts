import assert from "node:assert";
import { compile } from "../../lib/graph/compile";
import { composed, filmSilu } from "../../lib/graph/film";
import { ownOperations } from "../../lib/graph/own-operations";
import { tf } from "../../lib/graph/tensorflow";
import { assertClose } from "../assert-close";
import { checkGradients, largestDifference, numbers } from "./numbers";

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
        filmSilu(x, scale, shift)
          .dataSync()
          .forEach((y, k) => assertClose("y", y, z[k] / (1 + Math.exp(-z[k])), { within: 1e-6 }));
      }));
    it(`[${shape}]: its gradients are those of differences`, () =>
      void tf.tidy(() => checkGradients((x, scale, shift) => filmSilu(x, scale, shift), inputs())));
  }

  it("refuses a scale that is not one number for each sample and channel", () =>
    void tf.tidy(() =>
      assert.throws(
        () => filmSilu(numbers([2, 6, 3]), numbers([3]), numbers([3])),
        /scale and shift must be \[2,1,3\], got \[3\]/,
      ),
    ));

  describe("as one native operation", function () {
    before(function () {
      // Where set-up could not compile it there is nothing to compare; doctor says why.
      if (!ownOperations().loaded) this.skip();
    });
    // Widths beside those of vector registers, one position, no sample; the largest is divided among threads.
    for (const shape of [
      [3, 1, 7, 5],
      [2, 1, 64],
      [1, 2, 3, 17],
      [0, 4, 8],
      [600, 1, 20, 64],
    ]) {
      const few = shape.map((size, axis) => (axis === 0 || axis === shape.length - 1 ? size : 1));
      it(`[${shape}]: is that of double precision to rounding, forward and back`, () =>
        void tf.tidy(() => {
          // z of some hundreds, where exp overflows, and of order one.
          const inputs = [numbers(shape).mul(20), numbers(few).mul(20), numbers(few).mul(0.7)];
          const dy = numbers(shape);
          const exact = inDouble(inputs, dy);
          expectWithin("y", filmSilu(inputs[0], inputs[1], inputs[2]), exact.y);
          const gradients = tf.grads((x, a, b) => filmSilu(x, a, b).mul(dy).sum())(inputs);
          gradients.forEach((gradient, k) => expectWithin(`gradient ${k}`, gradient, exact.gradients[k]));
        }));
    }

    it("agrees with TensorFlow's operations", () =>
      void tf.tidy(() => {
        const [x, a, b] = [numbers([5, 1, 20, 64]), numbers([5, 1, 1, 64]), numbers([5, 1, 1, 64])];
        // Numbers of order one: some roundings of one.
        assertClose("difference", largestDifference(filmSilu(x, a, b), composed(x, a, b)), 0, { within: 4 * 2 ** -23 });
      }));

    it("keeps what is not a number, and takes the limits of infinity", () =>
      void tf.tidy(() => {
        const one = tf.ones([1, 3]);
        const y = filmSilu(tf.tensor2d([[NaN, Infinity, -1e30]]), one, tf.zeros([1, 3])).dataSync();
        assert.deepStrictEqual([...y], [NaN, Infinity, -0]);
      }));

    it("is the same number in a compiled function", () =>
      void tf.tidy(() => {
        const inputs = [numbers([70, 1, 6, 5]), numbers([70, 1, 1, 5]), numbers([70, 1, 1, 5])] as const;
        const compiled = compile((x: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => filmSilu(x, a, b));
        assert.deepStrictEqual(compiled(...inputs).dataSync(), filmSilu(...inputs).dataSync());
        compiled.dispose();
      }));
  });
});

interface Bounded {
  readonly values: Float64Array;
  /** What single precision may be off by: some roundings of every quantity on the way. */
  readonly within: Float64Array;
}

/** y and its gradients along dy, in double precision, with bounds of the error of single precision. */
function inDouble(inputs: tf.Tensor[], dy: tf.Tensor): { y: Bounded; gradients: Bounded[] } {
  const [x, a, b] = inputs.map((input) => input.dataSync());
  const along = dy.dataSync();
  const [samples, channels] = [dy.shape[0], dy.shape[dy.rank - 1]];
  const bounded = (size: number): Bounded => ({ values: new Float64Array(size), within: new Float64Array(size) });
  const [y, dx] = [bounded(dy.size), bounded(dy.size)];
  const [dscale, dshift] = [bounded(samples * channels), bounded(samples * channels)];
  const add = (to: Bounded, at: number, value: number, within: number): void => {
    to.values[at] += value;
    to.within[at] += 8 * 2 ** -23 * within;
  };
  const size = dy.size / samples; // of one sample
  for (let k = 0; k < dy.size; k++) {
    const few = Math.floor(k / size) * channels + (k % channels);
    const z = a[few] * x[k] + b[few];
    const s = 1 / (1 + Math.exp(-z));
    const dz = along[k] * s * (1 + z * (1 - s));
    const rounding = 1 + Math.abs(z); // of z itself: the slopes of y and dy are below 1.1
    add(y, k, z * s, rounding);
    add(dx, k, a[few] * dz, Math.abs(a[few] * along[k]) * rounding);
    add(dscale, few, x[k] * dz, Math.abs(x[k] * along[k]) * rounding);
    add(dshift, few, dz, Math.abs(along[k]) * rounding);
  }
  return { y, gradients: [dx, dscale, dshift] };
}

function expectWithin(what: string, got: tf.Tensor, { values, within }: Bounded): void {
  assert.strictEqual(got.size, values.length);
  got.dataSync().forEach((value, k) => assertClose(`${what}[${k}]`, value, values[k], { within: within[k] }));
}
