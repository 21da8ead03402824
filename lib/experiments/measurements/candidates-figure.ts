/** What readings say of conditions that were taken for unknown: the posterior's distribution function over the candidates. */
import { figure } from "../../figures/parts/figure";
import { line, reference } from "../../figures/parts/layers";
import { printedUnit } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { colours, styles } from "../../figures/theme";
import { normalisedWeights } from "../../numerics/importance-weights";
import { informants } from "./candidates";
import type { Case } from "../case";
import type { MeasurementsResult } from "./stage";

/** One panel a condition; the vertical line is the condition of the hidden truth, the grey one the prior. */
export function candidatesFigure({ candidates }: MeasurementsResult, { problem }: Pick<Case, "problem">): Figure {
  const unitOf = (name: string): string | undefined => problem.conditions.find((range) => range.name === name)?.unit;
  const rows: { condition: string; evidence: string; value: number; below: number }[] = [];
  const panels = candidates.names.map((name, k) => {
    const order = candidates.values.map((_, i) => i).sort((a, b) => candidates.values[a][k] - candidates.values[b][k]);
    const stairs = (evidence: string, weights: ArrayLike<number>): { x: number; y: number }[] => {
      let below = 0;
      return order.map((i) => {
        below += weights[i];
        rows.push({ condition: name, evidence, value: candidates.values[i][k], below });
        return { x: candidates.values[i][k], y: Math.min(1, below) };
      });
    };
    const equal = new Float64Array(order.length).fill(1 / order.length);
    return {
      x: { title: unitOf(name) === "1" ? name : `${name} (${printedUnit(unitOf(name) ?? "")})` },
      y: { title: "posterior below", domain: [0, 1] as const },
      layers: [
        reference({ x: candidates.truth[k] }, { colour: colours.theory }),
        line(stairs("none: prior", equal), { colour: colours.published, shape: "circle" }),
        ...informants.map((who) =>
          line(
            stairs(who, normalisedWeights(candidates.logEvidence[who])),
            who === "network" ? styles.model : styles[who],
          ),
        ),
      ],
    };
  });
  return figure({
    name: "10-conditions",
    caption: "Posterior of conditions that are not known, given the readings",
    width: "two",
    panelHeight: 38,
    panels,
    legend: [
      { label: "prior", style: { colour: colours.published, shape: "circle" }, swatch: "line" },
      ...informants.map((who) => ({ label: who, style: who === "network" ? styles.model : styles[who], swatch: "line" as const })), // prettier-ignore
    ],
    rows,
  });
}
