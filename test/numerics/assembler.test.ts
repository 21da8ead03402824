import assert from "node:assert";
import { assemble, f64, f64x2, i32, i64, type FunctionSource } from "../../lib/numerics/assembler";

/**
 * Runs one function of (address of a, address of result) on the numbers given and returns memory from the result on.
 */
function run(write: FunctionSource["write"], a: number[], results: number): number[] {
  const kernel = assemble([{ name: "f", parameters: ["i32", "i32"], write }]);
  assert.ok(kernel, "this machine has WebAssembly SIMD");
  const memory = kernel.doubles(64);
  memory.set(a);
  kernel.functions.f(0, 256);
  return [...memory.subarray(32, 32 + results)];
}

describe("assembler", () => {
  it("loads, computes and stores doubles, with negative and many-byte constants", () => {
    const result = run(
      (b, a, r) => {
        b.do(
          f64.store(r, f64.div(f64.sub(f64.load(a), f64.mul(f64.load(a, 8), f64.constant(-1e-300))), f64.constant(3))),
        );
        b.do(f64.store(i32.add(r, i32.constant(-8)), f64.constant(7), 16));
      },
      [1, 2e300],
      2,
    );
    assert.deepStrictEqual(result, [1, 7]);
  });

  it("computes two doubles at once and takes lanes apart", () => {
    const result = run(
      (b, a, r) => {
        const x = b.let("v128", f64x2.add(f64x2.load(a), f64x2.loadSplat(a, 16)));
        b.do(f64x2.store(r, f64x2.neg(f64x2.div(x, f64x2.constant(2)))));
        b.do(f64.store(r, f64.add(f64x2.lane(x, 0), f64x2.lane(x, 1)), 16));
      },
      [1, 3, 5],
      3,
    );
    assert.deepStrictEqual(result, [-3, -4, 14]);
  });

  it("repeats as long as a condition holds, and multiplies 64-bit integers", () => {
    const result = run(
      (b, _a, r) => {
        const n = b.let("i32", i32.constant(0));
        const product = b.let("i64", i64.constant(1n));
        b.repeat(
          () => {
            b.set(product, i64.and(i64.mul(product, i64.constant(0xd2511f53n)), i64.constant((1n << 52n) - 1n)));
            b.set(n, i32.add(n, i32.constant(1)));
          },
          () => i32.lessThan(n, i32.constant(300)),
        );
        b.do(f64.store(r, f64.ofUnsigned64(product)));
      },
      [],
      1,
    );
    const expected = Number((0xd2511f53n ** 300n) & ((1n << 52n) - 1n));
    assert.deepStrictEqual(result, [expected]);
  });

  it("grows its memory and keeps what is in it", () => {
    const kernel = assemble([{ name: "f", parameters: [], write: () => undefined }])!;
    kernel.doubles(10)[3] = 42;
    const large = kernel.doubles(1_000_000);
    assert.ok(large.length >= 1_000_000);
    assert.strictEqual(large[3], 42);
  });

  it("gives nothing where the module is not understood, so that the plain twin runs", () => {
    const write: FunctionSource["write"] = (b) => b.do([0xff]);
    assert.strictEqual(assemble([{ name: "f", parameters: [], write }]), undefined);
  });
});
