import assert from "node:assert";
import { compile } from "../../lib/graph/compile";
import { compileLoop } from "../../lib/graph/compile-loop";
import { tf } from "../../lib/graph/tensorflow";
import { largestDifference, numbers } from "./numbers";

/** A descent on a small regression, with the loss of each step. */
async function descend(onNotice: (message: string) => void) {
  const given = { theta: tf.fill([3], 0.1), x: numbers([5, 3]), y: numbers([5, 1]), rate: tf.scalar(0.1) };
  const { theta, x, y, rate } = given;
  const loop = compileLoop({
    name: "descent",
    state: { theta },
    constants: { x, y },
    inputs: { rate },
    onNotice,
    step: (state, constants, inputs, i) => {
      const loss = (w: tf.Tensor) =>
        tf
          .matMul(constants.x as tf.Tensor2D, w.reshape([3, 1]) as tf.Tensor2D)
          .sub(constants.y)
          .square()
          .mean();
      const { value, grad } = tf.valueAndGrad((w: tf.Tensor) => loss(w))(state.theta);
      return { state: { theta: state.theta.sub(grad.mul(inputs.rate)) }, outputs: { loss: value, i } };
    },
  });
  const outputs = loop.run(0, 4, { rate });
  const result = {
    compiled: loop.compiled,
    theta: [...(await loop.read()).theta],
    loss: [...(await outputs.loss.data())],
    i: [...(await outputs.i.data())],
  };
  loop.dispose();
  tf.dispose([given, outputs]);
  return result;
}

describe("on a backend that is not native TensorFlow", () => {
  const notices: string[] = [];
  const onBackend = async <T>(name: string, action: () => T | Promise<T>): Promise<T> => {
    await tf.setBackend(name);
    try {
      return await action();
    } finally {
      await tf.setBackend("tensorflow");
    }
  };

  it("a loop runs eagerly, says so, gives the same numbers and leaves nothing behind", async () => {
    const native = await descend((message) => notices.push(message));
    assert.deepStrictEqual([native.compiled, notices], [true, []]);
    await onBackend("cpu", async () => {
      const before = tf.memory().numTensors;
      const plain = await descend((message) => notices.push(message));
      assert.strictEqual(tf.memory().numTensors, before);
      assert.strictEqual(plain.compiled, false);
      assert.match(notices.join(), /^descent runs operation by operation: .* the backend in use is "cpu"/);
      assert.deepStrictEqual(plain.i, native.i);
      for (const key of ["theta", "loss"] as const) {
        plain[key].forEach((value, k) => assert.ok(Math.abs(value - native[key][k]) <= 1e-6, `${key}[${k}]`));
      }
    });
  });

  it("a function runs eagerly and says so once", async () => {
    const said: string[] = [];
    const f = compile((x: tf.Tensor) => tf.softmax(x), { name: "weights", onNotice: (message) => said.push(message) });
    const native = tf.tidy(() => [...f(numbers([4])).dataSync()]);
    assert.deepStrictEqual(said, []);
    const plain = await onBackend("cpu", () => tf.tidy(() => [...f(f(numbers([4])).log()).dataSync()]));
    plain.forEach((value, k) => assert.ok(Math.abs(value - native[k]) <= 1e-6));
    assert.strictEqual(said.length, 1);
    assert.match(said[0], /^weights runs operation by operation/);
    f.dispose();
  });

  it("without a listener the notice is one process warning", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    await onBackend("cpu", async () => {
      for (let k = 0; k < 3; k++) compile((x: tf.Tensor) => x.neg(), { name: "mirror" })(tf.scalar(1)).dispose();
      await new Promise((resolve) => setImmediate(resolve));
    });
    process.off("warning", listen);
    assert.deepStrictEqual(warnings.filter(({ message }) => message.startsWith("mirror")).length, 1);
  });

  it("a mode that asks for eager steps needs no notice", () => {
    const x = tf.ones([1]);
    const said: string[] = [];
    const step = (state: { x: tf.Tensor }) => ({ state });
    const loop = compileLoop({ name: "still", mode: "eager", state: { x }, step, onNotice: (m) => said.push(m) });
    assert.deepStrictEqual([loop.compiled, said], [false, []]);
    loop.dispose();
    x.dispose();
  });

  it("the native backend is in use again", () => {
    assert.strictEqual(tf.getBackend(), "tensorflow");
    assert.ok(
      largestDifference(
        tf.tidy(() => tf.ones([2])),
        tf.ones([2]),
      ) === 0,
    );
  });
});
