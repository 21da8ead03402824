import assert from "node:assert";
import { compile } from "../../lib/graph/compile";
import { compileLoop } from "../../lib/graph/compile-loop";
import { unrecorded } from "../../lib/graph/record";
import { tf } from "../../lib/graph/tensorflow";

const outside = tf.tensor1d([1, 2, 3]);
tf.tidy(() => void outside.add(1)); // now it lives in the native library
let counter = 0;

interface Mistake {
  readonly what: string;
  readonly fn: (x: tf.Tensor) => tf.Tensor;
  readonly message: RegExp;
}
const mistakes: Mistake[] = [
  { what: "Math.random", fn: (x) => x.mul(Math.random()), message: /two recordings differ .* baked in/ },
  { what: "tf.randomNormal", fn: (x) => x.add(tf.randomNormal([3])), message: /two recordings differ .* baked in/ },
  { what: "a counter in JavaScript", fn: (x) => x.mul(++counter), message: /constant .* then a constant/ },
  { what: "reading a value", fn: (x) => x.mul(x.max().dataSync()[0]), message: /reads a value .* in JavaScript/ },
  {
    what: "a branch on a value",
    fn: (x) => ((x.sum().arraySync() as number) > 1 ? x : x.neg()),
    message: /reads a value/,
  },
  { what: "a read that is caught", fn: (x) => (void x.data().catch(() => 0), x.neg()), message: /reads a value/ },
  { what: "a tensor from outside", fn: (x) => x.add(outside), message: /tensor of 3 numbers .* outside/ },
  { what: "a tensor from outside as the result", fn: () => outside, message: /the result uses .* outside/ },
  {
    what: "draws with hidden state",
    fn: (x) => tf.multinomial(x as tf.Tensor1D, 2),
    message: /Multinomial has hidden state/,
  },
  { what: "a shape that depends on values", fn: (x) => tf.unique(x.round()).values, message: /Unique/ },
  { what: "a promise", fn: (async (x: tf.Tensor) => x) as unknown as Mistake["fn"], message: /synchronously/ },
];

describe("what cannot be compiled is refused with its reason", () => {
  for (const { what, fn, message } of mistakes) {
    it(what, () => {
      const x = tf.tensor1d([0.1, 0.2, 0.3]);
      const before = tf.memory().numTensors;
      assert.throws(() => compile(fn, { name: "example" })(x), message);
      assert.throws(() => compile(fn, { name: "example" })(x), /example/);
      assert.strictEqual(tf.memory().numTensors, before, "tensors left behind");
      x.dispose();
    });
    it(`${what}, in a loop`, () => {
      const x = tf.tensor1d([0.1, 0.2, 0.3]);
      const step = (state: { x: tf.Tensor }) => ({ state: { x: fn(state.x) } });
      const asResult = what.includes("result") || what.includes("promise") || what.includes("draws");
      const expected = asResult ? /example/ : message; // another check of loops may speak first
      assert.throws(() => compileLoop({ name: "example", state: { x }, step }), expected);
      x.dispose();
    });
  }

  it("a tensor from outside that was never used before, as it would be baked in unseen", () => {
    const unused = tf.tensor1d([1, 2, 3]);
    const x = tf.ones([3]);
    assert.throws(() => compile((y: tf.Tensor) => y.add(unused))(x), /outside/);
    tf.dispose([unused, x]);
  });

  it("the very tensor that is also given as the argument", () => {
    const x = tf.ones([3]);
    assert.throws(() => compile((y: tf.Tensor) => y.add(x))(x), /outside/);
    x.dispose();
  });

  it("a tensor from outside is allowed when it is declared", () =>
    void tf.tidy(() => {
      const f = compile((x: tf.Tensor) => x.mul(outside), { captures: [outside] });
      assert.deepStrictEqual([...f(tf.tensor1d([2, 2, 2])).dataSync()], [2, 4, 6]);
      f.dispose();
    }));

  it("a value that depends on no argument may be read", () =>
    void tf.tidy(() => {
      const f = compile((x: tf.Tensor) => x.mul(tf.range(0, 4).sum().dataSync()[0]));
      assert.strictEqual(f(tf.ones([1])).dataSync()[0], 6);
      f.dispose();
    }));

  it("what is asked of the backend aside is not part of the record: a draw with hidden state is then no reason", () =>
    void tf.tidy(() => {
      const aside = (): number => tf.tidy(() => tf.multinomial(tf.tensor1d([0, 0]), 2).size);
      const f = compile((x: tf.Tensor) => x.mul(unrecorded(aside)).add(1));
      assert.strictEqual(f(tf.ones([1])).dataSync()[0], 3);
      f.dispose();
      // and what follows is recorded again
      const g = compile((x: tf.Tensor) => (unrecorded(aside), x.mul(Math.random())));
      assert.throws(() => g(tf.ones([1])), /baked in/);
    }));

  it("verify notices a number from outside that changed after compiling", () =>
    void tf.tidy(() => {
      let rate = 0.5;
      const f = compile((x: tf.Tensor) => x.mul(rate), { name: "decay" });
      const x = tf.ones([2]);
      f(x);
      f.verify(x);
      rate = 0.25;
      assert.throws(
        () => f.verify(x),
        /decay .*a constant \[\] beginning with 0.5, then a constant \[\] beginning with 0.25/,
      );
      f.dispose();
    }));

  it("an argument that is not a tensor", () => {
    const f = compile((x: tf.Tensor) => x.neg(), { name: "negative" });
    assert.throws(() => f(3 as unknown as tf.Tensor), /negative: argument 0 .* must be a tensor, got number/);
  });

  it("an error in the function itself comes through, and the backend works afterwards", () =>
    void tf.tidy(() => {
      const f = compile((x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, tf.ones([5, 2])));
      assert.throws(() => f(tf.ones([3, 4])), /size-incompatible/);
      assert.strictEqual(tf.ones([2]).sum().dataSync()[0], 2);
    }));
});
