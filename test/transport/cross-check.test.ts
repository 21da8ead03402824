import { gridOf, uniformAxis } from "../../lib/fields/grid";
import type { Condition } from "../../lib/transport/problem";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";
import reference from "./cross-check/reference.json";

const L = 1e-4;
const porosity = (x: number) => 0.35 + 0.1 * Math.sin((8 * x) / L + 0.7);

/** Our c and phi on `cells` = 50, 150, 450 ..., at the centres of the 50 cells, phi relative to the first of them. */
function ours(name: string, condition: Condition, cells: number): { c: number[]; phi: number[] } {
  const axis = uniformAxis("x", L, cells);
  const out = new Float64Array(2 * cells);
  problem(name)
    .solver(gridOf([axis]))
    .solve(axis.centres.map(porosity), condition, out);
  const every = cells / reference.points;
  const pick = (channel: 0 | 1) =>
    Array.from({ length: reference.points }, (_, i) => out[channel * cells + i * every + (every - 1) / 2]);
  const phi = pick(1);
  return { c: pick(0), phi: phi.map((v) => v - phi[0]) };
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
}

function extent(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

describe("against software that others wrote (cross-check/reference.py)", () => {
  for (const channel of ["c", "phi"] as const) {
    it(`FiPy on the same grid with the same steps gives the published ${channel}, to its solver's round-off`, () => {
      const { condition, ...fields } = reference.published;
      const difference = largestDifference(ours("electrode-published", condition, 50)[channel], fields[channel]);
      assertClose("largest difference", difference, 0, { within: 1e-6 * extent(fields[channel]) });
    });

    it(`SciPy's boundary value solver gives the steady ${channel} of the electrode, up to an error that falls as h^2`, () => {
      const { condition, ...fields } = reference.steady;
      const [coarse, middle, fine] = [50, 150, 450].map((cells) =>
        largestDifference(ours("electrode", condition, cells)[channel], fields[channel]),
      );
      assertClose("50 to 150 cells", coarse / middle, 9, { within: 0.5 });
      assertClose("150 to 450 cells", middle / fine, 9, { within: 0.5 });
      assertClose("450 cells", fine, 0, { within: 1e-4 * extent(fields[channel]) });
    });

    it(`FiPy gives the ${channel} of the electrode after 100 s, to the error of its time steps`, () => {
      const { condition, ...fields } = reference.transient;
      const difference = largestDifference(ours("electrode", condition, 450)[channel], fields[channel]);
      assertClose("largest difference", difference, 0, { within: 1e-5 * extent(fields[channel]) });
    });
  }
});
