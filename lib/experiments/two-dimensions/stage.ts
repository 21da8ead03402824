/**
 * Stage: which porosities of a plane have one potential, and how much of a porosity a potential tells, on a line and on
 * a plane.
 *   family    eps and eps' = eps exp(a sin(2 pi psi)), psi the stream function of eps (stream-function.ts): the
 *             difference of their potentials between two given potentials vanishes with h^2, and does not where the
 *             current through an end is given;
 *   spectrum  singular values of the map from the porosity, in the prior's coordinates, to the potential over its
 *             noise.
 */
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { gridOn } from "../../fields/grid";
import { fieldMap } from "../../inverse/field-map";
import { linearised } from "../../inverse/identifiability";
import { principalAxes, rowProducts } from "../../numerics/linear-algebra";
import { mean } from "../../numerics/statistics";
import { stream, type Stream } from "../../random/stream";
import { boundaryConfigurations, conduction } from "../../transport/conduction";
import { conduction2d } from "../../transport/conduction-2d";
import { referenceCondition } from "../../transport/domain";
import type { Condition, Problem } from "../../transport/problem";
import type { Common } from "../common-settings";
import type { Part } from "../settings";
import type { twoDimensionsSettings } from "./settings";
import { streamFunction } from "./stream-function";

export type EndsOfFamily = "two potentials" | "a given current";

/**
 * One grid: root mean square differences of the potential between the two porosities, in units of the potential between
 * the ends.
 */
export interface FamilyRow {
  readonly cells: number;
  readonly difference: Readonly<Record<EndsOfFamily, number>>;
}

/** On the finest grid but one: porosities, and the potentials between two given potentials, [nx][ny]. */
export interface FamilyMaps {
  readonly cells: number;
  readonly eps: readonly [number[], number[]];
  readonly phi: readonly [number[], number[]];
}

export interface SpectrumOf {
  readonly axes: 1 | 2;
  /** Means over porosities, in units of the noise, falling. */
  readonly values: readonly number[];
  /** Directions of the porosity that hold 99 % of its variance. */
  readonly porosityModes: number;
}

export interface TwoDimensions {
  readonly family: readonly FamilyRow[];
  readonly maps: FamilyMaps;
  readonly spectra: readonly SpectrumOf[];
}

export type TwoDimensionsInput = Pick<Common, "seed"> & Part<typeof twoDimensionsSettings>;

const kindOfEnds: Record<EndsOfFamily, string> = {
  "two potentials": "Dirichlet-Dirichlet",
  "a given current": "Dirichlet-Neumann",
};
const endsOf = (kind: EndsOfFamily): Condition => ({
  ...referenceCondition(conduction2d),
  boundary: boundaryConfigurations.indexOf(kindOfEnds[kind]),
  load: 1,
  amplitude: 0,
});

export const twoDimensionsStage: Stage<TwoDimensionsInput, TwoDimensions> = jsonStage({
  name: "two-dimensions",
  module: "lib/experiments/two-dimensions/stage.ts",
  run: async ({ seed, twoDimensions: t }, context) => {
    const root = stream(seed).child("two dimensions");
    const wave = smoothPorosity(root.child("porosity"));
    const steps = t.grids.length + 2;
    const family: FamilyRow[] = [];
    let maps: FamilyMaps | undefined;
    for (const [k, cells] of t.grids.entries()) {
      context.signal.throwIfAborted();
      context.progress(k, steps);
      const found = familyOn(cells, wave, t.amplitude);
      family.push({ cells, difference: found.difference });
      if (cells <= 64) maps = found.maps;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const spectra: SpectrumOf[] = [];
    for (const [k, problem] of [conduction, conduction2d].entries()) {
      context.progress(t.grids.length + k, steps);
      spectra.push(spectrumOf(problem, t, root.child("spectrum").child(k)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    context.progress(steps, steps);
    if (!maps)
      throw new RangeError(`two-dimensions: one of the grids must have at most 64 cells, got ${t.grids.join(", ")}`);
    return { family, maps, spectra };
  },
});

/** A smooth porosity as a function of the place, the same on every grid: sines of random phases and heights. */
function smoothPorosity(random: Stream): (x: number, y: number) => number {
  const u = random.uniforms(12);
  return (x, y) => {
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      const [p, q, height] = [u[3 * k], u[3 * k + 1], u[3 * k + 2]];
      sum +=
        (0.5 + height) *
        Math.sin(2 * Math.PI * (1 + (k % 2)) * (x + p)) *
        Math.cos(2 * Math.PI * (y + q) * (1 + (k >> 1)));
    }
    return 0.1 + 0.45 / (1 + Math.exp(-1.5 * sum));
  };
}

function familyOn(
  cells: number,
  porosityAt: (x: number, y: number) => number,
  amplitude: number,
): { difference: FamilyRow["difference"]; maps: FamilyMaps } {
  const grid = gridOn(conduction2d.domain, cells);
  const solver = conduction2d.solver(grid);
  const [x, y] = grid.axes.map(({ centres }) => centres);
  const eps = Float64Array.from({ length: grid.cells }, (_, at) =>
    porosityAt(x[Math.floor(at / cells)], y[at % cells]),
  );
  const solve = (of: Float64Array, kind: EndsOfFamily): Float64Array => {
    const phi = new Float64Array(grid.cells);
    solver.solve(of, endsOf(kind), phi);
    return phi;
  };
  const phi = solve(eps, "two potentials");
  const psi = streamFunction(eps, phi, [cells, cells], [0, 1]);
  const other = eps.map((e, at) => e * Math.exp(amplitude * Math.sin(2 * Math.PI * psi[at])));
  const phiOfOther = solve(other, "two potentials");
  const [fixed, fixedOfOther] = [solve(eps, "a given current"), solve(other, "a given current")];
  const between = Math.max(...fixed) - Math.min(...fixed);
  const difference = {
    "two potentials": rms(phi, phiOfOther),
    "a given current": rms(fixed, fixedOfOther) / between,
  };
  const maps: FamilyMaps = { cells, eps: [[...eps], [...other]], phi: [[...phi], [...phiOfOther]] };
  return { difference, maps };
}

function rms(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, v, at) => sum + (v - b[at]) ** 2, 0) / a.length);
}

function spectrumOf(problem: Problem, t: TwoDimensionsInput["twoDimensions"], random: Stream): SpectrumOf {
  const condition = {
    ...referenceCondition(problem),
    boundary: 0,
    load: 1,
    amplitude: 0,
    l: 0.15 * problem.domain[0].length,
  };
  const map = fieldMap(problem, { condition, cells: t.cells });
  const all = Array.from({ length: t.draws }, (_, k) => {
    return linearised(map, random.child(k).normals(map.cells), { phi: t.noise }).singularValues;
  });
  const values = Array.from({ length: map.cells }, (_, mode) => mean(all.map((of) => of[mode])));
  return { axes: problem.domain.length === 1 ? 1 : 2, values, porosityModes: modesOfPorosity(map.factor, map.cells) };
}

/** How many principal directions of L L^T hold 99 % of its trace. */
function modesOfPorosity(L: Float64Array, n: number): number {
  const { variance } = principalAxes(rowProducts(L, n, n, L, n), n);
  const total = variance.reduce((a, b) => a + b);
  let held = 0;
  return 1 + variance.findIndex((v) => (held += v) >= 0.99 * total);
}
