import assert from "node:assert/strict";
import { convolutionPrecision, withoutBfloat16 } from "../../lib/graph/bfloat16-convolutions";
import { compileLoop } from "../../lib/graph/compile-loop";
import { tf } from "../../lib/graph/tensorflow";
import { UserError } from "../../lib/errors/user-error";
import { dilatedConvolution } from "../../lib/network/convolution";
import { assertClose } from "../assert-close";
import { numbers } from "./numbers";

const [rows, positions, channels, taps] = [8, 20, 16, 3];

/** [y, dx, dw] in a loop of that precision: y = x * w, and the gradients of |y|^2 / 2. */
function convolved(convolutions: "float32" | "bfloat16", dilation: number): Float32Array[] {
  const given = {
    x: numbers([rows, 1, positions, channels]),
    w: numbers([1, taps, channels, channels]),
    y: tf.zeros([rows, 1, positions, channels]),
    dx: tf.zeros([rows, 1, positions, channels]),
    dw: tf.zeros([1, taps, channels, channels]),
  };
  const loop = compileLoop({
    name: "convolution",
    convolutions,
    state: given,
    step: ({ x, w }) => {
      const y = dilatedConvolution(x as tf.Tensor4D, w as tf.Tensor4D, dilation);
      const [dx, dw] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
        dilatedConvolution(a as tf.Tensor4D, b as tf.Tensor4D, dilation)
          .square()
          .sum()
          .mul(0.5),
      )([x, w]);
      return { state: { x, w, y, dx, dw } };
    },
  });
  try {
    tf.dispose(loop.run(0, 1));
    const { y, dx, dw } = loop.tensors("y", "dx", "dw");
    const values = [y, dx, dw].map((t) => t.dataSync<"float32">().slice());
    tf.dispose([y, dx, dw]);
    return values;
  } finally {
    loop.dispose();
    tf.dispose(given);
  }
}

describe("convolutions in bfloat16", () => {
  for (const dilation of [1, 2]) {
    it(`differ from single precision by the rounding of their factors and results (dilation ${dilation})`, function () {
      if (withoutBfloat16() !== undefined) this.skip();
      const [exact, rounded] = [convolved("float32", dilation), convolved("bfloat16", dilation)];
      ["y", "dx", "dw"].forEach((what, k) => {
        let [difference, size] = [0, 0];
        exact[k].forEach((v, i) => {
          difference += (rounded[k][i] - v) ** 2;
          size += v * v;
        });
        // Each factor is off by 2^-9 at most, relatively, and so is the result; y, off itself, is a factor of dx and
        // dw. The errors of the terms of a sum have either sign, so that all together stay below the sum of four times
        // 2^-9.
        const relative = Math.sqrt(difference / size);
        assertClose(`relative difference of ${what}`, relative, 0, { within: 4 * 2 ** -9 });
        assert.ok(relative > 2 ** -12, `${what} is off by ${relative}: nothing was rounded`);
      });
    });
  }

  it("are known from the processor's own list of abilities", () => {
    assert.equal(withoutBfloat16("flags : fpu avx512_bf16 amx_tile"), undefined);
    assert.equal(withoutBfloat16("flags : fpu amx_bf16"), undefined);
    assert.match(withoutBfloat16("flags : fpu avx2 avx512f") ?? "", /no bfloat16 units/);
    assert.match(withoutBfloat16("") ?? "", /cannot be read/);
  });

  const without = { onGpu: false, description: "flags : fpu avx2" };
  const able = { onGpu: false, description: "flags : fpu amx_bf16" };

  it("are refused, with the remedy, where the processor has no units for them", () => {
    assert.throws(
      () => convolutionPrecision("bfloat16", without),
      (e) =>
        e instanceof UserError &&
        /convolutions in bfloat16: .* no bfloat16 units .*; choose "auto" or "float32"/.test(e.message),
    );
    assert.equal(convolutionPrecision("float32", without), "float32");
    assert.equal(convolutionPrecision("bfloat16", able), "bfloat16");
  });

  it('"auto" takes them where the processor has units, and neither on another nor on a graphics card', () => {
    assert.equal(convolutionPrecision("auto", able), "bfloat16");
    assert.equal(convolutionPrecision("auto", without), "float32");
    assert.equal(convolutionPrecision("auto", { ...able, onGpu: true }), "float32");
  });
});
