import assert from "node:assert";
import { tf } from "../../lib/graph/tensorflow";
import { type Architecture, fast, onAxis, published, smoke } from "../../lib/network/architectures";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const s = stream(21);
const random = (shape: number[], name: string): tf.Tensor =>
  tf.tensor(Float32Array.from(s.child(name).normals(shape.reduce((a, b) => a * b, 1))), shape);
const active: Architecture = { ...smoke, zeroOutput: false };

function evaluate(a: Architecture, change: { z?: number; t?: number } = {}): Float32Array {
  const network = scoreNetwork(a);
  return tf
    .tidy(() => {
      const theta = tf.tensor1d(network.initial(s.child("theta")));
      const z = random([2, a.conditions], "z").add(change.z ?? 0) as tf.Tensor2D;
      const t = tf.fill([2, 1], 0.3 + (change.t ?? 0)) as tf.Tensor2D;
      return network.apply(theta, random([2, a.cells, a.channelsIn], "x") as tf.Tensor3D, z, t);
    })
    .dataSync<"float32">();
}

const distance = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((v, i) => Math.abs(v - b[i])));

describe("the score network", () => {
  it("has 188,426 parameters at size fast, and starts as the model without a network", () => {
    assert.strictEqual(scoreNetwork(fast).size, 188426);
    assert(evaluate(smoke).every((v) => v === 0));
  });

  for (const size of [fast, published, smoke]) {
    it(`conditioned by FiLM, by concatenation or not at all, the ${size.name} network has the same size to 0.1 %`, () => {
      const film = scoreNetwork(size).size;
      for (const conditioning of ["concatenated", "none"] as const) {
        const other = scoreNetwork({ ...size, conditioning }).size;
        assertClose(conditioning, other, film, { within: 1e-3 * film });
      }
    });
  }

  it("sees the conditions through FiLM and as channels, and not without conditioning; it always sees the time", () => {
    for (const [conditioning, sees] of [
      ["film", true],
      ["concatenated", true],
      ["none", false],
    ] as const) {
      // prettier-ignore
      const a = { ...active, conditioning };
      const reference = evaluate(a);
      assert.strictEqual(distance(evaluate(a, { z: 0.5 }), reference) > 1e-4, sees, `${conditioning}: conditions`);
      assert(distance(evaluate(a, { t: 0.2 }), reference) > 1e-4, `${conditioning}: time`);
    }
  });

  it("gradients agree with differences of the output along random directions", () => {
    for (const conditioning of ["film", "concatenated"] as const) {
      const network = scoreNetwork({ ...active, conditioning });
      const theta = tf.tensor1d(network.initial(s.child("theta")));
      const direction = random([network.size], "direction") as tf.Tensor1D;
      const [x, z, t] = [random([4, 100, 4], "gx"), random([4, 3], "gz"), random([4, 1], "gt")];
      const weights = random([4, 100, 2], "gw");
      const f = (p: tf.Tensor): tf.Scalar =>
        network
          .apply(p as tf.Tensor1D, x as tf.Tensor3D, z as tf.Tensor2D, t as tf.Tensor2D)
          .mul(weights)
          .sum();
      const slope = tf.grad(f)(theta).mul(direction).sum().dataSync()[0];
      const h = 1e-3;
      const difference =
        (f(theta.add(direction.mul(h))).dataSync()[0] - f(theta.sub(direction.mul(h))).dataSync()[0]) / (2 * h);
      assertClose(conditioning, slope, difference, { within: 0.01 * Math.abs(difference) + 0.5 });
      tf.dispose([theta, direction, x, z, t, weights]);
    }
  });

  it("gives every sample of a large batch what it gives it alone, and their gradients sum", () =>
    void tf.tidy(() => {
      const network = scoreNetwork(active);
      const theta = tf.tensor1d(network.initial(s.child("theta")));
      const [batch, part] = [64, 16];
      const all = [random([batch, 100, 4], "bx"), random([batch, 3], "bz"), random([batch, 1], "bt")];
      const weights = random([batch, 100, 2], "bw");
      const rows = (x: tf.Tensor, first: number, count: number): tf.Tensor =>
        tf.concat(tf.split(x, batch).slice(first, first + count));
      const run = (first: number, count: number) => {
        const [x, z, t, w] = [...all, weights].map((tensor) => rows(tensor, first, count));
        const apply = (p: tf.Tensor): tf.Tensor3D =>
          network.apply(p as tf.Tensor1D, x as tf.Tensor3D, z as tf.Tensor2D, t as tf.Tensor2D);
        return { y: apply(theta), gradient: tf.grad((p: tf.Tensor) => apply(p).mul(w).sum())(theta) };
      };
      const whole = run(0, batch);
      const parts = [0, 16, 32, 48].map((first) => run(first, part));
      for (const [what, got, expected] of [
        ["output", whole.y, tf.concat(parts.map(({ y }) => y))],
        ["gradient", whole.gradient, tf.addN(parts.map(({ gradient }) => gradient))],
      ] as const) {
        const size = expected.abs().max().dataSync()[0];
        // sums in another order: some tens of roundings of the largest value
        assertClose(what, got.sub(expected).abs().max().dataSync()[0], 0, { within: 64 * 2 ** -24 * size });
      }
    }));

  it("draws PyTorch's initial laws: uniform within 1 / sqrt(fan in), each piece from a stream of its own", () => {
    const network = scoreNetwork(published);
    const theta = network.initial(stream(3));
    assert.deepStrictEqual(network.initial(stream(3)), theta);
    let offset = 0;
    for (const { name, shape, initial } of network.parameters) {
      const count = shape.reduce((a, b) => a * b, 1);
      const piece = theta.subarray(offset, (offset += count));
      const variance = piece.reduce((sum, v) => sum + v * v, 0) / count;
      const expected =
        initial.kind === "uniform" ? initial.bound ** 2 / 3 : initial.kind === "normal" ? initial.std ** 2 : 0;
      assertClose(`variance of ${name}`, variance, expected, { within: expected * 6 * Math.sqrt(2 / count) });
      if (/conv1.weight/.test(name))
        assert(initial.kind === "uniform" && Math.abs(initial.bound - 1 / Math.sqrt(7 * 64)) < 1e-12);
    }
  });

  it("fits any number of cells with the next smaller patch and dilations that divide, and 100 as it is", () => {
    assert.deepEqual(onAxis(fast, 100), fast);
    const { patch, dilations, cells } = onAxis(fast, 24);
    assert.deepEqual([patch, dilations, cells], [4, [1, 2, 3, 1], 24]);
    for (const n of [11, 24, 50, 97]) assert.equal(scoreNetwork(onAxis(fast, n)).size > 0, true, `${n} cells`);
  });

  it("refuses inputs and architectures that do not fit, naming both", () => {
    const network = scoreNetwork(smoke);
    const theta = tf.zeros<tf.Rank.R1>([network.size]);
    const wrong = (): tf.Tensor => network.apply(theta, tf.zeros([2, 50, 4]), tf.zeros([2, 3]), tf.zeros([2, 1]));
    assert.throws(wrong, /expected x \[batch, 100, 4\].*got \[2,50,4\]/);
    assert.throws(() => scoreNetwork({ ...fast, patch: 3 }), /patch must divide the 100 cells, got 3/);
    assert.throws(() => scoreNetwork({ ...fast, dilations: [3] }), /dilation must divide the 20 positions, got 3/);
    assert.throws(() => scoreNetwork({ ...fast, kernel: 4 }), /kernel must be odd, got 4/);
  });
});
