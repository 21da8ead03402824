/** Chapter 5: the mean-bias experiments as figures and as the numbers that its last cell asserts. */
import { byChannel } from "../by-channel";
import { onlyAxis } from "../../fields/grid";
import { offsetOf } from "../../fields/shape";
import { biasAgainstBeta, type BiasAgainstBetaRow } from "./bias-against-beta";
import { biasProfile, type BiasProfileRow, type BiasSource } from "./bias-profile";
import { decisiveComparison, type DecisiveComparisonRow } from "./decisive-comparison";
import { meanBiasAtAGlance } from "./mean-bias";
import type { Figure } from "../../figures/spec";
import { shapeOf } from "../../transport/domain";
import type { MeanBias } from "./stage";
import type { Sampler, StartKind } from "./published-setting";
import type { ScoreKind } from "./experiments";
import type { Case } from "../case";
import { isPublishedChannel, published } from "../original/profiles";
import { hasRow, rowOf, varying, profileCosine } from "./rows";

export * from "./claims";
export * from "./rows";
export * from "../bias-budget/claims";
export * from "../bias-budget/figures";
export * from "../confounder/claims";
export * from "../confounder/figures";
export * from "../floor-spectra/claims";
export * from "../floor-spectra/figures";

const samplerName = { "reverse SDE": "reverse SDE", "probability flow": "probability-flow ODE" } as const;

/** Bias along the electrode by the reverse SDE from the standard normal, at the decisive and the largest beta_max. */
export function biasProfileFigure(study: Case, result: MeanBias, betas: readonly number[]): Figure {
  const shape = shapeOf(study.problem, study.configuration.problem.cells);
  const { cells, centres } = onlyAxis(shape.grid, study.problem.name);
  const sources: Record<ScoreKind, BiasSource> = {
    gaussian: "exact Gaussian score",
    empirical: "exact empirical score",
    network: "trained network",
  };
  const rows = betas.flatMap((betaMax) =>
    shape.channels.flatMap(({ name: channel }, ch): BiasProfileRow[] => {
      const curve = (
        source: BiasSource,
        value: (k: number) => number,
        error?: (k: number) => number,
      ): BiasProfileRow[] =>
        Array.from(centres, (x, i) => {
          const k = offsetOf(shape, 0, ch) + i;
          const bias = value(k);
          return {
            betaMax,
            channel,
            source,
            x,
            bias,
            ...(error ? { low: bias - 2 * error(k), high: bias + 2 * error(k) } : {}),
          };
        });
      const measured = result.rows.filter(
        (r) => r.betaMax === betaMax && r.start === "standard normal" && r.sampler === "reverse SDE",
      );
      const theory = curve("closed form", (k) => measured[0].predictedProfile[k]);
      const shown = new Set(varying(result, ch, cells).map((i) => centres[i]));
      return [
        ...theory,
        ...measured.flatMap(
          (r) =>
          curve(sources[r.score], (k) => r.profile[k], (k) => r.profileError[k]), // prettier-ignore
        ),
        ...publishedBias(result, betaMax, channel, ch, cells, centres),
      ].filter(({ x }) => shown.has(x));
    }),
  );
  return biasProfile(rows, { shape, name: "05-bias-profile" });
}

/**
 * The original's generated mean minus its solver mean, in true standard deviations: means do not suffer from its single
 * precision. The band is that of 500 fields a side with the spreads as they were published.
 */
function publishedBias(
  result: MeanBias,
  betaMax: number,
  channel: string,
  ch: number,
  cells: number,
  centres: Float64Array,
): BiasProfileRow[] {
  const { pde, generated, count } = published();
  const at = betaMax === 3 ? generated.beta_max_3 : betaMax === 20 ? generated.beta_max_20 : undefined;
  if (!at || !result.asPublished || !isPublishedChannel(channel)) return [];
  if (cells !== pde[channel].mean.length) return [];
  return Array.from(centres, (x, i) => {
    const std = result.solver.std[ch * cells + i];
    const inStd = (value: number): number => (std > 1e-9 ? value / std : 0);
    const bias = inStd(at[channel].mean[i] - pde[channel].mean[i]);
    const error = inStd(Math.hypot(at[channel].std[i], pde[channel].std[i]) / Math.sqrt(count));
    return { betaMax, channel, source: "published" as const, x, bias, low: bias - 2 * error, high: bias + 2 * error };
  });
}

/** Measured bias against beta_max for both samplers, with the lines that the closed form predicts. */
export const biasAgainstBetaFigure = (result: MeanBias): Figure =>
  biasAgainstBeta(betaRows(result), { channels: result.channels, name: "05-bias-against-beta" });

function betaRows(result: MeanBias): BiasAgainstBetaRow[] {
  const floor = 2e-4; // a logarithmic axis: what is not distinguishable from zero lies on its floor
  const predicted = result.predictions.flatMap(({ sampler, betaMax, bias }) =>
    result.channels.map(({ name: channel }, ch): BiasAgainstBetaRow => {
      return { channel, sampler: samplerName[sampler], betaMax, kind: "predicted", ratio: Math.max(floor, bias[ch]) };
    }),
  );
  const measured = result.rows
    .filter((r) => r.score === "network" && r.start === "standard normal")
    .flatMap((r) =>
      result.channels.map(({ name: channel }, ch): BiasAgainstBetaRow => {
        const [value, error] = [r.bias[ch], r.biasError[ch]];
        return {
          channel,
          sampler: samplerName[r.sampler],
          betaMax: r.betaMax,
          kind: "measured",
          ratio: Math.max(floor, value),
          low: Math.max(floor, value - 2 * error),
          high: Math.max(floor, value + 2 * error),
        };
      }),
    );
  return [...predicted, ...measured];
}

/** One network, four ways to start: the bias is there in the first only. What was not run is left out. */
export const decisiveFigure = (result: MeanBias, small: number, large: number, sampler?: Sampler): Figure =>
  decisiveComparison(decisiveRows(result, small, large, sampler), {
    channels: result.channels,
    name: "05-decisive-comparison",
  });

/**
 * The chapter's answer as one figure: the bias by what the fields are started from, and against beta_max with the
 * prediction.
 */
export const meanBiasFigure = (result: MeanBias, small: number, large: number): Figure =>
  meanBiasAtAGlance(decisiveRows(result, small, large), betaRows(result), {
    channels: result.channels,
    name: "05-mean-bias",
  });

function decisiveRows(
  result: MeanBias,
  small: number,
  large: number,
  sampler: Sampler = "reverse SDE",
): DecisiveComparisonRow[] {
  const cases = decisiveCases(small, large).filter((wanted) => hasRow(result, { ...wanted, sampler }));
  return cases.flatMap(({ start, betaMax, law, centring, label }) => {
    const r = rowOf(result, { start, betaMax, sampler });
    return result.channels.flatMap(({ name: channel }, ch): DecisiveComparisonRow[] => {
      const common = { label, start: law, centring, betaMax, channel };
      const [ratio, error] = [r.bias[ch], 2 * r.biasError[ch]];
      return [
        { ...common, kind: "predicted", ratio: r.predictedBias[ch] },
        { ...common, kind: "measured", ratio, low: ratio - error, high: ratio + error },
      ];
    });
  });
}

interface DecisiveCase {
  readonly start: StartKind;
  readonly betaMax: number;
  readonly law: string;
  readonly centring: string;
  readonly label: string;
}

function decisiveCases(small: number, large: number): DecisiveCase[] {
  const whole = { law: "N(0, I)", centring: "whole data set" };
  return [
    { start: "standard normal", betaMax: small, ...whole, label: `N(0, I), β_max = ${small}` },
    { start: "matched", betaMax: small, ...whole, law: "matched moments", label: "matched start" },
    { start: "centred", betaMax: small, ...whole, centring: "per condition", label: "centred data" },
    { start: "standard normal", betaMax: large, ...whole, label: `β_max = ${large}` },
  ];
}

/**
 * The decisive cases that this result does not hold, in words: a network of one schedule cannot be drawn from at
 * another.
 */
export function lacking(result: MeanBias, small: number, large: number): string[] {
  return decisiveCases(small, large)
    .filter((wanted) => !hasRow(result, wanted))
    .map(({ label, betaMax }) => `${label} (the network was not trained for beta_max = ${betaMax})`);
}

/**
 * All experiments as rows of a table: score, start law and sampler; by channel bias over std and spread, with the
 * closed form.
 */
export function biasTable(result: MeanBias): Record<string, string | number>[] {
  return result.rows.map((r) => ({
    score: r.score,
    "beta max": r.betaMax,
    start: r.start,
    sampler: r.sampler,
    ...byChannel(result, ({ name }, ch) => [`bias ${name}`, r.bias[ch]]),
    error: Math.max(...r.biasError),
    // between the measured profile and the closed form's
    ...byChannel(result, ({ name }, ch) => [`cosine ${name}`, profileCosine(r, ch)]),
    ...byChannel(result, ({ name }, ch) => [`closed form ${name}`, r.predictedBias[ch]]),
    ...byChannel(result, ({ name }, ch) => [`std ${name}`, r.stdRatio[ch]]),
  }));
}
