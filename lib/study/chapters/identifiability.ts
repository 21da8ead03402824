/** Chapter 6: figures of what the fields say about the porosity, and pairs of porosities that they cannot tell apart. */
import { type EqualFields, equalFields } from "../../diagnostics/equal-fields";
import { fieldMap } from "../../diagnostics/field-map";
import { resolvedModes as countResolved } from "../../diagnostics/identifiability";
import { farPairs } from "../../figures/far-pairs";
import { posteriorSpread } from "../../figures/posterior-spread";
import { resolvedModes } from "../../figures/resolved-modes";
import { singularSpectrum } from "../../figures/singular-spectrum";
import type { Figure } from "../../figures/spec";
import { uniformGrid } from "../../transport/grid";
import type { IdentifiabilityResult } from "../stages/identifiability";
import { publishedCondition } from "../stages/mean-bias";
import type { Study } from "../study";

const observedName = { phi: "φ alone", c: "c alone", both: "both" } as const;

export const lengthLabel = (fraction: number): string => `ℓ = L/${Math.round(1 / fraction)}`;

/** Singular values in units of the noise: a mode is resolved where its value exceeds 1. */
export function spectrumFigure(results: readonly IdentifiabilityResult[], modes = 30): Figure {
  const rows = results.flatMap(({ correlationLength, observed, result }) =>
    result.spectrum.slice(0, modes).map((value, k) => ({
      correlation: lengthLabel(correlationLength),
      observed: observedName[observed],
      mode: k + 1,
      value: Math.max(value, 1e-6),
    })),
  );
  const rulers = (["phi", "c", "both"] as const).map((observed) => ({
    observed: observedName[observed],
    value: 1,
    label: "noise",
  }));
  return singularSpectrum(rows, rulers, { name: "06-singular-spectrum", title: "singular value / noise" });
}

/** Number of resolved modes against the noise on phi, scaled from the spectrum at the configured noise. */
export function resolvedFigure(results: readonly IdentifiabilityResult[]): Figure {
  const rows = results
    .filter(({ observed }) => observed === "phi")
    .flatMap(({ correlationLength, result }) =>
      Array.from({ length: 17 }, (_, k) => 10 ** (-6 + k / 4)).map((noise) => ({
        correlation: lengthLabel(correlationLength),
        observed: observedName.phi,
        noise,
        modes: countResolved(result.spectrum, noise / (result.noise.phi ?? 1)),
      })),
    );
  return resolvedModes(rows, { name: "06-resolved-modes" });
}

export function posteriorFigure(results: readonly IdentifiabilityResult[]): Figure {
  const rows = results.flatMap(({ correlationLength, observed, result }) =>
    result.x.map((x, i) => ({
      correlation: lengthLabel(correlationLength),
      observed: observedName[observed],
      x,
      ratio: result.spreadRatio[i],
    })),
  );
  return posteriorSpread(rows, { name: "06-posterior-spread" });
}

export interface FarPair extends EqualFields {
  readonly correlationLength: number;
}

/** For each correlation length a pair of likely porosities whose potentials differ by less than the noise everywhere. */
export function findFarPairs(study: Study): FarPair[] {
  const { correlationLengths, noise } = study.configuration.identifiability;
  return correlationLengths.map((fraction) => {
    const condition = { ...publishedCondition, l: fraction * study.problem.length };
    const map = fieldMap(study.problem, { condition, cells: study.configuration.problem.cells });
    const start = study.stream("far pairs").child(String(fraction)).normals(map.cells);
    return { correlationLength: fraction, ...equalFields(map, start, { phi: noise }) };
  });
}

export function farPairsFigure(study: Study, pairs: readonly FarPair[]): Figure {
  const { cells } = study.configuration.problem;
  const { centres } = uniformGrid(cells, study.problem.length);
  const rows = pairs.flatMap(({ correlationLength, eps, fields }) =>
    Array.from(centres, (x, i) => ({
      pair: lengthLabel(correlationLength),
      x,
      epsA: eps[0][i],
      epsB: eps[1][i],
      differencePhi: fields[1][cells + i] - fields[0][cells + i],
    })),
  );
  return farPairs(rows, { name: "06-far-pairs", noisePhi: study.configuration.identifiability.noise });
}
