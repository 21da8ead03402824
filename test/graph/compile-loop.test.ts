import assert from "node:assert";
import { compileLoop } from "../../lib/graph/compile-loop";
import type { LoopDefinition } from "../../lib/graph/loop";
import { tf } from "../../lib/graph/tensorflow";
import { randomIntegers, randomNormal, seedTensor } from "../../lib/random/tensors";
import { stream } from "../../lib/random/stream";
import { numbers } from "./numbers";

/** A noisy relaxation towards rows of a resident table, with a rate from outside. */
function relaxation(mode: "graph" | "eager" = "graph") {
  const draws = stream(3).child("relaxation");
  const given = { x: numbers([4]), mean: tf.zeros([4]), table: numbers([7, 4]), rate: tf.scalar(0) };
  const loop = compileLoop({
    name: "relaxation",
    mode,
    state: { x: given.x, mean: given.mean },
    constants: { table: given.table },
    inputs: { rate: given.rate },
    step: ({ x, mean }, { table }, { rate }, i) => {
      const seed = seedTensor(draws, i);
      const row = tf.gather(table, randomIntegers([1], seed, 7)).squeeze([0]);
      const next = x.add(row.sub(x).mul(rate)).add(randomNormal([4], seed).mul(0.1));
      const count = i.cast("float32");
      const state = { x: next, mean: mean.mul(count).add(next).div(count.add(1)) };
      return { state, outputs: { energy: next.square().sum(), i, pair: next.slice([0], [2]) } };
    },
  });
  tf.dispose(given);
  return loop;
}

/** Runs the given numbers of steps one after the other and returns everything that came out. */
async function results(loop: ReturnType<typeof relaxation>, counts: readonly number[]) {
  const rate = tf.scalar(0.3);
  const energy: number[] = [];
  let first = 0;
  for (const count of counts) {
    const outputs = loop.run(first, count, { rate });
    energy.push(...outputs.energy.dataSync());
    first += count;
    tf.dispose(outputs);
  }
  const state = await loop.read();
  loop.dispose();
  rate.dispose();
  return { energy, x: [...state.x], mean: [...state.mean] };
}

describe("a compiled loop", () => {
  it("makes the same steps as the eager loop, within rounding", async () => {
    const [graph, eager] = [await results(relaxation(), [6]), await results(relaxation("eager"), [6])];
    for (const key of ["energy", "x", "mean"] as const) {
      graph[key].forEach((value, k) => assert.ok(Math.abs(value - eager[key][k]) <= 1e-6, `${key}[${k}]`));
    }
  });

  it("gives the same bits with the same seed, run again", async () => {
    assert.deepStrictEqual(await results(relaxation(), [5, 5]), await results(relaxation(), [5, 5]));
  });

  it("gives the same bits however its steps are divided into calls", async () => {
    const whole = await results(relaxation(), [10]);
    assert.deepStrictEqual(await results(relaxation(), [5, 5]), whole);
    assert.deepStrictEqual(await results(relaxation(), [1, 2, 7]), whole);
  });

  it("goes on from a stored state as if it had not been interrupted", async () => {
    const whole = await results(relaxation(), [8]);
    const rate = tf.scalar(0.3);
    const one = relaxation();
    tf.dispose(one.run(0, 3, { rate }));
    const stored = await one.read();
    one.dispose();
    const two = relaxation();
    two.write(stored);
    tf.dispose(two.run(3, 5, { rate }));
    assert.deepStrictEqual([...(await two.read("x")).x], whole.x);
    two.dispose();
    rate.dispose();
  });

  it("returns the outputs of every step as rows, with the step's number counted from `first`", () =>
    void tf.tidy(() => {
      const loop = relaxation();
      const { i, pair, energy } = loop.run(4, 3, { rate: tf.scalar(1) });
      loop.dispose();
      assert.deepStrictEqual([...i.dataSync()], [4, 5, 6]);
      assert.deepStrictEqual([pair.shape, energy.shape], [[3, 2], [3]]);
    }));

  it("uses new inputs and new constants", async () => {
    const given = { x: tf.tensor1d([0, 0]), c: tf.tensor1d([1, 2]), a: tf.scalar(0) };
    const loop = compileLoop({
      name: "sum",
      state: { x: given.x },
      constants: { c: given.c },
      inputs: { a: given.a },
      step: ({ x }, { c }, { a }) => ({ state: { x: x.add(c.mul(a)) } }),
    });
    const a = tf.scalar(10);
    loop.run(0, 2, { a });
    assert.deepStrictEqual([...(await loop.read()).x], [20, 40]);
    loop.setConstants({ c: Float32Array.of(-1, 0) });
    loop.run(2, 1, { a });
    assert.deepStrictEqual([...(await loop.read()).x], [10, 40]);
    loop.dispose();
    tf.dispose([given, a]);
  });

  it("keeps its own copy of what it was given and gives copies away", async () => {
    const data = Float32Array.of(1, 2);
    const x = tf.tensor1d(data);
    const loop = compileLoop({ name: "copy", state: { x }, step: (state) => ({ state: { x: state.x.mul(1) } }) });
    data[0] = 99;
    assert.deepStrictEqual([...(await loop.read()).x], [1, 2]);
    const numbersGiven = Float32Array.of(3, 4);
    loop.write({ x: numbersGiven });
    numbersGiven[0] = 99;
    const read = await loop.read();
    read.x[1] = 99;
    assert.deepStrictEqual([...(await loop.read()).x], [3, 4]);
    loop.dispose();
    x.dispose();
  });

  it("does not share its variables with another loop of the same names", async () => {
    const [one, two] = [relaxation(), relaxation()];
    one.write({ x: new Float32Array(4) });
    assert.notStrictEqual((await two.read()).x[0], 0);
    one.dispose();
    two.dispose();
  });

  for (const mode of ["graph", "eager"] as const) {
    it(`leaves no tensor behind, ${mode}`, async () => {
      const before = tf.memory().numTensors;
      await results(relaxation(mode), [3, 3, 3]);
      assert.strictEqual(tf.memory().numTensors, before);
    });

    it(`releases what a step carries out of a gradient by tf.keep, ${mode}`, () => {
      const x = numbers([3]);
      const before = tf.memory().numTensors;
      const loop = compileLoop({
        name: "kept",
        mode,
        state: { x },
        step: (state) => {
          let size: tf.Tensor | undefined;
          const grad = tf.grad((y: tf.Tensor) => {
            size = tf.keep(y.abs().sum());
            return y.square().sum();
          })(state.x);
          return { state: { x: state.x.sub(grad.mul(0.1)) }, outputs: { size: size! } };
        },
      });
      tf.dispose(loop.run(0, 3));
      loop.dispose();
      assert.strictEqual(tf.memory().numTensors, before);
      x.dispose();
    });

    it(`refuses what does not fit and names it, ${mode}`, () =>
      void tf.tidy(() => {
        const loop = relaxation(mode);
        const rate = tf.scalar(1);
        const wrong = (value: unknown) => value as never;
        assert.throws(
          () => loop.run(0, 1, { rate: tf.ones([2]) as tf.Scalar }),
          /relaxation: inputs.rate must be float32 \[\] .* got float32 \[2\]/,
        );
        assert.throws(() => loop.run(0, 1, { rate: tf.scalar(1, "int32") }), /got int32/);
        assert.throws(() => loop.run(0, 1), /inputs.rate must be .* got undefined/);
        assert.throws(() => loop.run(0, 1, wrong({ rate, speed: rate })), /no inputs.speed, only rate/);
        assert.throws(() => loop.run(0, 0, { rate }), /count >= 1 .* got 0 and 0/);
        assert.throws(() => loop.run(-1, 1, { rate }), /first >= 0/);
        assert.throws(() => loop.run(2 ** 31 - 1, 2, { rate }), /2\^31/);
        assert.throws(() => loop.write({ x: new Float32Array(5) }), /state.x takes 4 numbers \[4\], got 5/);
        assert.throws(() => loop.write(wrong({ y: rate })), /no state.y, only x, mean/);
        assert.throws(() => loop.setConstants({ table: tf.ones([6, 4]) }), /constants.table must be float32 \[7,4\]/);
        assert.throws(() => loop.tensors(wrong("y")), /no state.y/);
        loop.dispose();
        loop.dispose();
        assert.throws(() => loop.run(0, 1, { rate }), /disposed/);
      }));

    it(`refuses a step that returns another shape, ${mode}`, () =>
      void tf.tidy(() => {
        const definition: LoopDefinition<
          { x: tf.Tensor },
          object & Record<never, never>,
          Record<never, never>,
          Record<never, never>
        > = {
          name: "growth",
          mode,
          state: { x: tf.ones([2]) },
          step: ({ x }) => ({ state: { x: x.tile([2]) } }),
        };
        assert.throws(
          () => void compileLoop(definition).run(0, 1),
          /growth: the step's state.x must be float32 \[2\] .* got float32 \[4\]/,
        );
      }));
  }

  it("verify notices that the step has become another one", () =>
    void tf.tidy(() => {
      let factor = 2;
      const loop = compileLoop({
        name: "growth",
        state: { x: tf.ones([2]) },
        step: ({ x }) => ({ state: { x: x.mul(factor) } }),
      });
      loop.verify();
      factor = 3;
      assert.throws(() => loop.verify(), /growth .* two recordings differ/);
      loop.dispose();
    }));

  it("refuses names that a graph cannot carry", () => {
    const x = tf.ones([1]);
    assert.throws(
      () => compileLoop({ name: "n", state: { "a,b": x }, step: (state) => ({ state }) }),
      /state.a,b must be named/,
    );
    x.dispose();
  });
});
