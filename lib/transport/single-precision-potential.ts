/**
 * The cure for the published potential: the same equations, every operation rounded to float32 too, by the elimination
 * without subtraction of lib/transport/tridiagonal. Cell i exchanges g_i = k / h with its neighbour and loses e_i = a_s
 * k_rn h to the reaction. The level P, at which reaction and current balance, is found first; the rest w = phi - P
 * follows from excesses x_i = e_i + m_{i-1} x_{i-1} that are sums of positive numbers, so the reaction's share of a
 * row, 1e-7 of it, is kept to the last bit. P itself, some ten millivolts, is rounded to 2^-24 of them; that is what
 * limits phi.
 */
import { materialAt } from "./electrolyte";
import type { Axis } from "../fields/grid";
import type { Condition } from "./problem";
import { PUBLISHED, readPublished } from "./published-conditions";

/** phi relative to its first cell (V) for a porosity profile of the published electrode: F_right enters at x = L. */
export function potentialInSinglePrecision(
  { cells, h, centres }: Axis,
  eps: ArrayLike<number>,
  condition: Condition,
): Float64Array {
  const { U0, F_right: current, k_rn } = readPublished(condition);
  const { kappa0, a0, share, bruggeman, solidSlope } = materialAt(PUBLISHED.name, condition);
  const f = Math.fround;
  const width = f(h);
  const make = () => new Float32Array(cells);
  const [k, e, rest, g, b, x, m, r] = [make(), make(), make(), make(), make(), make(), make(), make()];
  let [hold, supply] = [0, f(current)];
  for (let i = 0; i < cells; i++) {
    k[i] = f(f(kappa0) * f(Math.pow(f(eps[i]), bruggeman)));
    e[i] = f(f(f(f(a0) * f(share - f(eps[i]))) * f(k_rn)) * width);
    rest[i] = f(f(solidSlope * f(centres[i])) - f(U0));
    hold = f(hold + e[i]);
    supply = f(supply + f(e[i] * rest[i]));
  }
  const level = f(supply / hold);
  for (let i = 0; i + 1 < cells; i++) g[i] = f(f(f(f(2 * k[i]) * k[i + 1]) / f(k[i] + k[i + 1])) / width);
  for (let i = 0; i < cells; i++) b[i] = f(e[i] * f(rest[i] - level));
  b[cells - 1] = f(b[cells - 1] + f(current));
  let excess = e[0];
  for (let i = 0; i + 1 < cells; i++) {
    r[i] = f(1 / f(g[i] + excess));
    m[i] = f(g[i] * r[i]);
    x[i] = excess;
    excess = f(e[i + 1] + f(m[i] * excess));
  }
  for (let i = 1; i < cells; i++) b[i] = f(b[i] + f(m[i - 1] * b[i - 1]));
  let w = f(b[cells - 1] / excess);
  const jumps = make();
  for (let i = cells - 2; i >= 0; i--) {
    jumps[i] = f(f(f(x[i] * w) - b[i]) * r[i]);
    w = f(w - jumps[i]);
  }
  const phi = new Float64Array(cells);
  for (let i = 1; i < cells; i++) phi[i] = f(phi[i - 1] + jumps[i - 1]);
  return phi;
}
