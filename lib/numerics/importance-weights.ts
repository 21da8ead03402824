/**
 * Weights w_i = exp(l_i) of draws, kept as logarithms l_i (minus infinity for none):
 *   ln mean(w) = max + ln mean(exp(l - max)),   effective number (sum w)^2 / sum w^2 (Kish),
 *   systematic resampling: copies of draw i number N w_i / sum w, rounded up or down, unbiased (Kitagawa 1996).
 */

/** ln of the mean of exp(l); minus infinity where all are. */
export function logMeanExp(l: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < l.length; i++) most = Math.max(most, l[i]);
  if (most === -Infinity) return -Infinity;
  let sum = 0;
  for (let i = 0; i < l.length; i++) sum += Math.exp(l[i] - most);
  return most + Math.log(sum / l.length);
}

/** exp(l) / sum exp(l). The caller owns the result; all equal where no draw has any weight. */
export function normalisedWeights(l: ArrayLike<number>): Float64Array {
  const level = logMeanExp(l);
  if (level === -Infinity) return new Float64Array(l.length).fill(1 / l.length);
  return Float64Array.from({ length: l.length }, (_, i) => Math.exp(l[i] - level) / l.length);
}

/** (sum w)^2 / sum w^2 of w = exp(l), between 1 and the number of draws; 0 where no draw has any weight. */
export function effectiveSize(l: ArrayLike<number>): number {
  const level = logMeanExp(l);
  if (level === -Infinity) return 0;
  let squares = 0;
  for (let i = 0; i < l.length; i++) squares += Math.exp(2 * (l[i] - level));
  return (l.length * l.length) / squares;
}

/** `count` indices of draws, in proportion to their weights (sum 1), from one uniform u in (0, 1). Rising. */
export function systematicResample(weights: Float64Array, count: number, u: number): Int32Array {
  const chosen = new Int32Array(count);
  let i = 0;
  let reached = weights[0];
  for (let k = 0; k < count; k++) {
    const at = (k + u) / count;
    while (reached < at && i + 1 < weights.length) reached += weights[++i];
    chosen[k] = i;
  }
  return chosen;
}
