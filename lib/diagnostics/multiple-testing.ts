/**
 * Corrections for many tests at once. p_(1) <= ... <= p_(m) in rising order:
 *   Holm (1979), family-wise error:            adjusted p_(k) = max_{i <= k} min(1, (m - i + 1) p_(i)),
 *   Benjamini-Hochberg (1995), false discovery: adjusted p_(k) = min_{i >= k} min(1, m p_(i) / i).
 * Holm holds for any dependence; Benjamini-Hochberg for independent or positively dependent tests.
 */

/**
 * Adjusted p-values in the order given: reject those at or below the level, and the chance of one false rejection is
 * the level.
 */
export function holm(p: readonly number[]): number[] {
  const order = risingOrder("holm", p);
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  order.forEach((index, k) => {
    largest = Math.max(largest, Math.min(1, (p.length - k) * p[index]));
    adjusted[index] = largest;
  });
  return adjusted;
}

/**
 * Adjusted p-values in the order given: of those at or below the level, the expected share of false ones is the level.
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = risingOrder("benjaminiHochberg", p);
  const adjusted = new Array<number>(p.length);
  let smallest = 1;
  for (let k = p.length - 1; k >= 0; k--) {
    smallest = Math.min(smallest, (p.length * p[order[k]]) / (k + 1));
    adjusted[order[k]] = smallest;
  }
  return adjusted;
}

function risingOrder(who: string, p: readonly number[]): number[] {
  const wrong = p.findIndex((v) => !(v >= 0 && v <= 1));
  if (wrong >= 0) throw new RangeError(`${who}: p-values lie in [0, 1], got ${p[wrong]} at ${wrong}`);
  return p.map((_, k) => k).sort((a, b) => p[a] - p[b]);
}
