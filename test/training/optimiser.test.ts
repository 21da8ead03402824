import { assertClose } from "../assert-close";
import { tf } from "../../lib/graph/tensorflow";
import { stream } from "../../lib/random/stream";
import { optimiserStep, orthogonalise, rateFactor } from "../../lib/training/optimiser";

const options = {
  steps: 100,
  learningRate: 0.01,
  orthogonalRate: 0,
  warmUp: 10,
  finalFraction: 0.1,
  clip: 1e9,
  average: 0.9,
  betas: [0.9, 0.99] as const,
};
const i32 = (x: number): tf.Scalar => tf.scalar(x, "int32");

describe("optimiser", () => {
  it("makes Adam's steps: three of them as written in the paper, in double precision", () => {
    const parameters = [{ name: "w", shape: [4], initial: { kind: "zeros" as const } }];
    const gradients = [0, 1, 2].map((n) => Array.from(stream(4).child(n).normals(4)));
    const theta = [0.3, -0.1, 0, 2];
    const [m, v] = [new Float64Array(4), new Float64Array(4)];
    const average = [...theta];
    let state = {
      theta: tf.tensor1d(theta),
      first: tf.zeros([4]) as tf.Tensor1D,
      second: tf.zeros([4]) as tf.Tensor1D,
      average: tf.tensor1d(theta),
    };
    gradients.forEach((g, n) => {
      state = optimiserStep(state, tf.tensor1d(g), i32(n), parameters, options) as typeof state;
      const rate = 0.01 * ((n + 1) / 10) * (0.1 + 0.9 * 0.5 * (1 + Math.cos((Math.PI * n) / 100)));
      for (let k = 0; k < 4; k++) {
        m[k] = 0.9 * m[k] + 0.1 * g[k];
        v[k] = 0.99 * v[k] + 0.01 * g[k] ** 2;
        theta[k] -= (rate * m[k]) / (1 - 0.9 ** (n + 1)) / (Math.sqrt(v[k] / (1 - 0.99 ** (n + 1))) + 1e-8);
        average[k] = 0.9 * average[k] + 0.1 * theta[k];
      }
    });
    state.theta.dataSync().forEach((x, k) => assertClose(`parameter ${k}`, x, theta[k], { within: 1e-6 }));
    state.average.dataSync().forEach((x, k) => assertClose(`average ${k}`, x, average[k], { within: 1e-6 }));
  });

  it("moves a block's kernel by rate times the orthogonal factor of g + 0.95 b, b its momentum, and all else by Adam", () => {
    const kernel = { name: "blocks.0.conv1.weight", shape: [1, 3, 2, 4], initial: { kind: "zeros" as const } };
    const parameters = [{ ...kernel, name: "head.weight" }, kernel];
    const orthogonal = { ...options, orthogonalRate: 0.02 };
    const zero = () => tf.zeros([48]) as tf.Tensor1D;
    let state = { theta: zero(), first: zero(), second: zero(), average: zero() };
    let adam = state;
    const b = new Float64Array(24);
    const theta = new Float64Array(24);
    for (let n = 0; n < 3; n++) {
      const g = tf.tensor1d(Array.from(stream(8).child(n).normals(48)));
      state = optimiserStep(state, g, i32(n), parameters, orthogonal) as typeof state;
      adam = optimiserStep(adam, g, i32(n), parameters, options) as typeof state;
      const own = g.dataSync().subarray(24);
      const u = b.map((old, k) => own[k] + 0.95 * (b[k] = 0.95 * old + own[k]));
      const q = orthogonalise(tf.tensor3d(Float32Array.from(u), [1, 6, 4])).dataSync();
      const rate = 0.02 * ((n + 1) / 10) * (0.1 + 0.9 * 0.5 * (1 + Math.cos((Math.PI * n) / 100)));
      for (let k = 0; k < 24; k++) theta[k] -= rate * q[k];
    }
    const [ours, adams] = [state.theta.dataSync(), adam.theta.dataSync()];
    for (let k = 0; k < 24; k++) {
      assertClose(`other parameter ${k}`, ours[k], adams[k], { within: 1e-7 });
      assertClose(`entry ${k} of the kernel`, ours[24 + k], theta[k], { within: 1e-5 });
    }
  });

  it("clips the gradient to its norm", () => {
    const parameters = [{ name: "w", shape: [2], initial: { kind: "zeros" as const } }];
    const zero = () => tf.zeros([2]) as tf.Tensor1D;
    const state = { theta: zero(), first: zero(), second: zero(), average: zero() };
    const next = optimiserStep(state, tf.tensor1d([30, 40]), i32(0), parameters, { ...options, clip: 0.5 });
    const [a, b] = next.first.dataSync();
    assertClose("norm of the first moment", Math.hypot(a, b), 0.1 * 0.5, { within: 1e-6 });
  });

  for (const shape of [
    [30, 12],
    [12, 30],
  ]) {
    it(`makes a ${shape.join(" x ")} update nearly orthogonal: singular values between 0.6 and 1.3`, () => {
      const [rows, columns] = shape;
      const x = tf.tensor3d(Float32Array.from(stream(6).normals(rows * columns)), [1, rows, columns]);
      const q = orthogonalise(x).squeeze([0]) as tf.Tensor2D;
      // Singular values by the Gram matrix: |q w| over |w| for many w brackets them.
      const wide = rows < columns ? (q.transpose() as tf.Tensor2D) : q;
      const n = Math.min(rows, columns);
      const w = tf.tensor2d(Float32Array.from(stream(7).normals(n * 200)), [n, 200]);
      const ratio = tf
        .norm(tf.matMul(wide, w), 2, 0)
        .div(tf.norm(w, 2, 0))
        .dataSync();
      ratio.forEach((r) => assertClose("stretch", r, 0.95, { within: 0.35 }));
    });
  }

  it("warms up linearly and ends at the final fraction", () => {
    assertClose("first step", rateFactor(i32(0), options).dataSync()[0], 0.1, { within: 1e-6 });
    assertClose("last step", rateFactor(i32(100), options).dataSync()[0], 0.1, { within: 1e-6 });
    assertClose("half way", rateFactor(i32(50), options).dataSync()[0], 0.55, { within: 1e-6 });
  });
});
