/** Chapter 1: porosity profiles and the fields that they induce. */
import { porosityAndFields, type PorosityAndFieldsRow } from "./porosity-and-fields";
import type { Figure } from "../../figures/spec";
import { Fields } from "../../fields/fields";
import { onlyAxis } from "../../fields/grid";
import { fieldSize } from "../../fields/shape";
import { porosity } from "../../porosity/law";
import { atCorrelationLength, referenceCondition, shapeOf } from "../../transport/domain";
import { porosityProcess } from "../../transport/porosity-process";
import type { Case } from "../case";
import { mean } from "../../numerics/statistics";

export * from "./single-precision";

/** Porosities drawn at correlation length `fraction` L and their fields at the reference condition. */
export function drawProfiles(study: Case, fraction: number, draws: number): PorosityAndFieldsRow[] {
  const problem = atCorrelationLength(study.problem, fraction * study.problem.domain[0].length);
  const shape = shapeOf(problem, study.configuration.problem.cells);
  const { centres } = onlyAxis(shape.grid, problem.name);
  const solver = problem.solver(shape.grid);
  const condition = referenceCondition(problem);
  const process = porosityProcess(problem, condition, shape.grid);
  const rows: PorosityAndFieldsRow[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const eps = porosity(
      process.sample(study.stream("profiles").child(`${fraction}`).child(draw)),
      problem.porosity.law,
    );
    const fields = new Fields(new Float64Array(fieldSize(shape)), shape);
    solver.solve(eps, condition, fields.values);
    centres.forEach((x, i) => rows.push({ draw, quantity: "eps", x, value: eps[i] }));
    for (const { name } of problem.channels) {
      fields.profile(0, name).forEach((value, i) => {
        rows.push({ draw, quantity: name, x: centres[i], value });
      });
    }
  }
  return rows;
}

/** Some porosities and the fields that they induce. */
export const profilesFigure = (study: Case, rows: readonly PorosityAndFieldsRow[]): Figure =>
  porosityAndFields(rows, {
    shape: shapeOf(study.problem, study.configuration.problem.cells),
    name: "01-porosity-and-fields",
  });

/**
 * Root mean square second difference relative to the spread: how rough the profiles are, for porosity and fields alike.
 */
export function roughness(rows: readonly PorosityAndFieldsRow[], quantity: string): number {
  const draws = [...new Set(rows.map((r) => r.draw))];
  let [rough, spread] = [0, 0];
  for (const draw of draws) {
    const v = rows.filter((r) => r.draw === draw && r.quantity === quantity).map((r) => r.value);
    const middle = mean(v);
    for (let i = 1; i + 1 < v.length; i++) rough += (v[i + 1] - 2 * v[i] + v[i - 1]) ** 2;
    spread += v.reduce((sum, x) => sum + (x - middle) ** 2, 0);
  }
  return Math.sqrt(rough / spread);
}

/** How rough the porosity and each channel are, as rows of a table. */
export function roughnessTable(study: Case, rows: readonly PorosityAndFieldsRow[]): object[] {
  const of = (symbol: string, quantity: string) => ({ "roughness of": symbol, value: roughness(rows, quantity) });
  return [of("ε", "eps"), ...study.problem.channels.map(({ name, symbol }) => of(symbol, name))];
}
