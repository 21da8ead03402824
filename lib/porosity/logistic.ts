/**
 * base + height / (1 + exp(-g)) for many g, two at a time in WebAssembly, with an exponential of its own, since there
 * is none there:
 *   exp(x) = 2^n exp(r),  n = round(x / ln 2),  |r| <= ln(2) / 2,  exp(r) by its Taylor polynomial of degree 13, whose
 * remainder is 4e-18. ln 2 is taken off in two parts, the first with trailing zeros, so that n times it is exact. g is
 * held within +-700, beyond which the logistic function is 0 or 1 in double precision.
 */
import { assemble, f64x2, i32, i64x2, type Code, type Kernel } from "../numerics/assembler";

const FARTHEST = 700;
const PER_LN2 = 1.4426950408889634;
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/** Added to a small number, leaves its nearest whole number in the last bits of the significand. */
const ROUNDER = 1.5 * 2 ** 52;
/** 1 / k!, from k = 13 down to 0. */
const TAYLOR = Array.from({ length: 14 }, (_, i) => {
  let factorial = 1;
  for (let k = 2; k <= 13 - i; k++) factorial *= k;
  return 1 / factorial;
});

/** Into `out`, which may be g itself, and is returned; NaN stays NaN. */
export function logistic(
  g: Float64Array,
  base: number,
  height: number,
  out = new Float64Array(g.length),
): Float64Array {
  if (kernel) byKernel(kernel, g, base, height, out);
  else out.set(plainLogistic(g, base, height));
  return out;
}

/** The same in plain arithmetic, to the bit. */
export function plainLogistic(g: Float64Array, base: number, height: number): Float64Array {
  return g.map((v) => base + height / (1 + exponential(Math.min(Math.max(-v, -FARTHEST), FARTHEST))));
}

function exponential(x: number): number {
  const n = x * PER_LN2 + ROUNDER - ROUNDER;
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let sum = TAYLOR[0];
  for (let k = 1; k < TAYLOR.length; k++) sum = sum * r + TAYLOR[k];
  return sum * POWERS_OF_TWO[n + 1023];
}

/** 2^n at n + 1023, from n = -1022: the smaller one is not needed. */
const POWERS_OF_TWO = Float64Array.from({ length: 2047 }, (_, i) => {
  let power = 1;
  for (let n = Math.abs(i - 1023); n > 0; n--) power *= 2;
  return i < 1023 ? 1 / power : power;
});

/** In place from `at` to `end` (addresses of pairs). */
const kernel = assemble([
  {
    name: "logistic",
    parameters: ["i32", "i32", "f64", "f64"],
    write(b, at, end, baseValue, heightValue) {
      const c = f64x2.constant;
      const base = b.let("v128", f64x2.splat(baseValue));
      const height = b.let("v128", f64x2.splat(heightValue));
      const [x, t, n, r] = ["v128", "v128", "v128", "v128"].map(() => b.local("v128"));
      b.repeat(
        () => {
          b.set(x, f64x2.min(f64x2.max(f64x2.neg(f64x2.load(at)), c(-FARTHEST)), c(FARTHEST)));
          b.set(t, f64x2.add(f64x2.mul(x, c(PER_LN2)), c(ROUNDER)));
          b.set(n, f64x2.sub(t, c(ROUNDER)));
          b.set(r, f64x2.sub(f64x2.sub(x, f64x2.mul(n, c(LN2_HIGH))), f64x2.mul(n, c(LN2_LOW))));
          const polynomial = TAYLOR.slice(1).reduce<Code>(
            (sum, coefficient) => f64x2.add(f64x2.mul(sum, r), c(coefficient)),
            c(TAYLOR[0]),
          );
          // The last bits of t are n; moved to the exponent's place and biased they are 2^n.
          const power = i64x2.add(i64x2.shl(t, i32.constant(52)), i64x2.constant(1023n << 52n));
          const grown = f64x2.add(c(1), f64x2.mul(polynomial, power));
          b.do(f64x2.store(at, f64x2.add(base, f64x2.div(height, grown))));
          b.set(at, i32.add(at, i32.constant(16)));
        },
        () => i32.lessThan(at, end),
      );
    },
  },
]);
const AT_ONCE = 8192;

function byKernel(k: Kernel, g: Float64Array, base: number, height: number, out: Float64Array): void {
  const memory = k.doubles(AT_ONCE);
  for (let first = 0; first < g.length; first += AT_ONCE) {
    const n = Math.min(AT_ONCE, g.length - first);
    memory.set(g.subarray(first, first + n));
    k.functions.logistic(0, 8 * n, base, height);
    out.set(memory.subarray(0, n), first);
  }
}
