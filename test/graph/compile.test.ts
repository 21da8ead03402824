import assert from "node:assert";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { compile } from "../../lib/graph/compile";
import { filmSilu } from "../../lib/graph/film";
import { tf } from "../../lib/graph/tensorflow";
import { randomNormal } from "../../lib/random/tensors";
import { ints, largestDifference, numbers } from "./numbers";

const gradients = (f: (...x: tf.Tensor[]) => tf.Tensor, ...x: tf.Tensor[]) =>
  tf.grads((...y: tf.Tensor[]) => f(...y).square().sum())(x); // prettier-ignore

interface Row {
  readonly of: string;
  readonly fn: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  readonly on: () => tf.Tensor[];
  /**
   * Where the graph optimiser may use another, equally good form: so many units in the last place of the largest value.
   */
  readonly ulps?: number;
}
const matrix = () => [numbers([3, 4])];
const rows: Row[] = [
  { of: "arithmetic with numbers", fn: (x) => x.mul(2).add(1).div(3).sub(x.square()), on: matrix, ulps: 2 },
  { of: "broadcasting", fn: (x, y) => x.mul(y).add(y), on: () => [numbers([3, 4]), numbers([4])] },
  {
    of: "elementary functions",
    fn: (x) => [tf.exp(x), tf.sin(x), tf.log1p(tf.abs(x)), tf.erf(x), tf.tanh(x)],
    on: matrix,
  },
  { of: "silu", fn: (x) => x.mul(tf.sigmoid(x)), on: matrix, ulps: 4 },
  { of: "softplus, elu and relu", fn: (x) => [tf.softplus(x), tf.elu(x), tf.relu(x)], on: matrix },
  { of: "softmax", fn: (x) => tf.softmax(x), on: matrix, ulps: 4 },
  { of: "logSumExp", fn: (x) => tf.logSumExp(x, 1), on: matrix, ulps: 4 },
  { of: "moments", fn: (x) => [tf.moments(x, 1).mean, tf.moments(x, 1).variance], on: matrix },
  { of: "reductions", fn: (x) => [x.sum(), x.mean(0), x.max(1), x.min(), x.prod(1)], on: matrix },
  { of: "matrix products", fn: (x) => [tf.matMul(x, x, true), tf.matMul(x, x, false, true)], on: matrix },
  { of: "products of many small matrices", fn: (x) => tf.matMul(x, x, false, true), on: () => [numbers([5, 3, 4])] },
  { of: "einsum", fn: (x) => tf.einsum("bij,bkj->bik", x, x), on: () => [numbers([2, 3, 4])] },
  { of: "gathering rows", fn: (x, i) => tf.gather(x, i), on: () => [numbers([3, 4]), ints([2, 0, 2, 1])] },
  {
    of: "gathering elements",
    fn: (x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [2, 3],
          ],
          [2, 2],
          "int32",
        ),
      ),
    on: matrix,
  },
  { of: "the largest and their places", fn: (x) => [tf.topk(x, 2).values, tf.topk(x, 2).indices], on: matrix },
  { of: "argMax and argMin", fn: (x) => [tf.argMax(x, 1), tf.argMin(x, 0)], on: matrix },
  { of: "cumulative sums", fn: (x) => tf.cumsum(x, 1), on: matrix },
  { of: "joining and splitting", fn: (x) => tf.concat(tf.split(x, [1, 3], 1).reverse(), 1), on: matrix },
  { of: "stacking", fn: (x) => tf.stack(tf.unstack(x, 1)), on: matrix },
  { of: "slices", fn: (x) => [x.slice([1, 0], [2, 2]), tf.stridedSlice(x, [0, 0], [3, 4], [2, 3])], on: matrix },
  {
    of: "transposing, tiling, padding",
    fn: (x) =>
      tf.pad(tf.tile(x.transpose(), [2, 1]), [
        [1, 1],
        [0, 2],
      ]),
    on: matrix,
  },
  {
    of: "mirrored padding and reversal",
    fn: (x) =>
      tf.reverse(
        tf.mirrorPad(
          x,
          [
            [1, 1],
            [2, 2],
          ],
          "symmetric",
        ),
        1,
      ),
    on: matrix,
  },
  { of: "comparisons and where", fn: (x) => tf.where(x.greater(0), x, x.neg()), on: matrix },
  { of: "one-hot and casts", fn: (i) => tf.oneHot(i, 4).cast("float32"), on: () => [ints([3, 0, 1])] },
  {
    of: "integer arithmetic",
    fn: (i) => [i.mul(tf.scalar(3, "int32")), tf.mod(i, tf.scalar(2, "int32"))],
    on: () => [ints([3, 7, -2])],
  },
  { of: "ranges and grids", fn: (x) => x.add(tf.linspace(0, 1, 4)).add(tf.range(0, 4)), on: matrix, ulps: 2 },
  { of: "clipping", fn: (x) => tf.clipByValue(x, -0.5, 0.5), on: matrix },
  { of: "expandDims and squeeze", fn: (x) => x.expandDims(1).squeeze([1]), on: matrix },
  { of: "Fourier transforms", fn: (x) => tf.abs(tf.spectral.rfft(x)), on: () => [numbers([2, 8])], ulps: 4 },
  { of: "an argument returned as it is", fn: (x) => [x, x.neg(), x], on: matrix },
  { of: "a result that no argument enters", fn: () => tf.ones([2, 2]), on: matrix },
  { of: "stateless random draws", fn: (s) => randomNormal([1000], s as tf.Tensor1D), on: () => [ints([7, 11])] },
  {
    of: "gradients of a matrix product",
    fn: (x, y) => gradients((a, b) => tf.tanh(tf.matMul(a, b)), x, y),
    on: () => [numbers([3, 4]), numbers([4, 2])],
    ulps: 4,
  },
  {
    of: "gradients of conv2d",
    fn: (x, w) => gradients((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, "same"), x, w),
    on: () => [numbers([2, 1, 12, 3]), numbers([1, 5, 3, 4])],
    ulps: 4,
  },
  {
    of: "gradients of FiLM with SiLU",
    fn: (x, a, b) => gradients((...y) => filmSilu(y[0], y[1], y[2]), x, a, b),
    on: () => [numbers([2, 1, 6, 3]), numbers([2, 1, 1, 3]), numbers([2, 1, 1, 3])],
    ulps: 4,
  },
];

describe("a compiled function", () => {
  for (const { of, fn, on, ulps = 0 } of rows) {
    it(`agrees ${ulps === 0 ? "to the last bit" : `within ${ulps} units in the last place`} with the eager one: ${of}`, () =>
      void tf.tidy(() => {
        const inputs = on();
        const compiled = compile((...x: tf.Tensor[]) => fn(...x), { name: of, captures: [] });
        const eager = [fn(...inputs)].flat();
        const graph = [compiled(...inputs)].flat();
        compiled.dispose();
        assert.deepStrictEqual(
          graph.map(({ shape, dtype }) => ({ shape, dtype })),
          eager.map(({ shape, dtype }) => ({ shape, dtype })),
        );
        eager.forEach((expected, k) => {
          const within = ulps * 2 ** -23 * Math.max(1e-30, expected.abs().max().dataSync()[0]);
          assert.ok(largestDifference(graph[k], expected) <= within, `result ${k}`);
        });
      }));
  }

  it("answers with new numbers when it is called with new numbers", () =>
    void tf.tidy(() => {
      const square = compile((x: tf.Tensor) => x.square());
      assert.deepStrictEqual([...square(tf.tensor1d([1, 2])).dataSync()], [1, 4]);
      assert.deepStrictEqual([...square(tf.tensor1d([3, 4])).dataSync()], [9, 16]);
      square.dispose();
    }));

  it("is recorded twice for each new shape or type, and never again", () =>
    void tf.tidy(() => {
      let calls = 0;
      const twice = compile((x: tf.Tensor) => (calls++, x.add(x)));
      for (const shape of [[2], [3], [2], [3], [2, 1]]) twice(tf.ones(shape));
      twice(tf.ones([2], "int32"));
      assert.strictEqual(calls, 8);
      twice.dispose();
    }));

  it("joins the graph of another compiled function that calls it", () =>
    void tf.tidy(() => {
      const inner = compile((x: tf.Tensor) => x.square());
      const outer = compile((x: tf.Tensor) => inner(x).sum());
      assert.strictEqual(outer(tf.tensor1d([1, 2, 3])).dataSync()[0], 14);
      outer.dispose();
    }));

  it("leaves no tensor behind but its results, and no folder", () => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("tensorflow-graph-")).length;
    const x = numbers([3, 4]);
    const before = { tensors: tf.memory().numTensors, folders: folders() };
    const f = compile((y: tf.Tensor) => [tf.softmax(y), y.sum()]);
    for (let k = 0; k < 10; k++) tf.dispose(f(x));
    assert.strictEqual(tf.memory().numTensors, before.tensors);
    assert.ok(folders() <= before.folders);
    f.dispose();
    x.dispose();
  });

  it("works again after dispose", () =>
    void tf.tidy(() => {
      const f = compile((x: tf.Tensor) => x.neg());
      f(tf.ones([1]));
      f.dispose();
      assert.strictEqual(f(tf.ones([1])).dataSync()[0], -1);
      f.dispose();
    }));
});
