import assert from "node:assert/strict";
import { porosity } from "../../lib/porosity/law";
import { planarProcess } from "../../lib/porosity/planar-process";
import { stream } from "../../lib/random/stream";
import type { Boundary } from "../../lib/transport/boundary";
import { PlanarPotential, type Ends } from "../../lib/transport/planar-potential";
import { assertClose } from "../assert-close";
import reference from "./cross-check/planar.json";
import { observedOrder } from "./observed-order";

type Pair = readonly [number, number];
type Function = (x: number, y: number) => number;
const UNIT: Pair = [1, 1];

/** Values of f at the centres of nx x ny cells, [nx][ny]. */
function atCentres(f: Function, [nx, ny]: Pair, [lx, ly]: Pair = UNIT): Float64Array {
  return Float64Array.from({ length: nx * ny }, (_, cell) =>
    f(((Math.floor(cell / ny) + 0.5) * lx) / nx, (((cell % ny) + 0.5) * ly) / ny),
  );
}

/** phi of one system, which fills both lanes. */
function solve(k: Float64Array, ends: Ends, cells: Pair, source?: Float64Array, lengths = UNIT): Float64Array {
  const solver = new PlanarPotential(cells, lengths);
  solver.setConductivity([k, k], ends);
  for (const lane of [0, 1] as const) solver.setSource(lane, source, ends);
  solver.solve();
  const phi = new Float64Array(k.length);
  solver.copy(0, phi);
  return phi;
}

const kinds = ["Dirichlet", "Neumann", "Robin"] as const;
const pairs = kinds.flatMap((left) => kinds.map((right) => [left, right] as const)).slice();
const held = pairs.filter(([left, right]) => left !== "Neumann" || right !== "Neumann");

/** The boundary of that kind with this value, current into the domain, or value beyond a film of 1 S/m2. */
function boundary(kind: (typeof kinds)[number], value: number): Boundary {
  if (kind === "Dirichlet") return { kind: "value", onFace: value };
  return kind === "Neumann" ? { kind: "flux", outward: -value } : { kind: "robin", transfer: 1, outside: value };
}

/** Porosities from 0.1 to 0.9 of the law, [count][cells]. */
function randomPorosities([nx, ny]: Pair, count: number, correlationLength = 0.1): Float64Array {
  const process = planarProcess({ cells: [nx, ny], lengths: UNIT, correlationLength });
  return porosity(process.samples(stream(20260205).child("planar"), 0, count), { epsMin: 0.1, epsMax: 0.9 });
}

/** Current out of the two ends, and the sum of all that passes them, in A per m of depth. */
function throughEnds(k: Float64Array, phi: Float64Array, ends: Ends, [nx, ny]: Pair): { out: number; all: number } {
  let [out, all] = [0, 0];
  for (const [end, row] of [
    [ends.left, 0],
    [ends.right, nx - 1],
  ] as const) {
    for (let j = row * ny; j < (row + 1) * ny; j++) {
      const to = (over: number, outside: number) => (phi[j] - outside) / (1 / (2 * k[j] * nx) + over) / ny;
      const current =
        end.kind === "flux"
          ? end.outward / ny
          : end.kind === "value"
            ? to(0, end.onFace)
            : to(1 / end.transfer, end.outside);
      out += current;
      all += Math.abs(current);
    }
  }
  return { out, all };
}

/** Current from right to left for a potential of 1 V at the right: the effective conductivity of the square. */
function effective(k: Float64Array, cells: Pair): number {
  const ends: Ends = { left: boundary("Dirichlet", 0), right: boundary("Dirichlet", 1) };
  const phi = solve(k, ends, cells);
  let current = 0;
  for (let j = 0; j < cells[1]; j++) current += (2 * k[j] * phi[j] * cells[0]) / cells[1];
  return current;
}

describe("potential on a rectangle", () => {
  for (const [left, right] of held) {
    it(`${left}-${right}: a manufactured solution with variable eps, with an error that falls as h^2`, () => {
      const eps: Function = (x, y) =>
        0.5 + 0.2 * Math.sin(2 * x + 1) + 0.15 * Math.sin(Math.PI * x) ** 2 * Math.cos(2 * Math.PI * y);
      // At both ends eps, phi and its slope do not vary with y; at top and bottom d phi / dy = 0.
      const phi: Function = (x, y) => 0.3 + Math.sin(1.3 * x) + 3 * x * x * (1 - x) * (1 - x) * Math.cos(Math.PI * y);
      const slope = (x: number) => 1.3 * Math.cos(1.3 * x);
      const d = 1e-4;
      /** div(eps grad phi) by central differences of the fluxes between midpoints, to 1e-7. */
      const divergence: Function = (x, y) => {
        const flux = (a: Pair, b: Pair) => (eps((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) * (phi(...b) - phi(...a))) / d;
        return (
          (flux([x, y], [x + d, y]) - flux([x - d, y], [x, y]) + flux([x, y], [x, y + d]) - flux([x, y - d], [x, y])) /
          d
        );
      };
      const given = (kind: (typeof kinds)[number], x: number, outward: 1 | -1) => {
        const inward = outward * eps(x, 0) * slope(x);
        return kind === "Dirichlet" ? phi(x, 0) : kind === "Neumann" ? inward : phi(x, 0) + inward;
      };
      const ends: Ends = { left: boundary(left, given(left, 0, -1)), right: boundary(right, given(right, 1, 1)) };
      const sizes = [16, 32, 64, 128];
      const errors = sizes.map((n) => {
        const cells: Pair = [n, n];
        const source = atCentres((x, y) => -divergence(x, y), cells);
        const found = solve(atCentres(eps, cells), ends, cells, source);
        const exact = atCentres(phi, cells);
        return Math.sqrt(found.reduce((sum, v, i) => sum + (v - exact[i]) ** 2, 0) / found.length);
      });
      const order = observedOrder(
        sizes.map((n) => 1 / n),
        errors,
      );
      assertClose("observed order", order, 2, { within: 0.05 });
    });

    it(`${left}-${right}: what comes in goes out, to 1e-12 of all that passes the ends`, () => {
      const cells: Pair = [40, 33];
      const size = 40 * 33;
      const eps = randomPorosities(cells, 6, 0.08);
      const source = atCentres((x, y) => -1.3 * Math.exp(-50 * ((x - 0.4) ** 2 + (y - 0.7) ** 2)), cells);
      const produced = source.reduce((a, b) => a + b) / size;
      const ends: Ends = { left: boundary(left, 0.2), right: boundary(right, 0.9) };
      for (let k = 0; k < 6; k++) {
        const one = eps.subarray(k * size, (k + 1) * size);
        const { out, all } = throughEnds(one, solve(one, ends, cells, source), ends, cells);
        assertClose(`porosity ${k}`, out - produced, 0, { within: 1e-12 * all });
      }
    });
  }

  it("agrees cell by cell with SciPy's sparse direct solver (cross-check/planar.py), to 1e-10", () => {
    for (const { cells, left, right, phi } of reference.cases) {
      const [nx, ny] = cells;
      const { amplitude, centre, width } = reference.source;
      const lengths = reference.lengths as unknown as Pair;
      const k = Float64Array.from({ length: nx * ny }, (_, cell) => {
        const [i, j] = [Math.floor(cell / ny), cell % ny];
        return 0.5 + 0.38 * Math.sin(1.7 * i + 0.9 * j * j + 0.4);
      });
      const gaussian: Function = (x, y) =>
        Math.exp(-0.5 * (((x - centre[0]) / width) ** 2 + ((y - centre[1]) / width) ** 2));
      const source = atCentres((x, y) => -amplitude * gaussian(x, y), [nx, ny], lengths);
      const ends: Ends = {
        left: boundary(left as (typeof kinds)[number], reference.values.left),
        right: boundary(right as (typeof kinds)[number], reference.values.right),
      };
      const found = solve(k, ends, [nx, ny], source, lengths);
      found.forEach((v, i) => assertClose(`${left}-${right}, ${nx} x ${ny}, cell ${i}`, v, phi[i], { within: 1e-10 }));
    }
  });

  it("layers along the current conduct by the arithmetic mean, layers across by the harmonic mean, exactly", () => {
    const cells: Pair = [24, 31];
    const layer = (t: number) => 0.5 + 0.4 * Math.sin(9 * t + 1);
    const along = atCentres((_, y) => layer(y), cells);
    const across = atCentres((x) => layer(x), cells);
    const mean = (values: Float64Array) => values.reduce((a, b) => a + b) / values.length;
    assertClose("along", effective(along, cells), mean(along), { within: 1e-11 });
    assertClose("across", effective(across, cells), 1 / mean(across.map((v) => 1 / v)), { within: 1e-11 });
  });

  it("a chessboard of a and b conducts as sqrt(a b) (Keller 1964), closer the finer its fields are resolved", () => {
    const [a, b] = [0.9, 0.3];
    const errors = [16, 32, 64, 128].map((n) => {
      const chessboard: Function = (x, y) => ((Math.floor(2 * x) + Math.floor(2 * y)) % 2 === 0 ? a : b);
      return Math.abs(effective(atCentres(chessboard, [n, n]), [n, n]) / Math.sqrt(a * b) - 1);
    });
    // The potential is singular where four fields meet, as r^s with s = (4/pi) atan(sqrt(b/a)): the energy's error
    // falls as h^(2s).
    const s = (4 / Math.PI) * Math.atan(Math.sqrt(b / a));
    const order = observedOrder(
      [16, 32, 64, 128].map((n) => 1 / n),
      errors,
    );
    assertClose("observed order", order, 2 * s, { within: 0.1 });
    assertClose("128 cells", errors[3], 0, { within: 0.005 });
  });

  it("a lognormal conductivity conducts as exp(E ln k) (Matheron 1967), within the sampling error", () => {
    const [n, count] = [32, 200];
    const g = planarProcess({ cells: [n, n], lengths: UNIT, correlationLength: 0.12, nugget: 0 }).samples(
      stream(5),
      0,
      count,
    );
    // Of a square the logarithm of the effective conductivity is symmetric about E ln k: duality turns k into 1/k.
    const logarithms = Float64Array.from({ length: count }, (_, i) =>
      Math.log(
        effective(
          g.slice(i * n * n, (i + 1) * n * n).map((v) => Math.exp(-1 + 0.5 * v)),
          [n, n],
        ),
      ),
    );
    const mean = logarithms.reduce((a, b) => a + b) / count;
    const std = Math.sqrt(logarithms.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (count - 1));
    const standardError = std / Math.sqrt(count);
    assertClose("mean logarithm", mean, -1, { within: 3 * standardError });
    assert.ok(standardError < 0.25 * 0.125, "the arithmetic mean, higher by 0.125 in the logarithm, would be noticed");
  });

  it("duality: the square of 1/k, turned by a right angle, conducts as the inverse, up to an error that falls as h^2", () => {
    const k: Function = (x, y) => Math.exp(0.8 * Math.sin(5 * x + 2) * Math.cos(4 * y - 1));
    const sizes = [16, 32, 64];
    const errors = sizes.map((n) => {
      const one = effective(atCentres(k, [n, n]), [n, n]);
      const other = effective(
        atCentres((x, y) => 1 / k(1 - y, x), [n, n]),
        [n, n],
      );
      return Math.abs(one * other - 1);
    });
    const order = observedOrder(
      sizes.map((n) => 1 / n),
      errors,
    );
    assertClose("observed order", order, 2, { within: 0.1 });
  });

  it("WebAssembly and plain arithmetic give the same bits, for odd, even, flat and narrow grids", () => {
    for (const [cells, lengths] of [
      [[12, 12], UNIT],
      [
        [9, 14],
        [2, 1],
      ],
      [[2, 3], UNIT],
      [
        [16, 4],
        [1, 3],
      ],
      [
        [5, 33],
        [1, 0.2],
      ],
    ] as [Pair, Pair][]) {
      const size = cells[0] * cells[1];
      const k = atCentres((x, y) => 0.5 + 0.4 * Math.sin(40 * x + 77 * y), [2 * cells[0], cells[1]]);
      const both: [Float64Array, Float64Array] = [k.subarray(0, size), k.subarray(size)];
      const ends: Ends = { left: boundary("Robin", 0), right: boundary("Dirichlet", 1) };
      const [kernel, plain] = [false, true].map((plain) => {
        const solver = new PlanarPotential(cells, lengths, { plain });
        solver.setConductivity(both, ends);
        solver.setSource(0, k.subarray(0, size), ends);
        solver.setSource(1, undefined, ends);
        solver.solve();
        const phi = new Float64Array(2 * size);
        solver.copy(0, phi);
        solver.copy(1, phi, size);
        return phi;
      });
      assert.deepEqual(kernel, plain, `${cells}`);
    }
  });

  it("a system's numbers do not depend on what is solved beside it, nor on what was solved before", () => {
    const cells: Pair = [20, 18];
    const size = 360;
    const eps = randomPorosities(cells, 4);
    const one = (i: number) => eps.subarray(i * size, (i + 1) * size);
    const ends: Ends = { left: boundary("Dirichlet", 0), right: boundary("Neumann", 1) };
    const solver = new PlanarPotential(cells, UNIT);
    const inLane = (lane: 0 | 1, i: number, other: number, harder: boolean) => {
      solver.setConductivity(lane === 0 ? [one(i), one(other)] : [one(other), one(i)], ends);
      solver.setSource(lane, undefined, ends);
      solver.setSource(lane === 0 ? 1 : 0, harder ? one(2) : undefined, ends);
      solver.solve();
      const phi = new Float64Array(size);
      solver.copy(lane, phi);
      return phi;
    };
    const first = inLane(0, 0, 1, false);
    assert.deepEqual(inLane(1, 0, 3, true), first);
    assert.deepEqual(inLane(0, 0, 0, false), first);
    assert.deepEqual(first, solve(one(0), ends, cells));
  });

  it("iterations do not grow with the number of cells, and cells twice as long as wide cost few more", () => {
    const iterations = ([nx, ny]: Pair) => {
      const solver = new PlanarPotential([nx, ny], UNIT);
      const k = atCentres((x, y) => 0.5 + 0.4 * Math.sin(20 * x + 3) * Math.sin(17 * y), [nx, ny]);
      const ends: Ends = { left: boundary("Dirichlet", 0), right: boundary("Dirichlet", 1) };
      solver.setConductivity([k, k], ends);
      for (const lane of [0, 1] as const) solver.setSource(lane, undefined, ends);
      solver.solve();
      return solver.iterations;
    };
    const counts = (
      [
        [16, 16],
        [64, 64],
        [256, 256],
        [65, 129],
        [64, 16],
      ] as Pair[]
    ).map(iterations);
    assert.ok(
      counts.every((count) => count <= 14),
      `${counts}`,
    );
  });

  it("no current and no source: phi is zero everywhere, at once", () => {
    const ends: Ends = { left: boundary("Dirichlet", 0), right: boundary("Neumann", 0) };
    assert.ok(solve(randomPorosities([8, 8], 1), ends, [8, 8]).every((v) => v === 0));
  });

  it("conductivities that differ by six orders of magnitude are solved; beyond double precision is refused", () => {
    const cells: Pair = [16, 16];
    const ends: Ends = { left: boundary("Dirichlet", 0), right: boundary("Dirichlet", 1) };
    const contrast = (low: number) =>
      effective(
        atCentres((x, y) => (Math.hypot(x - 0.5, y - 0.5) < 0.3 ? low : 1), cells),
        cells,
      );
    assertClose("a hole", contrast(1e-6), contrast(1e-9), { within: 1e-5 });
    const k = new Float64Array(256).fill(1);
    assert.throws(() => solve(k, { ...ends, right: boundary("Dirichlet", NaN) }, cells), /must be finite, got NaN/);
  });
});
