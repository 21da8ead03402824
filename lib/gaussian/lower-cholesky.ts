/** The Cholesky factor in the form in which it is regressed: ln L_pp, and L_pq / L_qq for p > q. */
export interface LogCholesky {
  readonly logDiagonal: Float64Array;
  readonly lower: Float64Array;
  /** L itself [n, n]. */
  readonly factor: Float64Array;
}

/** What is left of a diagonal entry is at least this share of it: below is rounding. */
const least = 1e-14;

/** Of a symmetric positive semi-definite matrix [n, n]. */
export function logCholesky(matrix: Float64Array, n: number): LogCholesky {
  const L = new Float64Array(n * n);
  const largest = matrix.reduce((most, x, at) => (at % (n + 1) === 0 ? Math.max(most, x) : most), 0) || 1;
  for (let q = 0; q < n; q++) {
    for (let p = q; p < n; p++) {
      let sum = matrix[p * n + q];
      for (let k = 0; k < q; k++) sum -= L[p * n + k] * L[q * n + k];
      if (p === q) L[p * n + q] = Math.sqrt(Math.max(sum, least * matrix[p * n + p], 1e-3 * least * largest));
      else L[p * n + q] = sum / L[q * n + q];
    }
  }
  const logDiagonal = Float64Array.from({ length: n }, (_, p) => Math.log(L[p * n + p]));
  const lower = new Float64Array((n * (n - 1)) / 2);
  for (let p = 0, k = 0; p < n; p++) for (let q = 0; q < p; q++) lower[k++] = L[p * n + q] / L[q * n + q];
  return { logDiagonal, lower, factor: L };
}

/** L [n, n] of this form. */
export function factorFrom({ logDiagonal, lower }: Omit<LogCholesky, "factor">): Float64Array {
  const n = logDiagonal.length;
  const L = new Float64Array(n * n);
  for (let p = 0, k = 0; p < n; p++) {
    for (let q = 0; q < p; q++) L[p * n + q] = lower[k++] * Math.exp(logDiagonal[q]);
    L[p * n + p] = Math.exp(logDiagonal[p]);
  }
  return L;
}
