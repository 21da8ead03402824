/**
 * What a problem may answer beside its fields, tried at its usual condition on a small grid: several solutions at once
 * are those that come one by one; the Jacobian is the fields' derivative; faces and battery say what they must.
 */
import { shown } from "../errors/own-code";
import type { Grid } from "../fields/grid";
import type { BatteryElectrode } from "./battery-electrode";
import type { Check, Trial } from "./check-affine";
import type { Problem } from "./problem";

/** Deviation from a difference quotient that a well-conditioned solver leaves room for, of the largest derivative. */
const DERIVATIVE = 1e-3;
/** Change of the porosity for it: the quotient errs by its square. */
const STEP = 1e-3;

export function checkAnswers(check: Check, p: Problem, grid: Grid, trial: Trial): void {
  checkTogether(check, trial);
  checkFaces(check, p, trial);
  checkJacobian(check, p, grid, trial);
  checkBattery(check, p, trial);
}

/** Two porosities at once, the second the first in reverse. */
function checkTogether({ refuse, during }: Check, { solver, eps, usual, solve }: Trial): void {
  const { solveMany } = solver;
  if (solveMany === undefined) return;
  if (typeof solveMany !== "function") refuse(`solveMany must be a function, or be left out, got ${shown(solveMany)}`);
  const one = eps.slice().reverse();
  const expected = [...solve(usual), ...solve(usual, one)];
  const out = new Float64Array(expected.length + 2).fill(NaN);
  during("solveMany", () => solveMany.call(solver, Float64Array.of(...eps, ...one), 2, usual, out, 1));
  if (!Number.isNaN(out[0]) || !Number.isNaN(out[expected.length + 1]))
    refuse("solveMany must write [count, channels, cells] into out from offset on, and nothing before or after");
  const off = expected.findIndex((v, i) => out[i + 1] !== v);
  if (off >= 0) {
    const [many, alone] = [out[off + 1], expected[off]];
    refuse(`solveMany must give the numbers that solve gives one by one, bit by bit; got ${many} in place of ${alone}`);
  }
}

function checkFaces({ refuse, during }: Check, { faces, channels }: Problem, { usual }: Trial): void {
  if (faces === undefined) return;
  const found: unknown = during("faces", () => faces(usual));
  const expected = 'for each channel a pair, each "of the cell", "extrapolated" or { held: number }';
  if (!Array.isArray(found)) return refuse(`faces(condition) must return a list, ${expected}, got ${shown(found)}`);
  for (const [i, { name }] of channels.entries()) {
    const pair: unknown = found[i];
    if (pair === undefined || (Array.isArray(pair) && pair.length === 2 && pair.every(isFaceValue))) continue;
    refuse(`faces(condition) must return ${expected}, got ${shown(pair)} for ${name}`);
  }
}

const isFaceValue = (value: unknown): boolean =>
  value === "of the cell" ||
  value === "extrapolated" ||
  (typeof value === "object" && value !== null && "held" in value && Number.isFinite(value.held));

/** Along a direction that changes every cell otherwise. */
function checkJacobian({ refuse, during }: Check, p: Problem, grid: Grid, { eps, usual, solve }: Trial): void {
  const { jacobian } = p;
  if (jacobian === undefined) return;
  const J: unknown = during("jacobian", () => jacobian(grid, eps, usual));
  const size = p.channels.length * grid.cells ** 2;
  if (!(J instanceof Float64Array && J.length === size && J.every(Number.isFinite))) {
    const got = J instanceof Float64Array ? `${J.length} of them` : shown(J);
    return refuse(`jacobian must return ${size} finite numbers here, [channels * cells, cells], got ${got}`);
  }
  const v = eps.map((_, q) => Math.cos(3 * q + 1));
  const [above, below] = [1, -1].map((sign) => solve(usual, eps.map((e, q) => e + sign * STEP * v[q]))); // prettier-ignore
  const difference = above.map((u, i) => (u - below[i]) / (2 * STEP));
  for (const [k, { name }] of p.channels.entries()) {
    const rows = Array.from({ length: grid.cells }, (_, i) => k * grid.cells + i);
    const largest = Math.max(...rows.map((i) => Math.abs(difference[i])));
    const along = (i: number): number => v.reduce((sum, vq, q) => sum + J[i * grid.cells + q] * vq, 0);
    const off = Math.max(...rows.map((i) => Math.abs(along(i) - difference[i])));
    if (off <= DERIVATIVE * largest + Number.MIN_VALUE) continue;
    refuse(
      `jacobian is not the derivative of ${name} with respect to the porosity: off by ` +
        `${((100 * off) / largest).toPrecision(2)} % of a difference quotient. Remedy: mend it, or leave it out`,
    );
  }
}

const ofBattery: Readonly<Record<keyof BatteryElectrode, true>> = {
  activeAndPores: true,
  particleRadius: true,
  bruggeman: true,
  conductivity: true,
  diffusivity: true,
  transferenceNumber: true,
  concentration: true,
  rate: true,
  equilibriumPotential: true,
  current: true,
  solidSlope: true,
};

function checkBattery({ refuse, during }: Check, { battery }: Problem, { usual }: Trial): void {
  if (battery === undefined) return;
  const found: unknown = during("battery", () => battery(usual));
  const names = Object.keys(ofBattery);
  if (typeof found !== "object" || found === null)
    return refuse(`battery(condition) must return an object with ${names.join(", ")}, got ${shown(found)}`);
  for (const name of names) {
    const value = (found as Readonly<Record<string, unknown>>)[name];
    if (!Number.isFinite(value)) refuse(`battery(condition) needs a finite number ${name}, got ${shown(value)}`);
  }
}
