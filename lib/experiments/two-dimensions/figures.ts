/**
 * What chapter 11 shows: example maps, the family of porosities that have one potential, singular values on a line and
 * on a plane.
 */
import { generateEnsemble } from "../../ensemble/generate";
import { maps } from "../../figures/maps";
import { figure } from "../../figures/parts/figure";
import { line, points, reference } from "../../figures/parts/layers";
import type { Figure } from "../../figures/spec";
import { colours, styles } from "../../figures/theme";
import { gridOn } from "../../fields/grid";
import { conduction2d } from "../../transport/conduction-2d";
import { shapeOf } from "../../transport/domain";
import type { Condition } from "../../transport/problem";
import type { Case } from "../case";
import type { Part } from "../settings";
import { resolved } from "./claims";
import type { twoDimensionsSettings } from "./settings";
import type { TwoDimensions } from "./stage";

export { assertTwoDimensions, orderOfFamily } from "./claims";

/**
 * Porosities drawn at a condition of conduction-2d and their potentials, one scale a row, contour lines of the
 * potential over both.
 */
export async function exampleMaps(
  study: Case<Part<typeof twoDimensionsSettings>>,
  condition: Condition,
  { count = 3, name = "11-examples" }: { count?: number; name?: string } = {},
): Promise<Figure> {
  const { shown } = study.configuration.twoDimensions;
  const shape = shapeOf(conduction2d, shown);
  const { fields, porosity } = await generateEnsemble({
    problem: conduction2d,
    conditions: [condition],
    count,
    cells: shown,
    stream: study.stream("examples"),
    keepPorosity: true,
  });
  const numbers = Array.from({ length: count }, (_, k) => k);
  const [first] = shape.channels;
  const potential = (k: number) => fields.profile(k, 0);
  return maps(
    shape.grid,
    [
      {
        quantity: "ε",
        colours: "material",
        maps: numbers.map((k) => ({
          title: `porosity ${k + 1}`,
          values: porosity!.field(k),
          contours: potential(k),
        })),
      },
      {
        quantity: `${first.symbol} (${first.unit})`,
        maps: numbers.map((k) => ({
          title: `${first.symbol} of ${k + 1}`,
          values: potential(k),
          contours: potential(k),
        })),
      },
    ],
    {
      name,
      caption: "Porosities of a square and the potentials that they induce, with contour lines of the potential",
    },
  );
}

/** Two porosities of the family, the potential of each, and what is left between them. */
export function familyFigure({ maps: { cells, eps, phi } }: TwoDimensions): Figure {
  const grid = gridOn([
    { name: "x", length: 1, cells },
    { name: "y", length: 1, cells },
  ]);
  const pair = (of: readonly [number[], number[]], title: string) =>
    of.map((values, k) => ({ title: `${title} ${"AB"[k]}`, values, contours: phi[k] }));
  return maps(
    grid,
    [
      { quantity: "ε", colours: "material", maps: pair(eps, "porosity") },
      { quantity: "φ (V)", maps: pair(phi, "potential of") },
    ],
    { name: "11-family", caption: "Two porosities of a square that have one potential between two given potentials" },
  );
}

/** Singular values over the noise, mode by mode. */
export function spectraFigure({ spectra }: TwoDimensions): Figure {
  const style = { 1: styles.theory, 2: styles.solver } as const;
  const label = { 1: "line", 2: "plane" } as const;
  const shown = spectra.map(({ axes, values }) => ({
    axes,
    points: values.slice(0, 60).flatMap((y, k) => (y > 1e-3 ? [{ x: k + 1, y }] : [])),
  }));
  return figure({
    name: "11-singular-values",
    caption: "Singular values of the map from the porosity to the potential over the noise, on a line and on a plane",
    width: "one",
    panelHeight: 40,
    panels: [
      {
        x: { title: "mode" },
        y: { title: "singular value / noise", scale: "log" },
        layers: [
          reference({ y: 1 }, { colour: colours.theory, dash: [3, 2] }),
          ...shown.flatMap(({ axes, points: at }) => [line(at, style[axes]), points(at, style[axes], { size: 14 })]),
        ],
      },
    ],
    legend: spectra.map(({ axes }) => ({ label: label[axes], style: style[axes], swatch: "line" as const })),
    rows: shown.flatMap(({ axes, points: at }) => at.map(({ x, y }) => ({ grid: label[axes], mode: x, value: y }))),
  });
}

/** A row a grid: differences of the two potentials. */
export function familyTable({ family }: TwoDimensions): Record<string, number>[] {
  return family.map(({ cells, difference }) => ({ cells, ...difference }));
}

/** How many directions of the porosity a potential tells. */
export function spectraTable({ spectra }: TwoDimensions): Record<string, number>[] {
  return spectra.map(({ axes, values, porosityModes }) => ({
    axes,
    "directions with 99 % of the porosity's variance": porosityModes,
    "directions above the noise": resolved(values),
  }));
}
