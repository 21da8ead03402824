/** The electrode beside PyBaMM, by numbers that cross-check/battery.py wrote; see there for what agrees and why. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { gridOf, uniformAxis } from "../../lib/fields/grid";
import { electrode, electrodeState } from "../../lib/transport/electrode";
import type { Condition } from "../../lib/transport/problem";
import { assertClose } from "../assert-close";
import { pythonWith, runPython } from "../python";
import stored from "./cross-check/battery.json";

const L = 1e-4;
const porosity = (x: number) => 0.35 + 0.1 * Math.sin((8 * x) / L + 0.7);
const { points, condition, grids } = stored.cell;
type Channel = "phi" | "c";

/** c and phi of the electrode with a solid of one potential, at the centres of the coarsest cells. */
function ours(cells: number): Record<Channel, number[]> {
  const axis = uniformAxis("x", L, cells);
  const out = new Float64Array(2 * cells);
  const evenSolid: Condition = { ...condition, solid_slope: 0 };
  electrode.solver(gridOf([axis])).solve(axis.centres.map(porosity), evenSolid, out);
  const every = cells / points;
  const pick = (channel: 0 | 1) =>
    Array.from({ length: points }, (_, i) => out[channel * cells + i * every + (every - 1) / 2]);
  return { c: pick(0), phi: pick(1) };
}

/** The battery model's field in the limit of a solid that conducts without end: linear in 1/conductivity. */
function battery({ solids: [poor, good] }: (typeof grids)[number], channel: Channel): number[] {
  const ratio = good.solidConductivity / poor.solidConductivity;
  return good[channel].map((v, i) => (ratio * v - poor[channel][i]) / (ratio - 1));
}

/** A potential is known up to a constant, and so is a concentration whose mean over a cell is given. */
const fromTheFirst = (values: readonly number[]): number[] => values.map((v) => v - values[0]);
const extent = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);
const difference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

describe("beside PyBaMM (cross-check/battery.py)", function () {
  for (const channel of ["phi", "c"] as const) {
    it(`the Doyle-Fuller-Newman model of a half-cell has our ${channel}, up to an error that falls as h^2`, () => {
      const [coarse, middle, fine] = grids.map((grid) =>
        difference(fromTheFirst(ours(grid.cells)[channel]), fromTheFirst(battery(grid, channel))),
      );
      assertClose("20 to 60 cells", coarse / middle, 9, { within: 0.5 });
      assertClose("60 to 180 cells", middle / fine, 9, { within: 0.5 });
      assertClose("180 cells", fine, 0, { within: 1e-4 * extent(ours(180)[channel]) });
    });
  }

  it("the same discrete equations in PyBaMM's finite volumes have our phi and c, to the rounding of second differences", () => {
    const { porosity: eps, condition: usual, phi, c } = stored.equations;
    const axis = uniformAxis("x", L, eps.length);
    const state = electrodeState(axis, Float64Array.from(eps), usual);
    // A residual k (phi'' h^2) / h^2 is rounded to 2^-52 phi k / h^2, which a level of phi answers by a_s k_rn.
    const stiffest = Math.max(...eps) ** 1.5 / axis.h ** 2;
    const softest = Math.min(...state.surface) * usual.k_rn;
    const rounding = 10 * Number.EPSILON;
    const within = rounding * (stiffest / softest) * Math.max(...phi.map(Math.abs));
    assertClose("phi", difference([...state.unshifted], phi), 0, { within });
    // That of c by its diffusion over the whole thickness; and the reaction brings the error of phi along.
    const ofCells = rounding * eps.length ** 2 * Math.max(...c);
    const reaction = (within / extent(phi)) * extent(c);
    assertClose("c", difference([...state.c], c), 0, { within: ofCells + reaction });
  });

  it("would notice a Bruggeman exponent that is off by a thousandth", () => {
    const { porosity: eps, condition: usual, phi } = stored.equations;
    const other = electrodeState(uniformAxis("x", L, eps.length), Float64Array.from(eps), {
      ...usual,
      bruggeman: 1.5015,
    });
    assert.ok(difference([...other.unshifted], phi) > 1e-5 * extent(phi));
  });

  it("where PyBaMM is installed, it gives the stored numbers again", function () {
    this.timeout(300_000);
    const python = pythonWith("pybamm");
    if (python === undefined) this.skip(); // .venv-pybamm is made by hand: notebooks/guide/pybamm.md
    const script = path.join(__dirname, "cross-check/battery.py");
    const program = `import sys; __file__ = ${JSON.stringify(script)}; exec(open(__file__).read())`;
    const again = runPython(python, program, "--print") as typeof stored;
    for (const [i, { solids }] of grids.entries())
      for (const [s, solid] of solids.entries())
        for (const channel of ["phi", "c"] as const) {
          const now = again.cell.grids[i].solids[s][channel];
          assertClose(channel, difference(now, solid[channel]), 0, { within: 1e-6 * extent(solid[channel]) });
        }
    assertClose("phi", difference(again.equations.phi, stored.equations.phi), 0, { within: 1e-9 });
  });
});
