/** Chapter 1: porosity profiles and the fields that they induce. */
import { porosityAndFields, type PorosityAndFieldsRow } from "./porosity-and-fields";
import type { Figure } from "../../figures/spec";
import { gaussianProcess } from "../../porosity/gaussian-process";
import { porosity } from "../../porosity/law";
import { uniformGrid } from "../../transport/grid";
import type { Case } from "../case";
import { publishedCondition } from "../../transport/published-conditions";

export * from "./single-precision";

/** Porosities drawn at correlation length `fraction` L and their fields at the published current. */
export function drawProfiles(study: Case, fraction: number, draws: number): PorosityAndFieldsRow[] {
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

/** Root mean square second difference relative to the spread: how rough the profiles are, for porosity and fields alike. */
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
