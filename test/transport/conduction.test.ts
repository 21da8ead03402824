import assert from "node:assert/strict";
import { boundaryConfigurations, conduction } from "../../lib/transport/conduction";
import { uniformAxis } from "../../lib/fields/grid";
import { affineOf } from "../../lib/transport/affine";
import { axisOf, gridOf } from "../../lib/transport/domain";
import type { Condition, Problem } from "../../lib/transport/problem";
import { withPhysics } from "../../lib/transport/with-physics";
import { assertClose } from "../assert-close";
import { observedOrder } from "./observed-order";
import { randomNumbers, randomPorosity, root } from "./random-porosity";

const N = 100;
const ranges = { load: [-1, 1], amplitude: [-2, 2], centre: [0.2, 0.8], width: [0.05, 0.3] } as const;

function solve(eps: Float64Array, condition: Condition, cells = N, rod: Problem = conduction): Float64Array {
  const out = new Float64Array(cells);
  rod.solver(gridOf(rod, cells)).solve(eps, condition, out);
  return out;
}

/** A rod of 1 m as published, and one of 50 um whose numbers are of the size that its length asks for. */
const rods = [
  { name: "1 m", rod: { length: 1, kappa0: 1, film: 1 }, load: () => 0.7, amplitude: 1.3 },
  {
    name: "50 um",
    rod: { length: 5e-5, kappa0: 0.6, film: 8e3 },
    load: (current: boolean) => (current ? 5e3 : 0.7),
    amplitude: 2e8,
  },
] as const;
type Rod = (typeof rods)[number]["rod"];

/**
 * phi = intercept + integral of (flux0 + integral of f) / k by a fine midpoint rule, where the ends fix both numbers; k
 * = kappa0 eps(x / L).
 */
function byQuadrature(eps: (y: number) => number, rod: Rod, condition: Condition, at: Float64Array): Float64Array {
  const M = 40000;
  const { length: L, kappa0, film: H } = rod;
  const step = L / M;
  const { load, amplitude, centre, width } = condition;
  const f = (x: number) => amplitude * Math.exp(-0.5 * ((x - centre) / width) ** 2);
  const resistance = new Float64Array(M + 1); // integral of 1/k
  const forced = new Float64Array(M + 1); // integral of (integral of f)/k
  let total = 0;
  for (let m = 0; m < M; m++) {
    const x = (m + 0.5) * step;
    const inside = total + 0.5 * step * f(x);
    total += step * f(x);
    const k = kappa0 * eps(x / L);
    resistance[m + 1] = resistance[m] + step / k;
    forced[m + 1] = forced[m] + (step * inside) / k;
  }
  // phi = p + q resistance + forced; q is k phi' at 0
  const [left, right] = boundaryConfigurations[condition.boundary].split("-");
  const [a, r] = left === "Dirichlet" ? [1, 0] : left === "Neumann" ? [0, 1] : [H, -1]; // a p + r q = 0
  const [R, G] = [resistance[M], forced[M]];
  const [b, c, d] =
    right === "Dirichlet"
      ? [1, R, load - G]
      : right === "Neumann"
        ? [0, 1, load - total]
        : [H, H * R + 1, H * (load - G) - total];
  const determinant = a * c - r * b; // b p + c q = d
  const p = (-r * d) / determinant;
  const q = (a * d) / determinant;
  return at.map((x) => p + q * resistance[Math.round((x / L) * M)] + forced[Math.round((x / L) * M)]);
}

describe("conduction", () => {
  const smooth = (x: number) => 0.35 + 0.1 * Math.sin(7 * x + 1);
  const each = rods.flatMap((of) => boundaryConfigurations.slice(0, 8).map((pair, k) => [of, pair, k] as const));
  each.forEach(([{ name, rod, load, amplitude }, pair, boundary]) => {
    it(`${pair}, a rod of ${name}: agrees with quadrature, with an error that falls as h^2`, () => {
      const L = rod.length;
      const condition = { boundary, load: load(pair.endsWith("Neumann")), amplitude, centre: 0.4 * L, width: 0.15 * L };
      const cells = [100, 200, 400, 800];
      const errors = cells.map((n) => {
        const { centres } = uniformAxis("x", L, n);
        const phi = solve(
          centres.map((x) => smooth(x / L)),
          condition,
          n,
          withPhysics(conduction, { parameters: rod }),
        );
        const exact = byQuadrature(smooth, rod, condition, centres);
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

  const inUse = { load: 0.7, amplitude: 1.3, centre: 0.4, width: 0.15 };
  const scaled = (condition: Condition, L: number): Condition => ({
    ...condition,
    amplitude: condition.amplitude / L,
    centre: condition.centre * L,
    width: condition.width * L,
  });

  it("a rod of any length has the potential of one of 1 m that conducts as well and whose sources add up to the same", () => {
    const eps = randomPorosity(root.child("length"), N);
    for (let boundary = 0; boundary < 8; boundary++) {
      const condition = { ...inUse, boundary };
      const known = solve(eps, condition);
      const largest = known.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const responsesOf = (rod: Problem, z: Condition): Float64Array => {
        const { count, at } = affineOf(rod);
        const r = new Float64Array(count * N);
        rod.solver(gridOf(rod)).solveResponses!(eps, z, r);
        const v = at(z);
        return known.map((_, i) => v.reduce((sum, va, a) => sum + va * r[a * N + i], 0));
      };
      const grid = gridOf(conduction, N);
      for (const [L, within] of [
        [2 ** -10, 0],
        [5e-5, 1e-12 * largest],
      ] as const) {
        const rod = withPhysics(conduction, { parameters: { length: L, kappa0: L } });
        const z = scaled(condition, L);
        const close = (what: string, a: Float64Array, b: Float64Array, tolerance: number): void =>
          a.forEach((v, i) =>
            assertClose(`${what}, L = ${L} m, boundary ${boundary}, ${i}`, v, b[i], { within: tolerance }),
          );
        close("phi", solve(eps, z, N, rod), known, within);
        close("sum of responses", responsesOf(rod, z), responsesOf(conduction, condition), within);
        close("sum of responses and phi", responsesOf(rod, z), known, 1e-5 * largest);
        const J = conduction.jacobian!(grid, eps, condition);
        const scaleOfJ = J.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        close("Jacobian", rod.jacobian!(gridOf(rod, N), eps, z), J, (within / largest) * scaleOfJ);
      }
    }
  });

  it("a length takes the ranges of places, widths and correlation lengths along, and what may be set of them", () => {
    const rod = withPhysics(conduction, { parameters: { length: 5e-5 } });
    const drawn = (p: Problem, name: string) => p.conditions.find((range) => range.name === name)!;
    for (const name of ["l", "centre", "width"]) {
      for (const end of ["min", "max", "default"] as const)
        assertClose(`${name}.${end}`, drawn(rod, name)[end], 5e-5 * drawn(conduction, name)[end], { within: 1e-20 });
    }
    for (const name of ["load", "amplitude"]) assert.deepEqual(drawn(rod, name), drawn(conduction, name));
    assert.deepEqual(drawn(withPhysics(rod, { ranges: { centre: [2e-5, 3e-5] } }), "centre").min, 2e-5);
    assert.throws(() => withPhysics(rod, { ranges: { centre: [0.2, 0.3] } }), /lies beyond \[0\.00001, 0\.00004/);
    assert.throws(() => withPhysics(conduction, { ranges: { centre: [2e-5, 3e-5] } }), /lies beyond \[0\.2, 0\.8\]/);
    assert.throws(() => withPhysics(conduction, { parameters: { length: 0 } }), /positive number of metres, got 0/);
    assert.throws(() => withPhysics(conduction, { parameters: { thickness: 1 } }), /one of length \(m; length of x\)/);
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
