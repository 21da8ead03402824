/**
 * The problem of planar-conduction.ts for ensembles, statistics and training: 64 x 64 cells and a side of 1 m by
 * default, porosities from 0.1 to 0.9, whose law is far enough from a Gaussian to be worth a network, correlation
 * lengths from 0.08 to 0.25 of the side, equal along both axes.
 */
import type { Grid } from "../fields/grid";
import { amplitude, configuration, load } from "./conduction";
import { InadmissibleInput } from "./errors";
import { centreX, centreY, planarAffine, planarConduction, SIDE_NAME } from "./planar-conduction";
import type { ConditionRange, FieldSolver, Problem, SolverOptions } from "./problem";
import { correlationLength } from "./published-conditions";

const NAME = "conduction-2d";
const SIDE = 1; // m, published

const l: ConditionRange = {
  ...correlationLength(SIDE, SIDE_NAME),
  min: 0.08 * SIDE,
  max: 0.25 * SIDE,
  default: 0.15 * SIDE,
};

function solver({ axes }: Grid, { precision = "double" }: SolverOptions = {}): FieldSolver {
  if (precision !== "double") {
    throw new InadmissibleInput(`${NAME}: precision must be "double" (only the published problem imitates single)`);
  }
  if (axes.length !== 2)
    throw new InadmissibleInput(`${NAME}: a grid of two axes is needed, got one of ${axes.length}`);
  const [x, y] = axes;
  return planarConduction({ cells: [x.cells, y.cells], side: x.length }, NAME);
}

export const conduction2d: Problem = {
  name: NAME,
  title: "Conduction between two ends of a square",
  domain: [
    { name: "x", length: SIDE, cells: 64, parameter: SIDE_NAME },
    { name: "y", length: SIDE, cells: 64, parameter: SIDE_NAME },
  ],
  channels: [{ name: "phi", symbol: "φ", unit: "V" }],
  conditions: [l, configuration, load, amplitude, centreX, centreY],
  affine: planarAffine,
  porosity: {
    law: { epsMin: 0.1, epsMax: 0.9 },
    covariance: "squared-exponential",
    nugget: 1e-4,
    correlationLength: (condition) => condition.l,
    lengthCondition: "l",
  },
  solver,
};
