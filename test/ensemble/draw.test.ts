import assert from "node:assert/strict";
import { drawEnsemble, drawPorosities, solvePorosities } from "../../lib/ensemble/draw";
import type { Grid } from "../../lib/fields/grid";
import { stream } from "../../lib/random/stream";
import { problem } from "../../lib/transport/problems";
import type { FieldSolver } from "../../lib/transport/problem";
import { solveFields } from "../../lib/transport/solve";

describe("one ensemble in one call", () => {
  it("fields are those of the porosities that the same stream draws, by channel and with x", async () => {
    const electrode = problem("electrode");
    const condition = { l: 2e-5, F_right: 20, k_rn: 0.5 };
    const porosities = drawPorosities(electrode, condition, 3, stream(5), { cells: 30 });
    const fields = await drawEnsemble(electrode, condition, 3, stream(5), { cells: 30 });
    for (let i = 0; i < 3; i++) {
      const { l: _, ...rest } = condition;
      const alone = solveFields(electrode, porosities.profile(i, "eps"), rest);
      assert.deepEqual(fields.profile(i, "phi"), alone.fields.phi);
      assert.deepEqual(fields.profile(i, "c"), alone.fields.c);
      assert.deepEqual(fields.shape.grid.axes[0].centres, alone.x);
    }
  });

  it("given porosities have the fields that an ensemble of them has, also of a solver that is an object of a class", async () => {
    const electrode = problem("electrode");
    const condition = { l: 2e-5, F_right: 20, k_rn: 0.5 };
    class Solver implements FieldSolver {
      constructor(private readonly own: FieldSolver) {}
      solve(...of: Parameters<FieldSolver["solve"]>): void {
        this.own.solve(...of);
      }
    }
    const ofClass = { ...electrode, solver: (grid: Grid) => new Solver(electrode.solver(grid)) };
    const porosities = drawPorosities(electrode, condition, 3, stream(5), { cells: 30 });
    const expected = await drawEnsemble(electrode, condition, 3, stream(5), { cells: 30 });
    assert.deepEqual(solvePorosities(ofClass, condition, porosities).values, expected.values);
    assert.throws(
      () => solvePorosities(electrode, condition, expected),
      /porosities of one channel are needed, got fields of c, phi/,
    );
  });
});
