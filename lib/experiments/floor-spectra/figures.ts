/** The white floor as a figure and a table. */
import { secondDifferenceWaves } from "../../diagnostics/roughness-spectrum";
import { roughnessSpectrumFigure, type RoughnessSpectrumRow } from "./roughness-spectrum";
import type { Figure } from "../../figures/spec";
import { rowsOf } from "../../numerics/rows";
import { sumOfSquares } from "../../numerics/statistics";
import type { FloorSpectra } from "./stage";
import { publishedRoughness } from "./published-roughness";

export { publishedRoughnessTable } from "./published-roughness";

/**
 * Spectra with and without the last denoising step: the white floor of the samples. Of the published fields one number
 * is known, their root mean square second difference: drawn is the solver's spectrum with white noise that makes up for
 * it.
 */
export function floorFigure(result: FloorSpectra): Figure {
  const { channels, spectra, unit } = result;
  const theirs = publishedRoughness(result);
  const rows = spectra.flatMap((s) => {
    const common = { channel: channels[s.channel].name };
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
  return roughnessSpectrumFigure(rows, { channels, name: "05-white-floor" });
}

/** Amplitude by wavenumber of the second differences of white noise of variance one. */
function whiteGain(cells: number): Float64Array {
  return Float64Array.from(rowsOf(secondDifferenceWaves(cells), cells), (wave) => Math.sqrt(sumOfSquares(wave)));
}

/** The white floor in numbers, as rows of a table. */
export function floorTable(result: FloorSpectra): object[] {
  return result.spectra.map((s) => ({
    fields: s.source,
    channel: result.channels[s.channel].name,
    "2nd differences / solver": s.rms,
    "±": s.rmsError,
    predicted: s.predictedRms,
    "power of short waves / solver": s.high,
    "± short": s.highError,
    "floor (network units)": s.source === "without last step" ? result.floor[s.channel] : 0,
    "floor predicted": s.source === "without last step" ? result.predictedFloor : 0,
  }));
}
