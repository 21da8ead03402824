/** Chapter 5: the mean-bias experiments as figures and as the numbers that its last cell asserts. */
import { biasAgainstBeta, type BiasAgainstBetaRow } from "../../figures/bias-against-beta";
import { biasProfile, type BiasProfileRow, type BiasSource } from "../../figures/bias-profile";
import { decisiveComparison, type DecisiveComparisonRow } from "../../figures/decisive-comparison";
import type { Figure } from "../../figures/spec";
import { uniformGrid } from "../../transport/grid";
import type { BiasRow, MeanBias, Sampler, ScoreKind, StartKind } from "../stages/mean-bias";
import type { Study } from "../study";
import { published } from "./published";

const channels = ["c", "phi"] as const;
/** Cells whose spread is below this share of the channel's largest are left out of profiles in units of the spread. */
const smallestSpread = 0.03;
const samplerName = { "reverse SDE": "reverse SDE", "probability flow": "probability-flow ODE" } as const;

/** The row of one experiment; an error names what was asked for when it was not run. */
export function rowOf(
  result: MeanBias,
  wanted: { score?: ScoreKind; start?: StartKind; sampler?: Sampler; betaMax: number },
): BiasRow {
  const { score = "network", start = "standard normal", sampler = "reverse SDE", betaMax } = wanted;
  const row = result.rows.find(
    (r) => r.score === score && r.start === start && r.sampler === sampler && r.betaMax === betaMax,
  );
  if (!row) throw new RangeError(`rowOf: no experiment with ${score}, ${start}, ${sampler}, beta_max ${betaMax}`);
  return row;
}

/** Bias along the electrode by the reverse SDE from the standard normal, at the decisive and the largest beta_max. */
export function biasProfileFigure(study: Study, result: MeanBias, betas: readonly number[]): Figure {
  const { cells } = study.configuration.problem;
  const { centres } = uniformGrid(cells, study.problem.length);
  const sources: Record<ScoreKind, BiasSource> = {
    gaussian: "exact Gaussian score",
    empirical: "exact empirical score",
    network: "trained network",
  };
  const largest = channels.map((_, ch) => Math.max(...result.solver.std.slice(ch * cells, (ch + 1) * cells)));
  const rows = betas.flatMap((betaMax) =>
    channels.flatMap((channel, ch): BiasProfileRow[] => {
      const curve = (
        source: BiasSource,
        value: (k: number) => number,
        error?: (k: number) => number,
      ): BiasProfileRow[] =>
        Array.from(centres, (x, i) => {
          const k = ch * cells + i;
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
      // Where the solver's fields hardly vary, a ratio to their spread says nothing.
      const varies = ({ x }: BiasProfileRow): boolean =>
        result.solver.std[ch * cells + centres.indexOf(x)] > smallestSpread * largest[ch];
      return [
        ...theory,
        ...measured.flatMap((r) =>
          curve(sources[r.score], (k) => r.profile[k], r.score === "network" ? (k) => r.profileError[k] : undefined),
        ),
        ...publishedBias(result, betaMax, channel, ch, cells, centres),
      ].filter(varies);
    }),
  );
  return biasProfile(rows, { name: "05-bias-profile" });
}

/** The original's generated mean minus its solver mean, in true standard deviations: means do not suffer from its single precision. */
function publishedBias(
  result: MeanBias,
  betaMax: number,
  channel: "c" | "phi",
  ch: number,
  cells: number,
  centres: Float64Array,
): BiasProfileRow[] {
  const { pde, generated } = published();
  const at = betaMax === 3 ? generated.beta_max_3 : betaMax === 20 ? generated.beta_max_20 : undefined;
  if (!at || cells !== pde.c.mean.length) return [];
  return Array.from(centres, (x, i) => {
    const std = result.solver.std[ch * cells + i];
    const difference = at[channel].mean[i] - pde[channel].mean[i];
    return { betaMax, channel, source: "published" as const, x, bias: std > 1e-9 ? difference / std : 0 };
  });
}

export function biasAgainstBetaFigure(result: MeanBias): Figure {
  const rows = result.rows
    .filter((r) => r.score === "network" && r.start === "standard normal")
    .flatMap((r) =>
      channels.flatMap((channel, ch): BiasAgainstBetaRow[] => {
        const common = { channel, sampler: samplerName[r.sampler], betaMax: r.betaMax };
        const [value, error] = [r.bias[ch], r.biasError[ch]];
        const floor = 1e-3; // a logarithmic axis: what is not distinguishable from zero lies on its floor
        return [
          { ...common, kind: "predicted", ratio: Math.max(floor, r.predictedBias[ch]) },
          {
            ...common,
            kind: "measured",
            ratio: Math.max(floor, value),
            low: Math.max(floor, value - 2 * error),
            high: Math.max(floor, value + 2 * error),
          },
        ];
      }),
    );
  return biasAgainstBeta(rows, { name: "05-bias-against-beta" });
}

/** One network, four ways to start: the bias is there in the first only. */
export function decisiveFigure(
  result: MeanBias,
  small: number,
  large: number,
  sampler: Sampler = "reverse SDE",
): Figure {
  const cases = [
    { start: "standard normal", betaMax: small, law: "N(0, I)", centring: "whole data set" },
    { start: "matched", betaMax: small, law: "matched moments", centring: "whole data set" },
    { start: "centred", betaMax: small, law: "N(0, I)", centring: "per condition" },
    { start: "standard normal", betaMax: large, law: "N(0, I)", centring: "whole data set" },
  ] as const;
  const rows = cases.flatMap(({ start, betaMax, law, centring }) => {
    const r = rowOf(result, { start, betaMax, sampler });
    return channels.flatMap((channel, ch): DecisiveComparisonRow[] => [
      { start: law, centring, betaMax, channel, kind: "predicted", ratio: r.predictedBias[ch] },
      {
        start: law,
        centring,
        betaMax,
        channel,
        kind: "measured",
        ratio: r.bias[ch],
        low: r.bias[ch] - 2 * r.biasError[ch],
        high: r.bias[ch] + 2 * r.biasError[ch],
      },
    ]);
  });
  return decisiveComparison(rows, { name: "05-decisive-comparison" });
}

export interface BiasTableRow {
  readonly score: string;
  readonly "beta max": number;
  readonly start: string;
  readonly sampler: string;
  readonly "bias c": number;
  readonly "bias phi": number;
  readonly error: number;
  readonly "closed form c": number;
  readonly "closed form phi": number;
  readonly "std c": number;
  readonly "std phi": number;
}

export function biasTable(result: MeanBias): BiasTableRow[] {
  return result.rows.map((r) => ({
    score: r.score,
    "beta max": r.betaMax,
    start: r.start,
    sampler: r.sampler,
    "bias c": r.bias[0],
    "bias phi": r.bias[1],
    error: Math.max(...r.biasError),
    "closed form c": r.predictedBias[0],
    "closed form phi": r.predictedBias[1],
    "std c": r.stdRatio[0],
    "std phi": r.stdRatio[1],
  }));
}

/** Cosine between two bias profiles of a channel: 1 where they have the same shape. */
export function profileCosine(row: BiasRow, channel: number): number {
  const cells = row.profile.length / 2;
  const [a, b] = [row.profile, row.predictedProfile].map((p) => p.slice(channel * cells, (channel + 1) * cells));
  const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((sum, x, i) => sum + x * v[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
