/**
 * What readings say of conditions that were taken for unknown: the posterior's distribution function over the
 * candidates.
 */
import { figure } from "../../figures/parts/figure";
import { line, reference } from "../../figures/parts/layers";
import { lengthScale, printedUnit } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { colours, styles } from "../../figures/theme";
import { normalisedWeights } from "../../numerics/importance-weights";
import { informants } from "./candidates";
import type { Case } from "../case";
import type { MeasurementsResult } from "./stage";

/** One panel a condition; the vertical line is the condition of the hidden truth, the grey one the prior. */
export function candidatesFigure({ candidates }: MeasurementsResult, { problem }: Pick<Case, "problem">): Figure {
  const unitOf = (name: string): string => problem.conditions.find((range) => range.name === name)?.unit ?? "1";
  const rows: { condition: string; evidence: string; value: number; below: number }[] = [];
  const panels = candidates.names.map((name, k) => {
    const order = candidates.values.map((_, i) => i).sort((a, b) => candidates.values[a][k] - candidates.values[b][k]);
    const scale = scaleOf(
      name,
      unitOf(name),
      candidates.values.map((row) => row[k]),
    );
    const stairs = (evidence: string, weights: ArrayLike<number>): { x: number; y: number }[] => {
      let below = 0;
      return order.map((i) => {
        below += weights[i];
        rows.push({ condition: name, evidence, value: candidates.values[i][k], below });
        return { x: scale.shown(candidates.values[i][k]), y: Math.min(1, below) };
      });
    };
    const equal = new Float64Array(order.length).fill(1 / order.length);
    return {
      x: { title: scale.title },
      y: { title: "posterior below", domain: [0, 1] as const },
      layers: [
        reference({ x: scale.shown(candidates.truth[k]) }, { colour: colours.theory }),
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
      ...informants.map((who) => ({
        label: who,
        style: who === "network" ? styles.model : styles[who],
        swatch: "line" as const,
      })),
    ],
    rows,
  });
}

/** Lengths in the unit that fits, other quantities in their own. */
function scaleOf(
  name: string,
  unit: string,
  values: readonly number[],
): { title: string; shown: (x: number) => number } {
  if (unit === "m") return lengthScale({ name, length: Math.max(...values) });
  return { title: unit === "1" ? name : `${name} (${printedUnit(unit)})`, shown: (x) => x };
}
