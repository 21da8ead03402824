/** Chapter 5, parts (d) to (f): the confounder, the bias budget and the white floor, as figures and tables. */
import { secondDifferenceWaves } from "../../diagnostics/roughness-spectrum";
import { biasBudget, type BiasBudgetRow } from "../bias-budget/bias-budget";
import { confounder, type ConfounderRow as Drawn } from "../confounder/confounder";
import { roughnessSpectrumFigure, type RoughnessSpectrumRow } from "../floor-spectra/roughness-spectrum";
import type { Figure } from "../../figures/spec";
import type { BiasBudget } from "../bias-budget/stage";
import type { Confounder } from "../confounder/stage";
import type { FloorSpectra } from "../floor-spectra/stage";
import { publishedRoughness } from "../floor-spectra/published-roughness";
export { publishedRoughnessTable } from "../floor-spectra/published-roughness";

const channels = ["c", "phi"] as const;
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

/** The bias budget: what each part, switched alone, contributes. */
export function budgetFigure({ rows }: BiasBudget): Figure {
  const drawn = rows.flatMap((r) =>
    channels.map((channel, ch): BiasBudgetRow => {
      const [value, error] = [r.ratio[ch], 2 * r.ratioError[ch]];
      return { cause: r.cause, channel, value, low: value - error, high: value + error };
    }),
  );
  return biasBudget(drawn, { name: "05-bias-budget", title: "share of bias / std" });
}

/** The bias budget as rows of a table. */
export function budgetTable({ rows }: BiasBudget): object[] {
  return rows.map((r) => ({
    cause: r.cause,
    "c (std)": r.ratio[0],
    "± c": r.ratioError[0],
    "phi (std)": r.ratio[1],
    "± phi": r.ratioError[1],
    "c (mol/m3)": r.data[0],
    "± c (mol/m3)": r.dataError[0],
    "phi (mV)": 1e3 * r.data[1],
    "± phi (mV)": 1e3 * r.dataError[1],
  }));
}

/**
 * Spectra with and without the last denoising step: the white floor of the samples. Of the published fields one number is known, their root mean square
 * second difference: drawn is the solver's spectrum with white noise that makes up for it.
 */
export function floorFigure(result: FloorSpectra): Figure {
  const { spectra, unit } = result;
  const theirs = publishedRoughness(result);
  const rows = spectra.flatMap((s) => {
    const common = { channel: channels[s.channel] };
    const amplitude = (power: number): number => unit[s.channel] * Math.sqrt(Math.max(0, power));
    const least = 1e-3 * Math.min(...s.power);
    const gain = whiteGain(s.power.length + 2);
    return s.power.flatMap((power, q): RoughnessSpectrumRow[] => {
      if (q === 0) return []; // the mean second difference is no wave
      const at = { ...common, wavenumber: q };
      const error = 2 * s.powerError[q];
      const found = {
        ...at,
        source: s.source,
        amplitude: amplitude(power),
        low: amplitude(Math.max(least, power - error)),
        high: amplitude(power + error),
      };
      if (s.source === "solver" && theirs.length > 0) {
        const white = theirs[s.channel].white * gain[q];
        return [found, { ...at, source: "published, if white", amplitude: Math.hypot(found.amplitude, white) }];
      }
      if (s.source !== "without last step") return [found];
      return [found, { ...at, source: "predicted", amplitude: amplitude(s.predicted[q]) }];
    });
  });
  return roughnessSpectrumFigure(rows, { name: "05-white-floor" });
}

/** Amplitude by wavenumber of the second differences of white noise of variance one. */
function whiteGain(cells: number): Float64Array {
  const waves = secondDifferenceWaves(cells);
  const power = new Float64Array(cells - 2);
  waves.forEach((w, k) => (power[Math.floor(k / cells)] += w * w));
  return power.map(Math.sqrt);
}

/** The white floor in numbers, as rows of a table. */
export function floorTable(result: FloorSpectra): object[] {
  return result.spectra.map((s) => ({
    fields: s.source,
    channel: channels[s.channel],
    "2nd differences / solver": s.rms,
    "±": s.rmsError,
    predicted: s.predictedRms,
    "power of short waves / solver": s.high,
    "± short": s.highError,
    "floor (network units)": s.source === "without last step" ? result.floor[s.channel] : 0,
    "floor predicted": s.source === "without last step" ? result.predictedFloor : 0,
  }));
}
