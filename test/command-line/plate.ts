/**
 * A problem of somebody's own on a grid of two axes, made as notebooks/guide says: heat in a porous plate of 2 m x 1 m,
 * div(eps grad T) = 0, one end at a given temperature, the other cooled through a film; the porosity is smoother along
 * the plate than across. Nothing is called x, y or phi.
 */
import type { Grid } from "../../lib/fields/grid";
import { checkPorosityProfile, valueOf } from "../../lib/transport/input";
import { PlanarPotential } from "../../lib/transport/planar-potential";
import type { ConditionRange, FieldSolver, Problem } from "../../lib/transport/problem";

const roughness: ConditionRange = {
  name: "w",
  symbol: "w",
  unit: "m",
  meaning: "correlation length across the plate",
  min: 0.15,
  max: 0.3,
  scale: "linear",
  default: 0.2,
};
const hot: ConditionRange = {
  name: "T_hot",
  symbol: "T_h",
  unit: "K",
  meaning: "temperature of the hot end",
  min: 310,
  max: 350,
  scale: "linear",
  default: 330,
};

function solver({ axes: [along, across] }: Grid): FieldSolver {
  const plate = new PlanarPotential([along.cells, across.cells], [along.length, across.length]);
  return {
    solve(eps, condition, out, offset = 0) {
      checkPorosityProfile("plate", eps, along.cells * across.cells);
      const left = { kind: "value", onFace: valueOf("plate", condition, hot, true) } as const;
      const ends = { left, right: { kind: "robin", transfer: 1, outside: 300 } } as const;
      plate.setConductivity([eps, eps], ends);
      plate.setSource(0, undefined, ends);
      plate.setSource(1, undefined, ends);
      plate.solve();
      plate.copy(0, out, offset);
    },
  };
}

export const problem: Problem = {
  name: "plate",
  title: "Heat in a porous plate",
  domain: [
    { name: "s", length: 2, cells: 24 },
    { name: "n", length: 1, cells: 12 },
  ],
  channels: [{ name: "T", symbol: "T", unit: "K" }],
  conditions: [roughness, hot],
  affine: ["T_hot"],
  porosity: {
    law: { epsMin: 0.2, epsMax: 0.8 },
    covariance: "squared-exponential",
    nugget: 1e-4,
    correlationLength: ({ w }) => [2 * w, w],
  },
  solver,
};
