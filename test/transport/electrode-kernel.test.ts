import assert from "node:assert";
import { stream } from "../../lib/random/stream";
import { implicitEulerContour } from "../../lib/transport/contour";
import { electrodeKernel } from "../../lib/transport/electrode-kernel";
import { electrodeSolverOn } from "../../lib/transport/electrode";
import { solverOn } from "../../lib/transport/electrode-published";
import { uniformAxis } from "../../lib/fields/grid";
import type { FieldSolver } from "../../lib/transport/problem";
import { UserError } from "../../lib/errors/user-error";
import { PorousElectrode } from "../../lib/transport/porous-electrode";

const length = 1e-4;
const porosityOf = (cells: number, k: number) =>
  stream(cells)
    .child(k)
    .uniforms(cells)
    .map((v) => 0.2 + 0.3 * v);

describe("the kernel of the porous electrode", () => {
  it("is in use on this machine, up to sizes that would take much memory", () => {
    assert.ok(electrodeKernel(uniformAxis("x", length, 100), "in the last cell"));
    assert.strictEqual(electrodeKernel(uniformAxis("x", length, 1_000_000), "in the last cell"), undefined);
  });

  const contour = implicitEulerContour(1000);
  for (const cells of [2, 3, 99, 100, 101, 1000, 3000]) {
    it(`gives the published fields and responses on ${cells} cells with the bits of the plain solver`, () => {
      const grid = uniformAxis("x", length, cells);
      const plain = solverOn(grid, contour, undefined);
      const fast = solverOn(grid, contour, electrodeKernel(grid, "in the last cell"));
      for (let k = 0; k < 4; k++) {
        const condition = { l: 1e-5, U0: 0.1 * k - 0.2, F_right: 10 * k, k_rn: 0.1 * (k + 1) };
        for (const solve of ["solve", "solveResponses"] as const) {
          const [expected, got] = [0, 1].map(() => new Float64Array(6 * cells));
          plain[solve]!(porosityOf(cells, k), condition, expected);
          fast[solve]!(porosityOf(cells, k), condition, got);
          assert.deepStrictEqual(got, expected, solve);
        }
      }
    });
  }

  for (const cells of [2, 3, 57, 100, 5001]) {
    it(`gives the electrode's fields and responses on ${cells} cells with the bits of the plain solver`, () => {
      const grid = uniformAxis("x", length, cells);
      const plain = electrodeSolverOn(grid, undefined);
      const fast = electrodeSolverOn(grid, electrodeKernel(grid, "on the face"));
      for (const time of [undefined, 0, 30, 1e4]) {
        const condition = { l: 1e-5, F_right: 17, k_rn: 0.3, ...(time === undefined ? {} : { time }) };
        for (const solve of ["solve", "solveResponses"] as const) {
          const [expected, got] = [0, 1].map(() => new Float64Array(4 * cells));
          plain[solve]!(porosityOf(cells, 0), condition, expected);
          fast[solve]!(porosityOf(cells, 0), condition, got);
          assert.deepStrictEqual(got, expected, solve);
        }
      }
    });
  }

  it("an inadmissible porosity or a depleted electrolyte is refused as the plain solver refuses it, and the next solution is right", () => {
    for (const cells of [6, 7]) {
      const grid = uniformAxis("x", length, cells);
      const pairs = [
        [solverOn(grid, contour, undefined), solverOn(grid, contour, electrodeKernel(grid, "in the last cell"))],
        [electrodeSolverOn(grid, undefined), electrodeSolverOn(grid, electrodeKernel(grid, "on the face"))],
      ];
      const good = porosityOf(cells, 1);
      const bad = [0, -0.1, 1.001, NaN, Infinity].flatMap((value) =>
        [0, cells - 1].map((at) => good.map((eps, i) => (i === at ? value : eps))),
      );
      for (const [plain, fast] of pairs) {
        const message = (solver: FieldSolver, eps: Float64Array, F_right: number): string => {
          try {
            solver.solve(eps, { U0: 0, F_right }, new Float64Array(2 * cells));
          } catch (error) {
            assert.ok(error instanceof UserError);
            return error.message;
          }
          return "";
        };
        for (const eps of [...bad, good.slice(1), new Float64Array(cells + 1).fill(0.3)]) {
          assert.notStrictEqual(message(plain, eps, 1), "");
          assert.strictEqual(message(fast, eps, 1), message(plain, eps, 1));
        }
        const current = message(plain, good, 1e8) === "" ? -1e8 : 1e8;
        assert.match(message(plain, good, current), /depleted/);
        assert.strictEqual(message(fast, good, current), message(plain, good, current));
        const [expected, got] = [0, 1].map(() => new Float64Array(2 * cells));
        plain.solve(good, { U0: 0, F_right: 1 }, expected);
        fast.solve(good, { U0: 0, F_right: 1 }, got);
        assert.deepStrictEqual(got, expected);
      }
    }
  });

  it("at the ends of double precision, and without any solid, it answers as the plain solver does: finite fields or the user's error", () => {
    const cells = 6;
    const grid = uniformAxis("x", length, cells);
    const pairs = [
      [solverOn(grid, contour, undefined), solverOn(grid, contour, electrodeKernel(grid, "in the last cell"))],
      [electrodeSolverOn(grid, undefined), electrodeSolverOn(grid, electrodeKernel(grid, "on the face"))],
    ];
    const porosities = [1, 1 - 2 ** -53, 1e-300, 1e-100, 1e-80, 1e-5, 0.3].flatMap((value) => [
      new Float64Array(cells).fill(value),
      new Float64Array(cells).fill(0.3).fill(value, 2, 3),
    ]);
    const conditions = [
      ...[0, 20, -20, 1e160, 1e308].map((F_right) => ({ F_right })),
      ...[5e-324, 1e-300, 1e100, 1e308].map((k_rn) => ({ F_right: 20, k_rn })),
      ...[1e-300, 1e300].map((time) => ({ F_right: 20, time })),
    ];
    const outcome = (solver: FieldSolver, eps: Float64Array, condition: object): Float64Array | string => {
      const out = new Float64Array(2 * cells);
      try {
        solver.solve(eps, { U0: 0, ...condition }, out);
      } catch (error) {
        assert.ok(error instanceof UserError, String(error));
        assert.doesNotMatch(error.message, /depleted.*(NaN|Infinity)/);
        return error.message;
      }
      assert.ok(out.every(Number.isFinite), `${eps.join()} ${JSON.stringify(condition)}: ${out.join()}`);
      return out;
    };
    const seen: (Float64Array | string)[] = [];
    for (const [plain, fast] of pairs) {
      for (const eps of porosities) {
        for (const condition of conditions) {
          const expected = outcome(plain, eps, condition);
          assert.deepStrictEqual(outcome(fast, eps, condition), expected, `${eps.join()} ${JSON.stringify(condition)}`);
          seen.push(expected);
        }
      }
      // no solid, so no reaction: nothing moves, and no current can be drawn
      const open = new Float64Array(cells).fill(1);
      assert.deepStrictEqual(outcome(fast, open, { F_right: 0 }), new Float64Array(2 * cells).fill(1000, 0, cells));
      assert.match(String(outcome(fast, open, { F_right: 20 })), /what flows in must flow out/);
      assert.throws(() => fast.solveResponses!(open, { F_right: 0 }, new Float64Array(6 * cells)), /must flow out/);
      assert.match(String(outcome(fast, new Float64Array(cells).fill(1e-300), { F_right: 0 })), /no current passes/);
    }
    for (const said of [/no current passes/, /range of double precision/, /depleted/]) {
      assert.ok(
        seen.some((result) => typeof result === "string" && said.test(result)),
        String(said),
      );
    }
  });

  for (const edge of ["on the face", "in the last cell"] as const) {
    it(`gives level, shape and salt with c held ${edge} with the bits of its twin`, () => {
      const grid = uniformAxis("x", 3e-4, 57);
      const twin = new PorousElectrode("test", grid, edge);
      const kernel = electrodeKernel(grid, edge)!;
      twin.setPorosity(porosityOf(57, 0), 0.2);
      kernel.setPorosity(porosityOf(57, 0), 0.2);
      twin.solvePotential(13, 0.7);
      kernel.solvePotential(13, 0.7);
      assert.deepStrictEqual(kernel.rise.slice(), twin.potential.rise);
      assert.deepStrictEqual(kernel.shape.slice(), twin.potential.shape);
      assert.strictEqual(kernel.level[0], twin.potential.level);
      assert.deepStrictEqual(kernel.surface.slice(), twin.surface);
      const supply = stream(1).normals(3 * 57);
      const u = new Float64Array(3 * 57);
      kernel.supply.set(supply);
      twin.salt.atTime(50, contour, supply, u, 3);
      kernel.atTime(50, contour, 3);
      assert.deepStrictEqual(kernel.u.slice(), u);
    });
  }

  it("solvers of different sizes and lengths do not disturb each other", () => {
    const solvers = [50, 60, 50].map((cells, i) => {
      const grid = uniformAxis("x", [1e-4, 1e-4, 2e-4][i], cells);
      return {
        cells,
        plain: solverOn(grid, contour, undefined),
        fast: solverOn(grid, contour, electrodeKernel(grid, "in the last cell")),
      };
    });
    const condition = { l: 1e-5, U0: 0.1, F_right: 20 };
    for (let round = 0; round < 3; round++) {
      for (const { cells, plain, fast } of solvers) {
        const [expected, got] = [0, 1].map(() => new Float64Array(2 * cells));
        plain.solve(porosityOf(cells, round), condition, expected);
        fast.solve(porosityOf(cells, round), condition, got);
        assert.deepStrictEqual(got, expected);
      }
    }
  });
});
