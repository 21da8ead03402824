/**
 * Numbers with 256 binary digits after the point, enough for a reference that does without care: whole numbers n
 * standing for n 2^-256.
 */
const BITS = 256n;

/** The exact value of a double. */
export function fixed(value: number): bigint {
  const negative = value < 0;
  let mantissa = Math.abs(value);
  let exponent = 0;
  while (mantissa !== Math.floor(mantissa)) {
    mantissa *= 2;
    exponent++;
  }
  const scaled = (BigInt(mantissa) << BITS) >> BigInt(exponent);
  return negative ? -scaled : scaled;
}

export const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
export const over = (a: bigint, b: bigint): bigint => (a << BITS) / b;

export function root(a: bigint): bigint {
  const target = a << BITS;
  let x = 1n << (BigInt(target.toString(2).length) / 2n + 1n);
  for (;;) {
    const next = (x + target / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** The nearest double or its neighbour. */
export function toNumber(a: bigint): number {
  return Number(a) * 2 ** -Number(BITS);
}

/** Ordinary elimination for g_{i-1} (u_i - u_{i-1}) + g_i (u_i - u_{i+1}) + e_i u_i = b_i. */
export function solveTridiagonal(g: readonly bigint[], e: readonly bigint[], b: readonly bigint[]): bigint[] {
  const n = e.length;
  const pivot: bigint[] = [];
  const rhs: bigint[] = [];
  for (let i = 0; i < n; i++) {
    const diagonal = e[i] + (i > 0 ? g[i - 1] : 0n) + (i < n - 1 ? g[i] : 0n);
    const factor = i > 0 ? over(g[i - 1], pivot[i - 1]) : 0n;
    pivot.push(i > 0 ? diagonal - times(factor, g[i - 1]) : diagonal);
    rhs.push(i > 0 ? b[i] + times(factor, rhs[i - 1]) : b[i]);
  }
  const u = new Array<bigint>(n);
  for (let i = n - 1; i >= 0; i--) u[i] = over(i < n - 1 ? rhs[i] + times(g[i], u[i + 1]) : rhs[i], pivot[i]);
  return u;
}
