/** Chapter 1: porosity profiles, the fields that they induce, and what single precision did to the published ones. */
import { porosityAndFields, type PorosityAndFieldsRow } from "../../figures/porosity-and-fields";
import { precisionSpread, type PrecisionSpreadRow } from "../../figures/precision-spread";
import type { Figure } from "../../figures/spec";
import { gaussianProcess } from "../../porosity/gaussian-process";
import { porosity } from "../../porosity/law";
import { uniformGrid } from "../../transport/grid";
import { moments } from "../../diagnostics/moments";
import { publishedCondition } from "../stages/mean-bias";
import type { Study } from "../study";
import { published } from "./published";

/** Porosities drawn at correlation length `fraction` L and their fields at the published current. */
export function drawProfiles(study: Study, fraction: number, draws: number): PorosityAndFieldsRow[] {
  const { problem } = study;
  const grid = uniformGrid(study.configuration.problem.cells, problem.length);
  const solver = problem.solver(grid);
  const condition = { ...publishedCondition, l: fraction * problem.length };
  const { law, covariance, nugget } = problem.porosity;
  const process = gaussianProcess({
    cells: grid.cells,
    length: problem.length,
    correlationLength: condition.l,
    covariance,
    nugget,
  });
  const rows: PorosityAndFieldsRow[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const eps = porosity(process.sample(study.stream("profiles").child(`${fraction}`).child(draw)), law);
    const fields = new Float64Array(problem.channels.length * grid.cells);
    solver.solve(eps, condition, fields);
    grid.centres.forEach((x, i) => rows.push({ draw, quantity: "eps", x, value: eps[i] }));
    problem.channels.forEach(({ name }, channel) =>
      grid.centres.forEach((x, i) =>
        rows.push({ draw, quantity: name as "c" | "phi", x, value: fields[channel * grid.cells + i] }),
      ),
    );
  }
  return rows;
}

/** Some porosities and the fields that they induce. */
export const profilesFigure = (rows: readonly PorosityAndFieldsRow[]): Figure =>
  porosityAndFields(rows, { name: "01-porosity-and-fields" });

/** Root mean square second difference relative to the spread: how rough a profile is, for porosity and fields alike. */
export function roughness(rows: readonly PorosityAndFieldsRow[], quantity: PorosityAndFieldsRow["quantity"]): number {
  const draws = [...new Set(rows.map((r) => r.draw))];
  let [rough, spread] = [0, 0];
  for (const draw of draws) {
    const v = rows.filter((r) => r.draw === draw && r.quantity === quantity).map((r) => r.value);
    const mean = v.reduce((a, b) => a + b, 0) / v.length;
    for (let i = 1; i + 1 < v.length; i++) rough += (v[i + 1] - 2 * v[i] + v[i - 1]) ** 2;
    spread += v.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  }
  return Math.sqrt(rough / spread);
}

/** The same porosities solved in single and in double precision: spread, mean and share of round-off by channel. */
export interface PrecisionComparison {
  readonly count: number;
  /** |std single|_2 / |std double|_2 for each channel, same porosities, and the standard error of a spread's ratio. */
  readonly spreadRatio: Readonly<Record<"c" | "phi", number>>;
  readonly standardError: number;
  /** Share of the variance of phi in single precision that exact arithmetic does not have. */
  readonly roundOffShare: number;
  /** |mean single - mean double|_2 / |std double|_2. */
  readonly meanShift: Readonly<Record<"c" | "phi", number>>;
  readonly rows: readonly PrecisionSpreadRow[];
}

/** Solves the same porosities in double and in single precision at the published condition. */
export async function comparePrecisions(study: Study, count: number): Promise<PrecisionComparison> {
  const solve = async (precision: "double" | "single") =>
    moments(await study.solve(publishedCondition, count, "precision", { precision }));
  const [double, single] = [await solve("double"), await solve("single")];
  const { cells } = study.configuration.problem;
  const grid = uniformGrid(cells, study.problem.length);
  const norm = (v: ArrayLike<number>, channel: number): number =>
    Math.sqrt(
      Array.from(v)
        .slice(channel * cells, (channel + 1) * cells)
        .reduce((sum, x) => sum + x * x, 0),
    );
  const ratio = (channel: number): number => norm(single.std, channel) / norm(double.std, channel);
  const shift = (channel: number): number =>
    norm(
      single.mean.map((m, i) => m - double.mean[i]),
      channel,
    ) / norm(double.std, channel);
  const rowsOf = (
    source: PrecisionSpreadRow["source"],
    std: ArrayLike<number>,
    error?: ArrayLike<number>,
  ): PrecisionSpreadRow[] =>
    Array.from(grid.centres, (x, i) => ({
      source,
      x,
      std: std[i],
      ...(error ? { low: std[i] - 2 * error[i], high: std[i] + 2 * error[i] } : {}),
    }));
  const phi = (values: Float64Array): Float64Array => values.subarray(cells);
  const overlay = cells === published().pde.phi.std.length ? rowsOf("published", published().pde.phi.std) : [];
  return {
    count,
    spreadRatio: { c: ratio(0), phi: ratio(1) },
    standardError: 1 / Math.sqrt(count),
    roundOffShare: 1 - 1 / ratio(1) ** 2,
    meanShift: { c: shift(0), phi: shift(1) },
    rows: [
      ...rowsOf("double precision", phi(double.std), phi(double.standardError.std)),
      ...rowsOf("single precision", phi(single.std), phi(single.standardError.std)),
      ...overlay,
    ],
  };
}

/** Spread of the potential along the electrode in both precisions, beside the published one. */
export const precisionFigure = (comparison: PrecisionComparison): Figure =>
  precisionSpread(comparison.rows, { name: "01-single-precision" });
