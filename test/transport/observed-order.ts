/** Least-squares slope of log(error) against log(h): the order at which errors fall. */
export function observedOrder(h: readonly number[], errors: readonly number[]): number {
  const x = h.map(Math.log);
  const y = errors.map(Math.log);
  const mx = x.reduce((a, b) => a + b) / x.length;
  const my = y.reduce((a, b) => a + b) / y.length;
  const above = x.reduce((sum, xi, i) => sum + (xi - mx) * (y[i] - my), 0);
  return above / x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0);
}
