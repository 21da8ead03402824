/** The confounder as a figure and a table. */
import { confounder, type ConfounderRow as Drawn } from "./confounder";
import type { Figure } from "../../figures/spec";
import type { Confounder } from "./stage";
import { titled } from "../../figures/parts/quantities";
import { spreadScale } from "../../figures/parts/scales";
import { byChannel } from "../by-channel";

const samplerName = { "reverse SDE": "reverse SDE", "probability flow": "probability-flow ODE" } as const;

const toldLabel = (told: string): string => (told === "nothing" ? "0" : told.replace(/ modes?$/, ""));

/**
 * The confounder: spread, absolute bias and their ratio against what the model is told of the porosity. The spread is
 * that of the generated fields: the wrong start changes it as well, with beta_max = 3 to less than the data's when told
 * nothing, to more when told much.
 */
export function confounderFigure({ channels, rows }: Confounder): Figure {
  const drawn = rows.flatMap((r) => {
    const untold = rows.find((u) => u.sampler === r.sampler)!; // told nothing comes first
    return channels.flatMap(({ name: channel }, ch): Drawn[] => {
      const common = { told: toldLabel(r.told), channel, sampler: samplerName[r.sampler] };
      const relative = (value: number, of: readonly number[]): number => value / of[ch];
      const error = 2 * r.sampledError[ch];
      return [
        { ...common, kind: "predicted", quantity: "spread", value: relative(r.generatedStd[ch], untold.generatedStd) },
        { ...common, kind: "predicted", quantity: "bias", value: relative(r.bias[ch], untold.bias) },
        { ...common, kind: "predicted", quantity: "ratio", value: r.ratio[ch] },
        {
          ...common,
          kind: "measured",
          quantity: "spread",
          value: relative(r.sampledStd[ch], untold.generatedStd),
          low: relative(r.sampledStd[ch] - 2 * r.sampledStdError[ch], untold.generatedStd),
          high: relative(r.sampledStd[ch] + 2 * r.sampledStdError[ch], untold.generatedStd),
        },
        {
          ...common,
          kind: "measured",
          quantity: "bias",
          value: relative(r.sampled[ch] * r.std[ch], untold.bias),
          low: relative((r.sampled[ch] - error) * r.std[ch], untold.bias),
          high: relative((r.sampled[ch] + error) * r.std[ch], untold.bias),
        },
        {
          ...common,
          kind: "measured",
          quantity: "ratio",
          value: r.sampled[ch],
          low: r.sampled[ch] - error,
          high: r.sampled[ch] + error,
        },
      ];
    });
  });
  return confounder(drawn, { channels, name: "05-confounder" });
}

/**
 * What was told, spread and bias in data units, and bias / std: closed form, spread and bias drawn with the Gaussian
 * score, with the empirical score of near fields.
 */
export function confounderTable(result: Confounder): object[] {
  const scales = result.channels.map((channel, ch) =>
    spreadScale(
      channel,
      result.rows.map((r) => r.std[ch]),
    ),
  );
  const inData = (what: string, values: readonly number[]) =>
    byChannel(result, ({ name }, ch) => [titled(`${what} ${name}`, scales[ch].unit), scales[ch].spread(values[ch])]);
  const plain = (what: string, values: readonly number[]) =>
    byChannel(result, ({ name }, ch) => [`${what} ${name}`, values[ch]]);
  return result.rows.map((r) => ({
    told: r.told,
    sampler: r.sampler,
    ...inData("std", r.std),
    ...inData("|bias|", r.bias),
    ...plain("bias/std", r.ratio),
    "jackknife error": Math.max(...r.ratioError),
    ...inData("std of drawn", r.sampledStd),
    ...plain("over formula's", r.sampledStd.map((s, ch) => s / r.generatedStd[ch])), // prettier-ignore
    "error of that": Math.max(...r.sampledStdError.map((e, ch) => e / r.generatedStd[ch])),
    ...plain("rms over eps", r.rms),
    ...plain("drawn", r.sampled),
    "error of drawn": Math.max(...r.sampledError),
    ...plain("near fields", r.empirical),
    "error of near": Math.max(...r.empiricalError),
  }));
}
