import { eliminate, elimination, substitute, substituteForDifferences } from "../../lib/transport/tridiagonal";
import { assertClose } from "../assert-close";
import { fixed, solveTridiagonal, toNumber } from "./fixed-point";
import { root } from "./random-porosity";

const N = 60;

/** Couplings of order one, losses of order `loss` (only the last cell where 0), right-hand sides of either sign. */
function randomSystem(k: number, loss: number) {
  const u = root
    .child("tridiagonal")
    .child(k)
    .uniforms(3 * N);
  const g = u.slice(0, N).map((v) => 0.1 + v);
  const e = u.slice(N, 2 * N).map((v) => loss * (0.5 + v));
  if (loss === 0) e[N - 1] = 1;
  const b = u.slice(2 * N).map((v) => v - 0.3);
  const exact = solveTridiagonal(Array.from(g, fixed), Array.from(e, fixed), Array.from(b, fixed)).map(toNumber);
  return { g, e, b, exact };
}

describe("tridiagonal elimination without subtraction", () => {
  for (const loss of [1, 1e-4, 1e-8, 1e-12, 0]) {
    it(`agrees with 77-digit arithmetic to rounding when the losses are ${loss} of the couplings`, () => {
      for (let k = 0; k < 20; k++) {
        const { g, e, b, exact } = randomSystem(k, loss);
        const scale = exact.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        const factors = elimination(N);
        eliminate(factors, g, e);
        const u = b.slice();
        substitute(factors, u);
        const v = b.slice();
        const d = new Float64Array(N);
        substituteForDifferences(factors, v, d);
        const steps = exact.slice(1).map((value, i) => value - exact[i]);
        const steepest = steps.reduce((most, step) => Math.max(most, Math.abs(step)), 0);
        for (let i = 0; i < N; i++) {
          assertClose(`u_${i}`, u[i], exact[i], { within: 1e-13 * scale });
          assertClose(`u_${i} with differences`, v[i], exact[i], { within: 1e-13 * scale });
          if (i < N - 1 && loss > 0 && loss < 1e-6) continue; // differences of `exact` itself cancel here
          if (i < N - 1) assertClose(`d_${i}`, d[i], steps[i], { within: 1e-12 * Math.max(steepest, scale * 1e-2) });
        }
      }
    });
  }

  it("keeps every digit of a positive solution, however weak the losses", () => {
    for (const loss of [1e-8, 1e-14]) {
      const { g, e, b } = randomSystem(3, loss);
      const supply = b.map(Math.abs);
      const exact = solveTridiagonal(Array.from(g, fixed), Array.from(e, fixed), Array.from(supply, fixed)).map(
        toNumber,
      );
      const factors = elimination(N);
      eliminate(factors, g, e);
      substitute(factors, supply);
      for (let i = 0; i < N; i++) assertClose(`u_${i}`, supply[i], exact[i], { within: 1e-13 * exact[i] });
    }
  });
});
