/**
 * Cholesky factor of a symmetric positive definite Toeplitz matrix T (a stationary covariance on a uniform grid),
 * T = L L', in n^2 operations: Schur's algorithm. T - Z T Z' (Z shifts down by one) has rank two,
 *   T - Z T Z' = u u' - v v',   u = t / sqrt(t_0),   v = u with v_0 = 0,
 * and u is the factor's first column. Each next column is the shifted u, turned by a hyperbolic rotation that makes v
 * begin one entry
 * later:  u <- (u - rho v) / c,  v <- c v - rho u (with the new u),  rho = v_k / u_k,  c = sqrt((1 - rho)(1 + rho)).
 * In this mixed form the residual stays at rounding level like that of Cholesky's own recurrence.
 * Sources: Kailath & Sayed, "Displacement structure", SIAM Review 37 (1995); Bojanczyk, Brent, de Hoog & Sweet, "On the
 * stability of the Bareiss and related Toeplitz factorization algorithms", SIAM J. Matrix Anal. Appl. 16 (1995).
 */

/**
 * The lower triangular factor, row major [n, n], of the Toeplitz matrix with first column `t` [n]; undefined where
 * T is not positive definite to double precision.
 */
export function toeplitzCholesky(t: Float64Array): Float64Array | undefined {
  const n = t.length;
  if (!(t[0] > 0)) return undefined;
  const L = new Float64Array(n * n);
  const u = t.map((v) => v / Math.sqrt(t[0]));
  const v = u.slice();
  v[0] = 0;
  for (let i = 0; i < n; i++) L[i * n] = u[i];
  for (let k = 1; k < n; k++) {
    const rho = v[k] / u[k - 1];
    const c2 = (1 - rho) * (1 + rho);
    if (!(c2 > 0)) return undefined;
    const c = Math.sqrt(c2);
    const turn = 1 / c;
    for (let i = n - 1; i >= k; i--) {
      const turned = (u[i - 1] - rho * v[i]) * turn;
      v[i] = c * v[i] - rho * turned;
      u[i] = turned;
      L[i * n + k] = turned;
    }
  }
  return L;
}
