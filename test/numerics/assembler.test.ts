import assert from "node:assert";
import {
  assemble,
  f64,
  f64x2,
  i32,
  i64,
  i64x2,
  type Code,
  type Expression,
  type FunctionSource,
} from "../../lib/numerics/assembler";

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

  it("has the operations of its tables: integers of 32 bits", () => {
    const [a, b] = [i32.constant(-7), i32.constant(3)];
    const unsignedOf = (x: number): number => x >>> 0;
    for (const [name, code, expected] of [
      ["add", i32.add(a, b), unsignedOf(-4)],
      ["sub", i32.sub(a, b), unsignedOf(-10)],
      ["mul", i32.mul(a, b), unsignedOf(-21)],
      ["shl", i32.shl(a, b), unsignedOf(-56)],
      ["shiftRight", i32.shiftRight(a, b), (2 ** 32 - 7 - 1) / 8],
      ["lessThan", i32.lessThan(a, b), 1],
      ["lessThan of equals", i32.lessThan(b, b), 0],
      ["atLeast", i32.atLeast(a, b), 0],
      ["atLeast of equals", i32.atLeast(b, b), 1],
      ["above", f64.above(f64.constant(2), f64.constant(1)), 1],
      ["above of equals", f64.above(f64.constant(1), f64.constant(1)), 0],
    ] as const) {
      const result = run((body, _a, r) => body.do(f64.store(r, f64.ofUnsigned64(i64.ofUnsigned(code)))), [], 1);
      assert.deepStrictEqual(result, [expected], name);
    }
    // Each constant from the least to the most bytes, at the edges of seven bits and of the sign.
    for (const x of [0, 63, 64, -64, -65, 127, 128, 8191, 8192, -8192, -8193, 2 ** 31 - 1, -(2 ** 31)]) {
      const write: FunctionSource["write"] = (body, _a, r) => body.do(i32.store(r, i32.constant(x)));
      const [bits] = new Int32Array(Float64Array.from(run(write, [], 1)).buffer);
      assert.strictEqual(bits, x, `${x}`);
    }
  });

  it("has the operations of its tables: integers of 64 bits, alone and two at once", () => {
    const [x, y] = [0x0123456789abn, 0x0fedcba98765n];
    const [a, b, bits] = [i64.constant(x), i64.constant(y), i64.constant(5n)];
    for (const [name, code, expected] of [
      ["add", i64.add(a, b), x + y],
      ["and", i64.and(a, b), x & y],
      ["or", i64.or(a, b), x | y],
      ["xor", i64.xor(a, b), x ^ y],
      ["shl", i64.shl(a, bits), x << 5n],
      ["shiftRight", i64.shiftRight(a, bits), x >> 5n],
      ["a constant as unsigned", i64.shiftRight(i64.constant(-1n), i64.constant(12n)), (1n << 52n) - 1n],
    ] as const) {
      const result = run((body, _a, r) => body.do(f64.store(r, f64.ofUnsigned64(code))), [], 1);
      assert.deepStrictEqual(result, [Number(expected)], name);
    }
    const pair = i64x2.shl(i64x2.add(i64x2.constant(x), i64x2.constant(y)), i32.constant(3));
    const doubles = run((body, _a, r) => body.do(f64x2.store(r, pair)), [], 2);
    const lanes = new BigInt64Array(Float64Array.from(doubles).buffer);
    assert.deepStrictEqual([...lanes], [(x + y) << 3n, (x + y) << 3n]);
  });

  it("has the operations of its tables: doubles, alone and two at once", () => {
    const [[p, q], [u, v]] = [[3, -5], [-2, 7]]; // prettier-ignore
    const one = (code: (a: Expression, b: Expression) => Code): number[] =>
      run((body, a, r) => body.do(f64.store(r, code(f64.load(a), f64.load(a, 16)))), [p, q, u, v], 1);
    assert.deepStrictEqual(one(f64.add), [p + u]);
    assert.deepStrictEqual(one(f64.sub), [p - u]);
    assert.deepStrictEqual(one(f64.mul), [p * u]);
    assert.deepStrictEqual(one(f64.div), [p / u]);
    assert.deepStrictEqual(one(f64.min), [u]);
    assert.deepStrictEqual(
      one((_, b) => f64.abs(b)),
      [-u],
    );
    const two = (code: (a: Expression, b: Expression) => Code): number[] =>
      run((body, a, r) => body.do(f64x2.store(r, code(f64x2.load(a), f64x2.load(a, 16)))), [p, q, u, v], 2);
    assert.deepStrictEqual(two(f64x2.add), [p + u, q + v]);
    assert.deepStrictEqual(two(f64x2.sub), [p - u, q - v]);
    assert.deepStrictEqual(two(f64x2.mul), [p * u, q * v]);
    assert.deepStrictEqual(two(f64x2.div), [p / u, q / v]);
    assert.deepStrictEqual(two(f64x2.min), [u, q]);
    assert.deepStrictEqual(two(f64x2.max), [p, v]);
    assert.deepStrictEqual(two(f64x2.lowHalves), [p, u]);
    assert.deepStrictEqual(two(f64x2.highHalves), [q, v]);
    assert.deepStrictEqual(
      two((a) => f64x2.sqrt(f64x2.mul(f64x2.neg(a), f64x2.neg(a)))),
      [3, 5],
    );
    assert.deepStrictEqual(
      two((a, b) => f64x2.add(f64x2.splat(f64x2.lane(a, 1)), f64x2.splat(f64x2.lane(b, 0)))),
      [q + u, q + u],
    );
  });

  it("runs a part only where its condition holds", () => {
    const result = run(
      (b, _a, r) => {
        b.when(i32.constant(1), () => b.do(f64.store(r, f64.constant(4))));
        b.when(i32.constant(0), () => b.do(f64.store(r, f64.constant(5))));
        b.do(f64.store(r, f64.constant(6), 8));
      },
      [],
      2,
    );
    assert.deepStrictEqual(result, [4, 6]);
  });

  it("takes many functions, parameters of every type, and more locals and bytes than a seven-bit number counts", () => {
    const kernel = assemble([
      { name: "first", parameters: ["i32", "f64"], write: (b, to, x) => b.do(f64.store(to, x)) },
      {
        name: "second",
        parameters: ["f64", "i32"],
        write(b, x, to) {
          const terms = Array.from({ length: 200 }, (_, k) => b.let("f64", f64.constant(k)));
          let sum = x as Expression;
          for (const term of terms) sum = f64.add(sum, term);
          b.do(f64.store(to, sum, 1000));
        },
      },
    ])!;
    const memory = kernel.doubles(200);
    kernel.functions.first(16, 2.5);
    kernel.functions.second(0.25, 8);
    assert.deepStrictEqual([memory[2], memory[126]], [2.5, 0.25 + (199 * 200) / 2]);
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
