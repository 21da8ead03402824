import assert from "node:assert";
import { filmSilu } from "../../lib/graph/film";
import { tf } from "../../lib/graph/tensorflow";
import { assertClose } from "../assert-close";
import { checkGradients, numbers } from "./numbers";

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
