import assert from "node:assert/strict";
import { boundaryConfigurations, conduction } from "../../lib/transport/conduction";
import { uniformAxis } from "../../lib/fields/grid";
import { axisOf, gridOf } from "../../lib/transport/domain";
import { assertClose } from "../assert-close";
import { observedOrder } from "./observed-order";
import { randomNumbers, randomPorosity, root } from "./random-porosity";

const N = 100;
const ranges = { load: [-1, 1], amplitude: [-2, 2], centre: [0.2, 0.8], width: [0.05, 0.3] } as const;

function solve(eps: Float64Array, condition: Record<string, number>, cells = N): Float64Array {
  const out = new Float64Array(cells);
  conduction.solver(gridOf(conduction, cells)).solve(eps, condition, out);
  return out;
}

/**
 * phi = intercept + integral of (flux0 + integral of f) / eps by a fine midpoint rule, where the ends fix both numbers.
 */
function byQuadrature(eps: (x: number) => number, condition: Record<string, number>, at: Float64Array): Float64Array {
  const M = 40000;
  const step = 1 / M;
  const { load, amplitude, centre, width } = condition;
  const f = (x: number) => amplitude * Math.exp(-0.5 * ((x - centre) / width) ** 2);
  const resistance = new Float64Array(M + 1); // integral of 1/eps
  const forced = new Float64Array(M + 1); // integral of (integral of f)/eps
  let total = 0;
  for (let m = 0; m < M; m++) {
    const x = (m + 0.5) * step;
    const inside = total + 0.5 * step * f(x);
    total += step * f(x);
    resistance[m + 1] = resistance[m] + step / eps(x);
    forced[m + 1] = forced[m] + (step * inside) / eps(x);
  }
  // phi = p + q resistance + forced; q is eps phi' at 0
  const [left, right] = boundaryConfigurations[condition.boundary].split("-");
  const [a, r] = left === "Dirichlet" ? [1, 0] : left === "Neumann" ? [0, 1] : [1, -1]; // a p + r q = 0
  const [R, G] = [resistance[M], forced[M]];
  const [b, c, d] =
    right === "Dirichlet"
      ? [1, R, load - G]
      : right === "Neumann"
        ? [0, 1, load - total]
        : [1, R + 1, load - G - total];
  const determinant = a * c - r * b; // b p + c q = d
  const p = (-r * d) / determinant;
  const q = (a * d) / determinant;
  return at.map((x) => p + q * resistance[Math.round(x * M)] + forced[Math.round(x * M)]);
}

describe("conduction", () => {
  const smooth = (x: number) => 0.35 + 0.1 * Math.sin(7 * x + 1);
  boundaryConfigurations.slice(0, 8).forEach((name, boundary) => {
    it(`${name}: agrees with quadrature, with an error that falls as h^2`, () => {
      const condition = { boundary, load: 0.7, amplitude: 1.3, centre: 0.4, width: 0.15 };
      const cells = [100, 200, 400, 800];
      const errors = cells.map((n) => {
        const { centres } = uniformAxis("x", 1, n);
        const phi = solve(centres.map(smooth), condition, n);
        const exact = byQuadrature(smooth, condition, centres);
        return Math.sqrt(phi.reduce((sum, v, i) => sum + (v - exact[i]) ** 2, 0) / n);
      });
      assertClose(
        "observed order",
        observedOrder(
          cells.map((n) => 1 / n),
          errors,
        ),
        2,
        { within: 0.02 },
      );
    });
  });

  it("is affine in load and amplitude", () => {
    for (let k = 0; k < 40; k++) {
      const s = root.child("conduction").child(k);
      const eps = randomPorosity(s.child("eps"), N);
      const condition = { ...randomNumbers(s.child("condition"), ranges), boundary: k % 8 };
      const at = (load: number, amplitude: number) => solve(eps, { ...condition, load, amplitude });
      const [origin, first, second, both] = [at(0, 0), at(1, 0), at(0, 1), at(-0.4, 1.7)];
      assert.ok(origin.every((phi) => phi === 0));
      const scale = first.reduce((most, v, i) => Math.max(most, Math.abs(v) + Math.abs(second[i])), 0);
      for (let i = 0; i < N; i++) {
        assertClose(`cell ${i}`, both[i], -0.4 * first[i] + 1.7 * second[i], { within: 1e-12 * scale });
      }
    }
  });

  it("two Dirichlet ends and no source: scaling the porosity changes nothing, so it cannot be identified", () => {
    const eps = randomPorosity(root.child("scaling"), N);
    const condition = {
      boundary: boundaryConfigurations.indexOf("Dirichlet-Dirichlet"),
      load: 1,
      amplitude: 0,
      centre: 0.5,
      width: 0.1,
    };
    const [one, other] = [
      solve(eps, condition),
      solve(
        eps.map((e) => 0.7 * e),
        condition,
      ),
    ];
    for (let i = 0; i < N; i++) assertClose(`cell ${i}`, one[i], other[i], { within: 1e-14 });
    const fixed = { ...condition, boundary: boundaryConfigurations.indexOf("Dirichlet-Neumann") };
    assert.ok(
      Math.abs(
        solve(eps, fixed)[N - 1] -
          solve(
            eps.map((e) => 0.7 * e),
            fixed,
          )[N - 1],
      ) > 0.1,
      "a current fixes it",
    );
  });

  it("two given currents are refused unless they balance the source, and never drawn", () => {
    const eps = randomPorosity(root.child("pure Neumann"), N);
    const boundary = boundaryConfigurations.indexOf("Neumann-Neumann");
    const rest = { boundary, centre: 0.5, width: 0.1 };
    assert.throws(() => solve(eps, { ...rest, load: 1, amplitude: 0 }), /what flows in must flow out.*not compatible/);
    const { centres, h } = axisOf(conduction, N);
    const source = centres.reduce((sum, x) => sum + Math.exp(-0.5 * ((x - 0.5) / 0.1) ** 2) * h, 0);
    const phi = solve(eps, { ...rest, load: source, amplitude: 1 });
    assertClose("mean", phi.reduce((a, b) => a + b) / N, 0, { within: 1e-13 });
    const range = conduction.conditions.find(({ name }) => name === "boundary")!;
    assert.equal(range.max, boundary - 1);
    assert.equal(range.choices!.length, 9);
  });

  it("numbers beyond double precision are the user's error, not infinity", () => {
    const eps = new Float64Array(N).fill(0.3);
    const rest = { boundary: 1, amplitude: 0, centre: 0.5, width: 0.1 };
    assert.throws(() => solve(eps, { ...rest, load: 1e308 }), /range of double precision \(phi would be /);
    assert.throws(() => solve(eps.fill(1e-150, 3, 4), { ...rest, load: 1 }), /no current passes.*cell 3/);
  });

  it("refuses a boundary configuration that is none", () => {
    const eps = randomPorosity(root.child("pure Neumann"), N);
    const rest = { load: 1, amplitude: 0, centre: 0.5, width: 0.1 };
    for (const boundary of [-1, 9, 1.5, NaN]) {
      assert.throws(
        () => solve(eps, { ...rest, boundary }),
        /boundary.*one of 0 \(Dirichlet-Dirichlet\).*8 \(Neumann-Neumann\), got/,
      );
    }
  });
});
