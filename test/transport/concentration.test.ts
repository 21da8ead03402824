import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { Concentration, type HeldEdge } from "../../lib/transport/concentration";
import { exponentialContour, implicitEulerContour } from "../../lib/transport/contour";
import { uniformAxis } from "../../lib/fields/grid";
import { assertClose } from "../assert-close";
import { observedOrder } from "./observed-order";
import { randomPorosity, root } from "./random-porosity";

/**
 * An exact transient with variable coefficients: with psi = cos(pi x / 2) and D = 1 + 0.2 (x - x^2/2), choose
 * eps = -(D psi')' / (lambda psi) and s = lambda eps psi. Then u = psi (1 - e^(-lambda t)) on [0, 1].
 */
const LAMBDA = 6;
const psi = (x: number) => Math.cos((Math.PI * x) / 2);
const D = (x: number) => 1 + 0.2 * (x - (x * x) / 2);
const eps = (x: number) =>
  ((D(x) * Math.PI ** 2) / 4 + (0.2 * (1 - x) * Math.PI * Math.tan((Math.PI * x) / 2)) / 2) / LAMBDA;

function manufactured(cells: number, edge: HeldEdge) {
  const grid = uniformAxis("x", 1, cells);
  const salt = new Concentration(grid, edge);
  salt.diffusivity.set(grid.centres.map(D));
  salt.porosity.set(grid.centres.map(eps));
  salt.prepare();
  const supply = grid.centres.map((x) => LAMBDA * eps(x) * psi(x) * grid.h);
  return { grid, salt, supply, u: new Float64Array(cells) };
}

function rms(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
}

const cellCounts = [50, 100, 200, 400];
const T = 0.2;

describe("the concentration", () => {
  for (const { edge, order, within } of [
    { edge: "on the face", order: 2, within: 0.02 },
    { edge: "in the last cell", order: 1, within: 0.05 },
  ] as const) {
    for (const moment of ["steady", "transient"] as const) {
      it(`${moment}, held ${edge}: the error falls as h^${order}`, () => {
        const errors = cellCounts.map((cells) => {
          const { grid, salt, supply, u } = manufactured(cells, edge);
          if (moment === "steady") salt.steady(supply, u);
          else salt.atTime(T, exponentialContour(), supply, u);
          const share = moment === "steady" ? 1 : -Math.expm1(-LAMBDA * T);
          return rms(grid.centres.map((x, i) => u[i] - share * psi(x)));
        });
        const slope = observedOrder(
          cellCounts.map((n) => 1 / n),
          errors,
        );
        assertClose("observed order", slope, order, { within });
      });
    }
  }

  it("implicit Euler: the error in time falls as dt", () => {
    const { salt, supply, u: exact } = manufactured(100, "on the face");
    salt.atTime(T, exponentialContour(), supply, exact);
    const steps = [200, 400, 800, 1600];
    const errors = steps.map((n) => {
      const u = new Float64Array(100);
      salt.implicitEuler(supply, u, T / n, n);
      return rms(u.map((v, i) => v - exact[i]));
    });
    assertClose(
      "observed order",
      observedOrder(
        steps.map((n) => T / n),
        errors,
      ),
      1,
      { within: 0.02 },
    );
  });

  for (const edge of ["on the face", "in the last cell"] as const) {
    it(`held ${edge}: many implicit Euler steps at once equal direct stepping, and better with each node`, () => {
      const { salt, supply } = manufactured(64, edge);
      for (const { steps, nodes, within } of [
        { steps: 1000, nodes: 6, within: 1e-4 },
        { steps: 1000, nodes: 9, within: 1e-7 },
        { steps: 1000, nodes: 13, within: 1e-11 },
        { steps: 200, nodes: 9, within: 1e-7 },
      ]) {
        const stepped = new Float64Array(64);
        salt.implicitEuler(supply, stepped, T / steps, steps);
        const atOnce = new Float64Array(64);
        salt.atTime(T, implicitEulerContour(steps, nodes), supply, atOnce);
        const largest = stepped.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        for (let i = 0; i < 64; i++) assertClose(`u_${i}`, atOnce[i], stepped[i], { within: within * largest });
      }
    });

    it(`held ${edge}: exact in time means the matrix exponential, from early times to late`, () => {
      const N = 80;
      const salt = randomElectrolyte(N, edge);
      const supply = root
        .child("matrix exponential")
        .normals(N)
        .map((z) => 1e-9 * (1 + z));
      for (const time of [1e-2, 1, 100, 1e4]) {
        const u = new Float64Array(N);
        salt.atTime(time, exponentialContour(), supply, u);
        const expected = byEigenvalues(salt, supply, time);
        const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        for (let i = 0; i < N; i++) assertClose(`u_${i}`, u[i], expected[i], { within: 1e-10 * largest });
      }
    });

    it(`held ${edge}: each implicit Euler step conserves salt to 1e-12`, () => {
      const N = 80;
      const salt = randomElectrolyte(N, edge);
      const supply = root
        .child("salt balance")
        .normals(N)
        .map((z) => 1e-9 * (1 + z));
      const dt = 0.7;
      let u = new Float64Array(N);
      for (let n = 0; n < 50; n++) {
        const before = u;
        u = u.slice();
        salt.implicitEuler(supply, u, dt, 1);
        const last = salt.unknowns - 1;
        let stored = 0;
        let released = 0;
        let magnitude = 0;
        for (let i = 0; i <= last; i++) {
          stored += salt.storage[i] * (u[i] - before[i]);
          released += dt * supply[i];
          magnitude += Math.abs(salt.storage[i] * u[i]) + Math.abs(dt * supply[i]);
        }
        const left = dt * salt.outlet * u[last];
        assertClose("salt", stored + left, released, { within: 1e-12 * magnitude });
      }
    });
  }

  for (const { name, contour, after, within } of [
    { name: "the exact state", contour: exponentialContour(), after: (x: number) => -Math.expm1(-x), within: 1e-12 },
    {
      name: "a thousand implicit Euler steps",
      contour: implicitEulerContour(1000),
      after: (x: number) => -Math.expm1(-1000 * Math.log1p(x / 1000)),
      within: 1.5e-7, // one digit per node; the largest error is that of modes that hardly decay
    },
  ]) {
    it(`the contour of ${name} holds for every decay rate x = lambda T, so for every porosity and grid`, () => {
      let hardlyDecaying = 0;
      let others = 0;
      for (let exponent = -10; exponent <= 14; exponent += 0.02) {
        const x = 10 ** exponent;
        let sum = 0;
        for (let j = 0; j < contour.nodes; j++) {
          const [re, im] = [contour.zRe[j] + x, contour.zIm[j]];
          sum += (contour.wRe[j] * re + contour.wIm[j] * im) / (re * re + im * im);
        }
        const error = Math.abs((x * sum) / after(x) - 1); // relative to the mode's own state
        if (x < 0.1) hardlyDecaying = Math.max(hardlyDecaying, error);
        else others = Math.max(others, error);
      }
      assertClose("x < 0.1", hardlyDecaying, 0, { within });
      assertClose("x >= 0.1, as in every electrode", others, 0, { within: within / 3 });
    });
  }

  it("an odd and an even number of contour nodes give the same state", () => {
    const { salt, supply } = manufactured(40, "on the face");
    const [odd, even] = [new Float64Array(40), new Float64Array(40)];
    salt.atTime(T, exponentialContour(13), supply, odd);
    salt.atTime(T, exponentialContour(14), supply, even);
    for (let i = 0; i < 40; i++) assertClose(`u_${i}`, odd[i], even[i], { within: 1e-11 });
  });
});

function randomElectrolyte(cells: number, edge: HeldEdge): Concentration {
  const salt = new Concentration(uniformAxis("x", 1e-4, cells), edge);
  const porosity = randomPorosity(root.child("electrolyte").child(edge), cells);
  salt.porosity.set(porosity);
  salt.diffusivity.set(porosity.map((e) => 3e-11 * e ** 1.5));
  salt.prepare();
  return salt;
}

/** (1 - e^(-T A)) A^-1 E^-1 b by the eigenvalues of E^(-1/2) K E^(-1/2). */
function byEigenvalues(salt: Concentration, supply: Float64Array, time: number): Float64Array {
  const n = salt.unknowns;
  const root = Array.from({ length: n }, (_, i) => Math.sqrt(salt.storage[i]));
  const A = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    const after = i < n - 1 ? salt.couplings[i] : salt.outlet;
    A.set(i, i, ((i > 0 ? salt.couplings[i - 1] : 0) + after) / root[i] ** 2);
    if (i === n - 1) continue;
    A.set(i, i + 1, -after / (root[i] * root[i + 1]));
    A.set(i + 1, i, -after / (root[i] * root[i + 1]));
  }
  const { realEigenvalues, eigenvectorMatrix: V } = new EigenvalueDecomposition(A, { assumeSymmetric: true });
  const amplitude = realEigenvalues.map((lambda, mode) => {
    let b = 0;
    for (let i = 0; i < n; i++) b += (V.get(i, mode) * supply[i]) / root[i];
    return (b * -Math.expm1(-time * lambda)) / lambda;
  });
  return Float64Array.from({ length: supply.length }, (_, i) =>
    i < n ? amplitude.reduce((sum, a, mode) => sum + a * V.get(i, mode), 0) / root[i] : 0,
  );
}
