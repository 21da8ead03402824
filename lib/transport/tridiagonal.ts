/**
 * Tridiagonal systems that come from conservation laws, solved without a subtraction. Cell i exchanges g_i
 * (u_i - u_{i+1}) with its neighbour and loses e_i u_i to the outside (a reaction, a boundary, a time derivative):
 *   g_{i-1} (u_i - u_{i-1}) + g_i (u_i - u_{i+1}) + e_i u_i = b_i,   g > 0, e >= 0.
 * The diagonal g_{i-1} + g_i + e_i is never formed. Where e is 1e-8 of g it would keep half of e's digits in double
 * precision and none in single, and the sum over all rows, which fixes the level of u, consists of e alone. Instead the
 * excess x_i (the row sum of the reduced matrix) is carried through the elimination as a sum of positive numbers:
 *   x_0 = e_0,  x_i = e_i + m_{i-1} x_{i-1},   m_i = g_i / (g_i + x_i),   b_i <- b_i + m_{i-1} b_{i-1},
 * and back: u_i = m_i u_{i+1} + b_i / (g_i + x_i), with u_{N-1} = b_{N-1} / x_{N-1}.
 * Every factor has a relative error of a few units in the last place whatever the conditioning.
 * Source of the idea: Grassmann, Taksar and Heyman, Operations Research 33 (1985); for tridiagonal M-matrices Alfa, Xue
 * and Ye, Mathematics of Computation 71 (2002).
 * An outside value v behind a conductance G enters as e_i += G, b_i += G v, at either end or anywhere.
 */

/** An eliminated matrix: any number of right-hand sides can follow. All arrays are [N]. */
export interface Elimination {
  readonly size: number;
  /** Excess of each reduced row. */
  readonly x: Float64Array;
  /** m_i = g_i / (g_i + x_i), the last entry is 0. */
  readonly m: Float64Array;
  /** 1 / pivot. */
  readonly r: Float64Array;
}

export function elimination(size: number): Elimination {
  return { size, x: new Float64Array(size), m: new Float64Array(size), r: new Float64Array(size) };
}

/** Eliminates the matrix of couplings g [>= N - 1] and losses e [>= N] into `f`. */
export function eliminate(f: Elimination, g: Float64Array, e: Float64Array): void {
  const { size, x, m, r } = f;
  const last = size - 1;
  let excess = e[0];
  for (let i = 0; i < last; i++) {
    const inverse = 1 / (g[i] + excess);
    const share = g[i] * inverse;
    x[i] = excess;
    r[i] = inverse;
    m[i] = share;
    excess = e[i + 1] + share * excess;
  }
  x[last] = excess;
  r[last] = 1 / excess;
  m[last] = 0;
}

/** Solves for one right-hand side: b [>= N] is overwritten by u. */
export function substitute(f: Elimination, b: Float64Array): void {
  const { size, m, r } = f;
  let carried = b[0];
  for (let i = 1; i < size; i++) b[i] = carried = b[i] + m[i - 1] * carried;
  let u = 0;
  for (let i = size - 1; i >= 0; i--) b[i] = u = m[i] * u + b[i] * r[i];
}

/**
 * The same, with the differences d_i = u_{i+1} - u_i [>= N - 1] as primary results: d_i = (x_i u_{i+1} - b_i) / (g_i +
 * x_i) is a flux over a conductance, accurate where u_{i+1} - u_i would cancel. b is overwritten by u.
 */
export function substituteForDifferences(f: Elimination, b: Float64Array, d: Float64Array): void {
  const { size, x, m, r } = f;
  let carried = b[0];
  for (let i = 1; i < size; i++) b[i] = carried = b[i] + m[i - 1] * carried;
  let u = b[size - 1] * r[size - 1];
  b[size - 1] = u;
  for (let i = size - 2; i >= 0; i--) {
    const step = (x[i] * u - b[i]) * r[i];
    d[i] = step;
    b[i] = u = u - step;
  }
}
