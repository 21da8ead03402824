/**
 * How many independent draws are worth as much as draws that come in families, all of one ancestor. With r the
 * correlation within a family and b = sum n_f^2 / sum n_f its size as a draw sees it,  N / (1 + (b - 1) r)  (Kish's
 * design effect); r from the variances within and between families (analysis of variance), over all columns together.
 * Moves that make draws forget their ancestor bring r to 0 and the number back to N.
 */

/** `values` [count, columns], `family` [count]. Between 1 and count. */
export function clusteredSize(values: Float64Array, family: ArrayLike<number>): number {
  const count = family.length;
  const columns = values.length / count;
  const members = new Map<number, number[]>();
  for (let n = 0; n < count; n++) {
    const own = members.get(family[n]);
    if (own) own.push(n);
    else members.set(family[n], [n]);
  }
  const families = members.size;
  if (families === count) return count;
  if (families === 1) return 1;
  let [within, between, squares] = [0, 0, 0];
  for (const own of members.values()) squares += own.length ** 2;
  for (let q = 0; q < columns; q++) {
    let total = 0;
    for (let n = 0; n < count; n++) total += values[n * columns + q];
    for (const own of members.values()) {
      const mean = own.reduce((sum, n) => sum + values[n * columns + q], 0) / own.length;
      between += own.length * (mean - total / count) ** 2;
      for (const n of own) within += (values[n * columns + q] - mean) ** 2;
    }
  }
  const inside = within / (columns * (count - families));
  const across = between / (columns * (families - 1));
  const usual = (count - squares / count) / (families - 1);
  const correlation = Math.min(1, Math.max(0, (across - inside) / (across + (usual - 1) * inside)));
  return Math.max(1, count / (1 + (squares / count - 1) * correlation));
}
