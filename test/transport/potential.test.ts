import assert from "node:assert/strict";
import type { Boundary } from "../../lib/transport/boundary";
import { publishedMaterial } from "../../lib/transport/electrolyte";
import { electrode } from "../../lib/transport/electrode";
import { electrodePublished } from "../../lib/transport/electrode-published";
import { uniformAxis } from "../../lib/fields/grid";
import { gridOf } from "../../lib/transport/domain";
import { Potential } from "../../lib/transport/potential";
import { assertClose } from "../assert-close";
import { fixed, over, root as squareRoot, solveTridiagonal, times, toNumber } from "./fixed-point";
import { observedOrder } from "./observed-order";
import { randomNumbers, randomPorosity, root } from "./random-porosity";

const cellCounts = [80, 160, 320, 640];

/** phi = cos 2x + 0.3 x^2 in a rod of porosity 0.35 + 0.1 sin(5x + 1), conductivity eps^1.5, with a reaction. */
const phi = (x: number) => Math.cos(2 * x) + 0.3 * x * x;
const dphi = (x: number) => -2 * Math.sin(2 * x) + 0.6 * x;
const ddphi = (x: number) => -4 * Math.cos(2 * x) + 0.6;
const eps = (x: number) => 0.35 + 0.1 * Math.sin(5 * x + 1);
const k = (x: number) => eps(x) ** 1.5;
const dk = (x: number) => 1.5 * Math.sqrt(eps(x)) * 0.5 * Math.cos(5 * x + 1);
const rest = (x: number) => 1 - 2 * x;
const reaction = (x: number) => 3 * (1 - eps(x));

function exactEnd(kind: Boundary["kind"], x: number, outwards: 1 | -1): Boundary {
  const outward = -k(x) * dphi(x) * outwards;
  switch (kind) {
    case "value":
      return { kind, onFace: phi(x) };
    case "flux":
      return { kind, outward };
    case "robin":
      return { kind, transfer: 0.7, outside: phi(x) - outward / 0.7 };
  }
}

/** Root mean square error of phi; `reacting` 0 leaves the reaction out. */
function errorOf(cells: number, left: Boundary["kind"], right: Boundary["kind"], reacting: 0 | 1): number {
  const grid = uniformAxis("x", 1, cells);
  const p = new Potential(grid);
  for (let i = 0; i < cells; i++) {
    const x = grid.centres[i];
    const a = reacting * reaction(x);
    p.conductivity[i] = k(x);
    p.reaction[i] = a;
    p.rest[i] = rest(x);
    p.source[i] = -(dk(x) * dphi(x) + k(x) * ddphi(x)) - a * (rest(x) - phi(x));
  }
  p.solve(exactEnd(left, 0, -1), exactEnd(right, 1, 1));
  const sum = grid.centres.reduce((s, x, i) => s + (p.level + p.shape[i] - phi(x)) ** 2, 0);
  return Math.sqrt(sum / cells);
}

describe("the potential", () => {
  const kinds = ["value", "flux", "robin"] as const;
  for (const left of kinds) {
    for (const right of kinds) {
      for (const reacting of [0, 1] as const) {
        if (left === "flux" && right === "flux" && !reacting) continue;
        const name = `${left} at the left, ${right} at the right, ${reacting ? "with" : "without"} reaction`;
        it(`${name}: the error falls as h^2`, () => {
          const slope = observedOrder(
            cellCounts.map((n) => 1 / n),
            cellCounts.map((n) => errorOf(n, left, right, reacting)),
          );
          assertClose("observed order", slope, 2, { within: 0.02 });
        });
      }
    }
  }

  it("two fluxes that balance give phi up to a constant, taken so that its mean is zero, with an error that falls as h^2", () => {
    // k = 1 / (1 + x^2) and a current of 2 to the left: phi = 2 (x + x^3 / 3) + constant
    const shape = (x: number) => 2 * (x + (x * x * x) / 3);
    const errors = cellCounts.map((cells) => {
      const grid = uniformAxis("x", 1, cells);
      const p = new Potential(grid);
      p.conductivity.set(grid.centres.map((x) => 1 / (1 + x * x)));
      p.solve({ kind: "flux", outward: 2 }, { kind: "flux", outward: -2 });
      const values = p.shape.map((w) => w + p.level);
      assertClose("mean", values.reduce((a, b) => a + b) / cells, 0, { within: 1e-13 });
      const mean = grid.centres.map(shape).reduce((a, b) => a + b) / cells;
      return Math.sqrt(grid.centres.reduce((s, x, i) => s + (values[i] - shape(x) + mean) ** 2, 0) / cells);
    });
    assertClose(
      "observed order",
      observedOrder(
        cellCounts.map((n) => 1 / n),
        errors,
      ),
      2,
      { within: 0.02 },
    );
  });

  it("two fluxes that do not balance are refused: what flows in must flow out", () => {
    const p = new Potential(uniformAxis("x", 1, 10));
    p.conductivity.fill(1);
    const unbalanced = () => p.solve({ kind: "flux", outward: 1 }, { kind: "flux", outward: -0.999 });
    assert.throws(unbalanced, /what flows in must flow out.*A\/m2.*pure Neumann/);
    p.source.fill(-0.001);
    assert.throws(() => p.solve({ kind: "flux", outward: 1 }, { kind: "flux", outward: -1 }), /must flow out/);
    assert.doesNotThrow(() => p.solve({ kind: "flux", outward: 1 }, { kind: "flux", outward: -1.001 }));
  });

  for (const bad of [0, -1, NaN, Infinity]) {
    it(`a conductivity of ${bad} in one cell is refused, and the cell is named`, () => {
      const p = new Potential(uniformAxis("x", 1, 10));
      p.conductivity.fill(1);
      p.conductivity[7] = bad;
      assert.throws(
        () => p.solve({ kind: "value", onFace: 0 }, { kind: "value", onFace: 1 }),
        new RegExp(`conductivity must be positive.*got ${bad} S/m in cell 7 \\(x = 0.75`),
      );
    });
  }

  it("boundary data that are no numbers, and a film that lets nothing through, are refused", () => {
    const p = new Potential(uniformAxis("x", 1, 10));
    p.conductivity.fill(1);
    const held: Boundary = { kind: "value", onFace: 0 };
    assert.throws(() => p.solve({ kind: "value", onFace: NaN }, held), /left end: the value must be finite, got NaN/);
    assert.throws(() => p.solve(held, { kind: "flux", outward: Infinity }), /right end: the flux must be finite/);
    assert.throws(
      () => p.solve(held, { kind: "robin", transfer: 0, outside: 1 }),
      /transfer coefficient.*positive, got 0/,
    );
  });

  for (const { problem: p, right, rates } of [
    { problem: electrodePublished, right: -1, rates: [0.1, 0.1] }, // the current enters at the separator
    { problem: electrode, right: 1, rates: [0.01, 100] },
  ]) {
    it(`phi - phi(0) of ${p.name} is exact to 1e-13 of itself in every cell, as extended precision shows`, () => {
      const N = 100;
      const solver = p.solver(gridOf(p, N));
      for (let draw = 0; draw < 30; draw++) {
        const s = root.child("extended precision").child(draw);
        const porosity = randomPorosity(s.child("eps"), N, 1 + 4 * (draw % 8));
        const drawn = randomNumbers(s.child("condition"), { U0: [-0.2, 0.2], F_right: [0, 50], share: [0, 1] });
        const k_rn = rates[0] * (rates[1] / rates[0]) ** drawn.share;
        const condition = { U0: drawn.U0, F_right: draw % 10 === 0 ? 0 : drawn.F_right, k_rn };
        const out = new Float64Array(2 * N);
        solver.solve(porosity, condition, out);
        const exact = extendedPotential(porosity, { ...condition, outward: right * condition.F_right });
        for (let i = 0; i < N; i++) {
          assertClose(`phi_${i}`, out[N + i], exact[i], { within: 1e-13 * Math.abs(exact[i]) });
        }
      }
    });
  }
});

/**
 * phi - phi(0) of an electrode's discrete equations in 77-digit arithmetic, from the same doubles; `outward` A/m2 leave
 * at L.
 */
function extendedPotential(
  porosity: Float64Array,
  { U0, outward, k_rn }: { U0: number; outward: number; k_rn: number },
): number[] {
  const N = porosity.length;
  const one = fixed(1);
  const length = over(one, fixed(1e4));
  const h = over(length, fixed(N));
  const conductivity = Array.from(porosity, (e) =>
    times(fixed(publishedMaterial.kappa0), times(fixed(e), squareRoot(fixed(e)))),
  );
  const g = conductivity.slice(1).map((b, i) => {
    const a = conductivity[i];
    return over(over(2n * times(a, b), a + b), h);
  });
  const loss = Array.from(porosity, (e) =>
    times(times(times(fixed(publishedMaterial.a0), one - fixed(e)), fixed(k_rn)), h),
  );
  const supply = loss.map((a, i) => times(a, -times(fixed(1000), times(fixed(i + 0.5), h)) - fixed(U0)));
  supply[N - 1] -= fixed(outward);
  const phi = solveTridiagonal(g, loss, supply);
  return phi.map((value) => toNumber(value - phi[0]));
}
