/**
 * Philox blocks, their uniforms, and the central piece of the normal quantile as a WebAssembly kernel: 64-bit products
 * and two doubles at a time. Its plain twins are philox.ts, stream.ts and normal.ts; the bits are theirs.
 */
import { assemble, f64, f64x2, i32, i64, type Code, type Expression, type FunctionSource } from "../numerics/assembler";
import { CENTRE_ABOVE, CENTRE_BELOW } from "./normal";

/** Uniforms per call, at most. */
export const AT_ONCE = 2048;
const NORMALS_AT = 8 * AT_ONCE;
/** An i32 with the number of uniforms in the tails, and their indices after it. */
const TAILS_AT = 16 * AT_ONCE;

export interface NormalKernel {
  /** Uniforms 2 first .. of a stream (words as signed integers), `blocks` pairs, into `uniforms`. */
  fill(first: number, blocks: number, k0: number, k1: number, high2: number, high3: number): void;
  /**
   * The quantile's central approximation of each of the first n uniforms, into `normals`; and into `tails` how many lie
   * outside its range, then which. For odd n the uniform after the last may be among them.
   */
  centres(n: number): void;
  readonly uniforms: Float64Array;
  readonly normals: Float64Array;
  readonly tails: Int32Array;
}

const LOW_HALF = i64.constant(0xffffffffn);
const half = (e: Expression) => i64.and(e, LOW_HALF);
const upper = (e: Expression) => i64.shiftRight(e, i64.constant(32n));

const fill: FunctionSource = {
  name: "fill",
  parameters: ["i32", "i32", "i32", "i32", "i32", "i32", "i32"],
  write(b, low, high, blocks, k0, k1, high2, high3) {
    const at = b.let("i32", i32.constant(0));
    const end = b.let("i32", i32.shl(blocks, i32.constant(4)));
    const counter = b.let("i64", i64.or(i64.ofUnsigned(low), i64.shl(i64.ofUnsigned(high), i64.constant(32n))));
    const keys = Array.from({ length: 10 }, (_, round) => [
      b.let("i64", half(i64.add(i64.ofUnsigned(k0), i64.constant(0x9e3779b9n * BigInt(round))))),
      b.let("i64", half(i64.add(i64.ofUnsigned(k1), i64.constant(0xbb67ae85n * BigInt(round))))),
    ]);
    const [h2, h3] = [b.let("i64", i64.ofUnsigned(high2)), b.let("i64", i64.ofUnsigned(high3))];
    const [c0, c1, c2, c3, p, q] = Array.from({ length: 6 }, () => b.local("i64"));
    const uniform = (first: Expression, second: Expression): Code => {
      const six = i64.constant(6n);
      const n = i64.or(i64.shl(i64.shiftRight(first, six), i64.constant(26n)), i64.shiftRight(second, six));
      return f64.mul(f64.add(f64.ofUnsigned64(n), f64.constant(0.5)), f64.constant(2 ** -52));
    };
    b.repeat(
      () => {
        b.set(c0, half(counter));
        b.set(c1, upper(counter));
        b.set(c2, h2);
        b.set(c3, h3);
        for (const [key0, key1] of keys) {
          b.set(p, i64.mul(c0, i64.constant(0xd2511f53n)));
          b.set(q, i64.mul(c2, i64.constant(0xcd9e8d57n)));
          b.set(c0, i64.xor(i64.xor(upper(q), c1), key0));
          b.set(c1, half(q));
          b.set(c2, i64.xor(i64.xor(upper(p), c3), key1));
          b.set(c3, half(p));
        }
        b.do(f64.store(at, uniform(c0, c1)));
        b.do(f64.store(at, uniform(c2, c3), 8));
        b.set(counter, i64.add(counter, i64.constant(1n)));
        b.set(at, i32.add(at, i32.constant(16)));
      },
      () => i32.lessThan(at, end),
    );
  },
};

const centres: FunctionSource = {
  name: "centres",
  parameters: ["i32"],
  write(b, n) {
    const at = b.let("i32", i32.constant(0));
    const end = b.let("i32", i32.shl(n, i32.constant(3)));
    const [q, r] = [b.local("v128"), b.local("v128")];
    const index = b.let("i32", i32.constant(0));
    const list = b.let("i32", i32.constant(4)); // where the next index goes, in bytes from TAILS_AT
    const horner = (coefficients: readonly number[]): Code =>
      coefficients
        .slice(1)
        .reduce<Code>((sum, c) => f64x2.add(f64x2.mul(sum, r), f64x2.constant(c)), f64x2.constant(coefficients[0]));
    b.repeat(
      () => {
        b.set(q, f64x2.sub(f64x2.load(at), f64x2.constant(0.5)));
        b.set(r, f64x2.sub(f64x2.constant(0.180625), f64x2.mul(q, q)));
        b.do(f64x2.store(at, f64x2.div(f64x2.mul(q, horner(CENTRE_ABOVE)), horner(CENTRE_BELOW)), NORMALS_AT));
        for (const lane of [0, 1] as const) {
          // Written in any case, kept by moving on.
          b.do(i32.store(list, index, TAILS_AT));
          const inTail = f64.above(f64.abs(f64x2.lane(q, lane)), f64.constant(0.425));
          b.set(list, i32.add(list, i32.shl(inTail, i32.constant(2))));
          b.set(index, i32.add(index, i32.constant(1)));
        }
        b.set(at, i32.add(at, i32.constant(16)));
      },
      () => i32.lessThan(at, end),
    );
    b.do(i32.store(i32.constant(0), i32.sub(i32.shiftRight(list, i32.constant(2)), i32.constant(1)), TAILS_AT));
  },
};

function load(): NormalKernel | undefined {
  const kernel = assemble([fill, centres]);
  if (!kernel) return undefined;
  const { functions } = kernel;
  const memory = kernel.doubles(3 * AT_ONCE + 1);
  return {
    fill: (first, blocks, k0, k1, high2, high3) =>
      functions.fill((first % 4294967296) | 0, Math.floor(first / 4294967296), blocks, k0, k1, high2, high3),
    centres: (n) => functions.centres(n),
    uniforms: memory.subarray(0, AT_ONCE),
    normals: memory.subarray(AT_ONCE, 2 * AT_ONCE),
    tails: new Int32Array(memory.buffer, TAILS_AT, 2 * AT_ONCE),
  };
}

/** Undefined where WebAssembly SIMD is missing. */
export const normalKernel: NormalKernel | undefined = load();
