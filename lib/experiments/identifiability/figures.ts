/**
 * Chapter 6: figures of what the fields say about the porosity, and pairs of porosities that they cannot tell apart.
 */
import { type EqualFields, equalFields } from "../../inverse/equal-fields";
import { Fields } from "../../fields/fields";
import { onlyAxis } from "../../fields/grid";
import { offsetOf } from "../../fields/shape";
import { fieldMap, type FieldMap, type Noise } from "../../inverse/field-map";
import { resolvedModes as countResolved } from "../../inverse/identifiability";
import { farPairs, inUnits } from "./far-pairs";
import { exactFamilyFigure as drawFamily } from "./exact-family";
import { type BiasByStartRow, nonIdentifiabilityAtAGlance } from "./non-identifiability";
import { posteriorSpread, type PosteriorSpreadRow } from "./posterior-spread";
import { resolvedModes } from "./resolved-modes";
import { singularSpectrum, type SingularSpectrumRow } from "./singular-spectrum";
import type { Figure } from "../../figures/spec";
import { atCorrelationLength, axisOf, referenceCondition, shapeOf } from "../../transport/domain";
import { noiseFor } from "./noise";
import type { IdentifiabilityResult } from "./stage";
import { betasOf, rowOf, varying } from "../mean-bias/figures";
import type { MeanBias } from "../mean-bias/stage";
import type { Case } from "../case";
import type { Part } from "../settings";
import type { identifiabilitySettings } from "./settings";
import { type FamilyStudy, jacobianError, lengthLabel } from "./claims";
export { assertNonIdentifiability, exactFamilyStudy, lengthLabel } from "./claims";
export { assertManifold, manifoldTable } from "../manifold/claims";
export * from "../manifold/figures";
export * from "../posterior/figures";

/** "φ alone", "both": what a result looks at, as figures write it. */
const viewLabel = ({ observed, channels, everything }: IdentifiabilityResult): string =>
  channels.length > 1 ? observed : `${channels[0].symbol}${everything ? "" : " alone"}`;

/**
 * Singular values in units of the noise: a mode is resolved where its value exceeds 1. Band: one standard deviation
 * over porosities.
 */
export function spectrumFigure(results: readonly IdentifiabilityResult[], modes = 30): Figure {
  const rulers = [...new Set(results.map(viewLabel))].map((observed) => ({ observed, value: 1, label: "noise" }));
  const options = { name: "06-singular-spectrum", title: "singular value / noise" };
  return singularSpectrum(spectrumRows(results, modes), rulers, options);
}

function spectrumRows(results: readonly IdentifiabilityResult[], modes: number): SingularSpectrumRow[] {
  return results.flatMap(({ correlationLength, result, ...view }) =>
    result.spectrum.slice(0, modes).map((value, k) => {
      const logStd = result.spectrumLogStd[k] ?? 0; // null with the value 0, which has no band
      return {
        correlation: lengthLabel(correlationLength),
        observed: viewLabel({ ...view, correlationLength, result }),
        mode: k + 1,
        value: Math.max(value, 1e-6),
        low: Math.max(value * Math.exp(-logStd), 1e-6),
        high: Math.max(value * Math.exp(logStd), 1e-6),
      };
    }),
  );
}

/** Number of resolved modes against the noise, both channels' in proportion, in units of the configured ones. */
export function resolvedFigure(results: readonly IdentifiabilityResult[]): Figure {
  const rows = results.flatMap(({ correlationLength, result, ...view }) =>
    Array.from({ length: 17 }, (_, k) => 10 ** (-2 + k / 4)).map((noise) => ({
      correlation: lengthLabel(correlationLength),
      observed: viewLabel({ ...view, correlationLength, result }),
      noise,
      modes: countResolved(result.spectrum, noise),
    })),
  );
  const { channels, result } = results.find(({ everything }) => everything) ?? results[0];
  const units = channels.map((channel) => inUnits(channel, result.noise[channel.name]));
  return resolvedModes(rows, { name: "06-resolved-modes", noiseTitle: `noise / (${units.join(", ")})` });
}

/**
 * Posterior over prior standard deviation of g along x, for each length and observed field; band: two standard errors
 * over draws.
 */
export const posteriorFigure = (results: readonly IdentifiabilityResult[]): Figure =>
  posteriorSpread(spreadRows(results), { axis: results[0].axis, name: "06-posterior-spread" });

function spreadRows(results: readonly IdentifiabilityResult[]): PosteriorSpreadRow[] {
  return results.flatMap(({ correlationLength, result, ...view }) =>
    result.x.map((x, i) => ({
      correlation: lengthLabel(correlationLength),
      observed: viewLabel({ ...view, correlationLength, result }),
      x,
      ratio: result.spreadRatio[i],
      low: result.spreadRatio[i] - 2 * result.spreadRatioError[i],
      high: result.spreadRatio[i] + 2 * result.spreadRatioError[i],
    })),
  );
}

/**
 * The chapter's answer as one figure: what all fields together tell of the porosity, and the mean of generated fields
 * from the mean-bias experiments, by start law at the smallest beta_max that they were drawn at.
 */
export function nonIdentifiabilityFigure(
  study: Case,
  results: readonly IdentifiabilityResult[],
  generated: MeanBias,
): Figure {
  const both = results.filter(({ everything }) => everything);
  const shape = shapeOf(study.problem, study.configuration.problem.cells);
  const { centres, cells } = onlyAxis(shape.grid, study.problem.name);
  const { small } = betasOf(generated);
  const cases = [
    { label: "start N(0, I)", start: "standard normal" },
    { label: "matched start", start: "matched" },
  ] as const;
  const bias = cases.flatMap(({ label, start }) => {
    const { profile, profileError } = rowOf(generated, { betaMax: small, start });
    return shape.channels.flatMap(({ name: channel }, ch) =>
      varying(generated, ch, cells).map((i): BiasByStartRow => {
        const x = centres[i];
        const at = offsetOf(shape, 0, ch) + i;
        const [value, error] = [profile[at], profileError[at]];
        return { start: label, channel, x, bias: value, low: value - 2 * error, high: value + 2 * error };
      }),
    );
  });
  const rows = { spectrum: spectrumRows(both, 30), spread: spreadRows(both), bias };
  return nonIdentifiabilityAtAGlance(rows, { shape, name: "06-non-identifiability" });
}

/** Two porosities of one correlation length (a fraction of the electrode) whose fields agree within the noise. */
export interface FarPair extends EqualFields {
  readonly correlationLength: number;
}

const noiseOf = ({ problem, configuration: c }: Case<Part<typeof identifiabilitySettings>>): Noise =>
  noiseFor(problem, axisOf(problem, c.problem.cells).cells, c.identifiability.noise, 0.1);

/**
 * The map of the study's problem at its reference condition, but for the correlation length, a fraction of the domain.
 */
function mapAt({ problem, configuration }: Case, fraction: number): FieldMap {
  const { cells } = configuration.problem;
  const there = atCorrelationLength(problem, fraction * problem.domain[0].length);
  return fieldMap(there, { condition: referenceCondition(problem), cells });
}

/**
 * For each correlation length a pair of likely porosities whose fields, in every channel, differ by less than the noise
 * everywhere.
 */
export function findFarPairs(study: Case<Part<typeof identifiabilitySettings>>): FarPair[] {
  const noise = noiseOf(study);
  return study.configuration.identifiability.correlationLengths.map((fraction) => {
    const map = mapAt(study, fraction);
    const start = study.stream("far pairs").child(String(fraction)).normals(map.cells);
    return { correlationLength: fraction, ...equalFields(map, start, noise) };
  });
}

/** The pairs side by side, with the difference of their fields against the noise. */
export function farPairsFigure(study: Case<Part<typeof identifiabilitySettings>>, pairs: readonly FarPair[]): Figure {
  const { problem } = study;
  const shape = shapeOf(problem, study.configuration.problem.cells);
  const { centres } = onlyAxis(shape.grid, problem.name);
  const rows = pairs.flatMap(({ correlationLength, eps, fields }) => {
    const [a, b] = fields.map((values) => new Fields(values, shape));
    const difference = (i: number) =>
      Object.fromEntries(shape.channels.map(({ name }) => [name, a.profile(0, name)[i] - b.profile(0, name)[i]]));
    return Array.from(centres, (x, i) => ({
      pair: lengthLabel(correlationLength),
      x,
      epsA: eps[0][i],
      epsB: eps[1][i],
      difference: difference(i),
    }));
  });
  const { epsMin, epsMax } = problem.porosity.law;
  return farPairs(rows, { shape, noise: noiseOf(study), porosity: [epsMin, epsMax], name: "06-far-pairs" });
}

/**
 * The worst relative error of the derivatives over the correlation lengths, along a random direction at a random
 * porosity.
 */
export function worstJacobian(study: Case<Part<typeof identifiabilitySettings>>): number {
  const { correlationLengths } = study.configuration.identifiability;
  const errors = correlationLengths.map((fraction) => {
    const map = mapAt(study, fraction);
    const own = study.stream("derivatives").child(String(fraction));
    return jacobianError(map, own.child("porosity").normals(map.cells), own.child("direction").normals(map.cells));
  });
  return Math.max(...errors);
}

/** Two porosities of the exact family and the difference of their fields, for each kind of ends. */
export function familyFigure({ members }: FamilyStudy): Figure {
  const { x, eps, member, twoPotentials, potentialAndCurrent } = members[members.length - 1];
  const rows = Array.from(x, (at, i) => ({
    x: at,
    eps: eps[i],
    member: member[i],
    twoPotentials: twoPotentials[i],
    potentialAndCurrent: potentialAndCurrent[i],
  }));
  return drawFamily(rows, { name: "06-exact-family" });
}
