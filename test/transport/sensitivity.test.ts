import { boundaryConfigurations } from "../../lib/transport/conduction";
import { axisOf, gridOf } from "../../lib/transport/domain";
import type { Condition } from "../../lib/transport/problem";
import { problem } from "../../lib/transport/problems";
import { fieldJacobian } from "../../lib/transport/sensitivity";
import { assertClose } from "../assert-close";
import { randomPorosity, root } from "./random-porosity";

const cases: { name: string; label: string; condition: Condition }[] = [
  { name: "electrode-published", label: "at the published condition", condition: { U0: 0, F_right: 25 } },
  { name: "electrode-published", label: "with U0 and little current", condition: { U0: -0.15, F_right: 2 } },
  { name: "electrode", label: "in the steady state", condition: { F_right: 25, k_rn: 0.1 } },
  { name: "electrode", label: "with a fast reaction, in the steady state", condition: { F_right: 10, k_rn: 80 } },
  { name: "electrode", label: "after 100 s", condition: { F_right: 40, k_rn: 2, time: 100 } },
  { name: "electrode", label: "at the start", condition: { F_right: 40, k_rn: 2, time: 0 } },
  ...boundaryConfigurations.slice(0, 8).map((label, boundary) => ({
    name: "conduction",
    label,
    condition: { boundary, load: 0.7, amplitude: 1.3, centre: 0.4, width: 0.15 },
  })),
];

describe("the Jacobian of the fields with respect to the porosity", () => {
  for (const { name, label, condition } of cases) {
    it(`${name} ${label}: agrees with fourth-order central differences`, () => {
      const N = 40;
      const p = problem(name);
      const grid = gridOf(p, N);
      const eps = randomPorosity(root.child("jacobian"), N, 6);
      const J = fieldJacobian(p, grid, eps, condition);
      const solver = p.solver(grid);
      const rows = p.channels.length * N;
      const at = (q: number, step: number) => {
        const moved = eps.slice();
        moved[q] += step;
        const out = new Float64Array(rows);
        solver.solve(moved, condition, out);
        return out;
      };
      const d = 2e-3;
      for (const q of [0, 1, 17, N - 2, N - 1]) {
        const [a, b, c, e] = [at(q, -2 * d), at(q, -d), at(q, d), at(q, 2 * d)];
        for (let channel = 0; channel < p.channels.length; channel++) {
          const expected = Array.from({ length: N }, (_, i) => {
            const row = channel * N + i;
            return (8 * (c[row] - b[row]) - (e[row] - a[row])) / (12 * d);
          });
          const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
          const roundOff = p.channels[channel].name === "c" ? 1e-9 : 1e-12;
          for (let i = 0; i < N; i++) {
            const got = J[(channel * N + i) * N + q];
            assertClose(`${p.channels[channel].name}_${i} by eps_${q}`, got, expected[i], {
              within: 1e-7 * largest + roundOff,
            });
          }
        }
      }
    });
  }

  it("a problem without derivatives of its own is differenced", () => {
    const N = 20;
    const p = problem("electrode");
    const grid = gridOf(p, N);
    const eps = randomPorosity(root.child("jacobian"), N, 6);
    const condition = { F_right: 25, k_rn: 0.1 };
    const exact = fieldJacobian(p, grid, eps, condition);
    const differenced = fieldJacobian({ ...p, jacobian: undefined }, grid, eps, condition);
    const largest = exact.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    exact.forEach((v, i) => assertClose(`entry ${i}`, differenced[i], v, { within: 1e-7 * largest }));
  });

  it("every column of phi matches the complex step, im phi(eps + i d e_q) / d, to rounding", () => {
    const N = 100;
    const p = problem("electrode-published");
    const grid = gridOf(p, N);
    const eps = randomPorosity(root.child("complex step"), N);
    const J = fieldJacobian(p, grid, eps, { U0: 0, F_right: 25 });
    for (let q = 0; q < N; q += 7) {
      const expected = complexStep(eps, q, axisOf(p, N).h);
      const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      for (let i = 0; i < N; i++) {
        assertClose(`phi_${i} by eps_${q}`, J[(N + i) * N + q], expected[i], { within: 1e-11 * largest });
      }
    }
  });
});

type Complex = readonly [re: number, im: number];
const add = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
const subtract = (a: Complex, b: Complex): Complex => [a[0] - b[0], a[1] - b[1]];
const multiply = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
function divide(a: Complex, b: Complex): Complex {
  const s = b[0] * b[0] + b[1] * b[1];
  return [(a[0] * b[0] + a[1] * b[1]) / s, (a[1] * b[0] - a[0] * b[1]) / s];
}

/** d(phi_i - phi_0)/d(eps_q) of the published potential at U0 = 0, F_right = 25, from one complex solve. */
function complexStep(eps: Float64Array, q: number, h: number): number[] {
  const d = 1e-30;
  const N = eps.length;
  const k = Array.from(eps, (e, i): Complex => [e ** 1.5, i === q ? 1.5 * Math.sqrt(e) * d : 0]);
  const g = k.slice(1).map((b, i) => {
    const two: Complex = [2 / h, 0];
    return divide(multiply(two, multiply(k[i], b)), add(k[i], b));
  });
  const loss = Array.from(eps, (e, i): Complex => [5e4 * (1 - e) * h, i === q ? -5e4 * h * d : 0]);
  // level and shape apart, as the solver does, or the differences drown in the rounding of the level
  const solid = (i: number): Complex => [-1000 * (i + 0.5) * h, 0];
  const supply = loss.reduce<Complex>((sum, a, i) => add(sum, multiply(a, solid(i))), [25, 0]);
  const level = divide(supply, loss.reduce(add));
  let excess: Complex = [0, 0];
  let carried: Complex = [0, 0];
  const rows: { x: Complex; b: Complex; pivot: Complex }[] = [];
  for (let i = 0; i < N; i++) {
    excess = add(excess, loss[i]);
    carried = add(carried, multiply(loss[i], subtract(solid(i), level)));
    if (i === N - 1) break;
    const pivot = add(g[i], excess);
    rows.push({ x: excess, b: carried, pivot });
    const share = divide(g[i], pivot);
    excess = multiply(share, excess);
    carried = multiply(share, carried);
  }
  let u = divide(add(carried, [25, 0]), excess);
  const jumps = rows
    .reverse()
    .map(({ x, b, pivot }) => {
      const jump = divide(subtract(multiply(x, u), b), pivot);
      u = subtract(u, jump);
      return jump[1] / d;
    })
    .reverse();
  let rise = 0;
  return [0, ...jumps.map((jump) => (rise += jump))];
}
