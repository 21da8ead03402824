/**
 * Correction for many tests at once, for any dependence between them. p_(1) <= ... <= p_(m) in rising order:
 *   Holm (1979), family-wise error:  adjusted p_(k) = max_{i <= k} min(1, (m - i + 1) p_(i)).
 */

/**
 * Adjusted p-values in the order given: reject those at or below the level, and the chance of one false rejection is
 * the level.
 */
export function holm(p: readonly number[]): number[] {
  const wrong = p.findIndex((v) => !(v >= 0 && v <= 1));
  if (wrong >= 0) throw new RangeError(`holm: p-values lie in [0, 1], got ${p[wrong]} at ${wrong}`);
  const order = p.map((_, k) => k).sort((a, b) => p[a] - p[b]);
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  order.forEach((index, k) => {
    largest = Math.max(largest, Math.min(1, (p.length - k) * p[index]));
    adjusted[index] = largest;
  });
  return adjusted;
}
