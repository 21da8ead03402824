/** The confounder as a figure and a table. */
import { confounder, type ConfounderRow as Drawn } from "./confounder";
import type { Figure } from "../../figures/spec";
import type { Confounder } from "./stage";
import { channels } from "../channels";

const samplerName = { "reverse SDE": "reverse SDE", "probability flow": "probability-flow ODE" } as const;

const toldLabel = (told: string): string => (told === "nothing" ? "0" : told.replace(/ modes?$/, ""));

/**
 * The confounder: spread, absolute bias and their ratio against what the model is told of the porosity. The spread is that of the generated fields: the wrong
 * start changes it as well, with beta_max = 3 to less than the data's when told nothing, to more when told much.
 */
export function confounderFigure({ rows }: Confounder): Figure {
  const drawn = rows.flatMap((r) => {
    const untold = rows.find((u) => u.sampler === r.sampler)!; // told nothing comes first
    return channels.flatMap((channel, ch): Drawn[] => {
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
  return confounder(drawn, { name: "05-confounder" });
}

/** What was told, spread and bias in data units, and bias / std: closed form, spread and bias drawn with the Gaussian score, with the empirical score of near fields. */
export function confounderTable({ rows }: Confounder): object[] {
  return rows.map((r) => ({
    told: r.told,
    sampler: r.sampler,
    "std c (mol/m3)": r.std[0],
    "std phi (mV)": 1e3 * r.std[1],
    "|bias| c (mol/m3)": r.bias[0],
    "|bias| phi (mV)": 1e3 * r.bias[1],
    "bias/std c": r.ratio[0],
    "bias/std phi": r.ratio[1],
    "jackknife error": Math.max(...r.ratioError),
    "std of drawn c": r.sampledStd[0],
    "std of drawn phi (mV)": 1e3 * r.sampledStd[1],
    "over formula's c": r.sampledStd[0] / r.generatedStd[0],
    "over formula's phi": r.sampledStd[1] / r.generatedStd[1],
    "error of that": Math.max(...r.sampledStdError.map((e, ch) => e / r.generatedStd[ch])),
    "rms over eps c": r.rms[0],
    "rms over eps phi": r.rms[1],
    "drawn c": r.sampled[0],
    "drawn phi": r.sampled[1],
    "error of drawn": Math.max(...r.sampledError),
    "near fields c": r.empirical[0],
    "near fields phi": r.empirical[1],
    "error of near": Math.max(...r.empiricalError),
  }));
}
