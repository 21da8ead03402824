import assert from "node:assert";
import { assertClose } from "../assert-close";
import { tf } from "../../lib/graph/tensorflow";
import { stream } from "../../lib/random/stream";
import { randomIntegers, randomNormal, randomUniform, seedTensor } from "../../lib/random/tensors";

/** Runs `draw` with the seed of one step and returns its numbers; nothing is left in TensorFlow's memory. */
function numbers(name: string, step: number, draw: (seed: tf.Tensor1D) => tf.Tensor): Float32Array | Int32Array {
  const t = tf.tidy(() => draw(seedTensor(stream(5).child(name), tf.scalar(step, "int32"))));
  const values = t.dataSync() as Float32Array | Int32Array;
  t.dispose();
  return values;
}

describe("random tensors", () => {
  it("depend on stream, step and shape only", () => {
    const draw = (name: string, step: number) => numbers(name, step, (seed) => randomNormal([4, 5], seed));
    assert.deepStrictEqual(draw("noise", 3), draw("noise", 3));
    assert.notDeepStrictEqual(draw("noise", 3), draw("noise", 4));
    assert.notDeepStrictEqual(draw("noise", 3), draw("time", 3));
  });

  it("normals have mean 0, variance 1 and their share beyond three standard deviations", () => {
    const n = 400_000;
    const z = Float64Array.from(numbers("noise", 0, (seed) => randomNormal([n], seed)));
    const sum = (f: (v: number) => number) => z.reduce((total, v) => total + f(v), 0);
    assertClose("mean", sum((v) => v) / n, 0, { within: 5 / Math.sqrt(n) });
    assertClose("variance", sum((v) => v * v) / n, 1, { within: 5 * Math.sqrt(2 / n) });
    const beyond = 0.0026997960632602 * n;
    assertClose(
      "beyond 3",
      sum((v) => (Math.abs(v) > 3 ? 1 : 0)),
      beyond,
      { within: 5 * Math.sqrt(beyond) },
    );
  });

  it("normals of neighbouring steps are uncorrelated", () => {
    const n = 100_000;
    const [a, b] = [0, 1].map((step) => numbers("noise", step, (seed) => randomNormal([n], seed)));
    const correlation = (a as Float32Array).reduce((total, v, i) => total + v * b[i], 0) / n;
    assertClose("correlation", correlation, 0, { within: 5 / Math.sqrt(n) });
  });

  it("uniforms lie in [0, 1) with mean 1/2, integers in [0, bound) with every value", () => {
    const n = 100_000;
    const u = numbers("u", 0, (seed) => randomUniform([n], seed)) as Float32Array;
    assert.ok(u.every((v) => v >= 0 && v < 1));
    assertClose("mean", u.reduce((a, b) => a + b, 0) / n, 0.5, { within: 5 / Math.sqrt(12 * n) });
    const k = numbers("k", 0, (seed) => randomIntegers([n], seed, 7)) as Int32Array;
    assert.ok(k instanceof Int32Array);
    assert.deepStrictEqual([...new Set(k)].sort(), [0, 1, 2, 3, 4, 5, 6]);
    assertClose("mean", k.reduce((a, b) => a + b, 0) / n, 3, { within: (5 * 2) / Math.sqrt(n) });
  });

  it("leaves no tensors behind but the result", () => {
    const before = tf.memory().numTensors;
    const seed = tf.tidy(() => seedTensor(stream(5), tf.scalar(0, "int32")));
    const results = [randomNormal([3], seed), randomUniform([3], seed), randomIntegers([3], seed, 4)];
    assert.strictEqual(tf.memory().numTensors, before + 4);
    tf.dispose([seed, ...results]);
  });

  it("refuses a seed of the wrong type and an impossible bound", () => {
    const wrong = tf.tensor1d([1, 2]);
    assert.throws(() => randomNormal([2], wrong), /randomNormal: the seed must be an int32 tensor of shape \[2\]/);
    wrong.dispose();
    assert.throws(() => numbers("k", 0, (seed) => randomIntegers([2], seed, 0)), /randomIntegers: the bound/);
  });
});
