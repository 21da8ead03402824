/**
 * Tails that turn statistics into p-values:
 *   normalTail(z) = P(Z > z) = erfc(z / sqrt 2) / 2,   chiSquareTail(x, nu) = Q(nu / 2, x / 2) = Gamma(nu/2, x/2) / Gamma(nu/2).
 * Q by its series below a + 1 and its continued fraction above (Abramowitz and Stegun 6.5.29, 6.5.31; Lentz's method), both to
 * rounding; erfc(x) = Q(1/2, x^2).
 */

/** P(Z > z) for a standard normal Z, with full relative accuracy in the upper tail. */
export function normalTail(z: number): number {
  const half = 0.5 * upperGamma(0.5, 0.5 * z * z);
  return z >= 0 ? half : 1 - half;
}

/** P(X > x) for chi-square with nu degrees of freedom. */
export function chiSquareTail(x: number, nu: number): number {
  if (!(nu > 0)) throw new RangeError(`chiSquareTail: degrees of freedom must be positive, got ${nu}`);
  return x <= 0 ? 1 : upperGamma(nu / 2, x / 2);
}

/** Q(a, x), the regularised upper incomplete gamma function. */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k < 10000 && term > 1e-17 * sum; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return 1 - front * sum;
  }
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 10000; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / nonZero(numerator * d + b, tiny);
    c = nonZero(b + numerator / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * fraction;
}

const nonZero = (x: number, tiny: number): number => (Math.abs(x) < tiny ? tiny : x);

/** log Gamma(a) for a > 0: Stirling's series after a shift to a >= 12. */
function logGamma(a: number): number {
  let shift = 0;
  let x = a;
  while (x < 12) shift += Math.log(x++);
  const i = 1 / (x * x);
  const series = (1 / 12 - i * (1 / 360 - i * (1 / 1260 - i * (1 / 1680 - i / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
