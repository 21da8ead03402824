/**
 * The standard normal quantile z = Phi^-1(u), by three rational approximations with a relative error of about 1e-16:
 * the centre |u - 1/2| <= 0.425 in (u - 1/2)^2, and two pieces of each tail in r = sqrt(-ln min(u, 1 - u)).
 * One uniform gives one normal, so the tails are as good as the uniforms' resolution (2^-53 lies at 8.2 standard
 * deviations), and the map is monotone.
 * Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988).
 */

/** Phi^-1(u) for u in (0, 1). */
export function normalQuantile(u: number): number {
  const q = u - 0.5;
  return Math.abs(q) <= 0.425 ? centre(q) : tailQuantile(u, q);
}

/** Coefficients of the central piece q A(r) / B(r), r = 0.425^2 - q^2, from the highest power down. */
export const CENTRE_ABOVE = [
  2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
  1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
];
export const CENTRE_BELOW = [
  5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
  687.1870074920579083, 42.313330701600911252, 1,
];
const [A7, A6, A5, A4, A3, A2, A1, A0] = CENTRE_ABOVE;
const [B7, B6, B5, B4, B3, B2, B1, B0] = CENTRE_BELOW;

function centre(q: number): number {
  const r = 0.180625 - q * q;
  const above = ((((((A7 * r + A6) * r + A5) * r + A4) * r + A3) * r + A2) * r + A1) * r + A0;
  const below = ((((((B7 * r + B6) * r + B5) * r + B4) * r + B3) * r + B2) * r + B1) * r + B0;
  return (q * above) / below;
}

/** Phi^-1(u) for u outside [0.075, 0.925]; q = u - 1/2. */
export function tailQuantile(u: number, q: number): number {
  const r = Math.sqrt(-Math.log(q < 0 ? u : 1 - u));
  const size = r <= 5 ? nearTail(r - 1.6) : farTail(r - 5);
  return q < 0 ? -size : size;
}

function nearTail(r: number): number {
  const above =
    ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r +
      1.27045825245236838258) *
      r +
      3.64784832476320460504) *
      r +
      5.7694972214606914055) *
      r +
      4.6303378461565452959) *
      r +
    1.42343711074968357734;
  const below =
    ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r +
      0.14810397642748007459) *
      r +
      0.68976733498510000455) *
      r +
      1.6763848301838038494) *
      r +
      2.05319162663775882187) *
      r +
    1;
  return above / below;
}

function farTail(r: number): number {
  const above =
    ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r +
      0.026532189526576123093) *
      r +
      0.29656057182850489123) *
      r +
      1.7848265399172913358) *
      r +
      5.4637849111641143699) *
      r +
    6.6579046435011037772;
  const below =
    ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r +
      7.868691311456132591e-4) *
      r +
      0.0148753612908506148525) *
      r +
      0.13692988092273580531) *
      r +
      0.59983220655588793769) *
      r +
    1;
  return above / below;
}
