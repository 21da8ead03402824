/**
 * How rough the repaired original (beta_max = 20) is, and how much of it the white floor explains. Published is one
 * number a channel, the ratio r of root mean square second differences to its own solver's. With R that of the exact
 * solver and k that of single precision over R (per cell, SI units):
 *   excess power        E = R^2 (r^2 k^2 - 1)
 *   of the floor        6 sigma(t_min)^2 u^2       u the original's network unit; white noise of variance v has second
 *                       differences of power 6 v
 *   of round-off        R^2 (k^2 - 1)              the fields that its network was trained on have it
 *   left over           the rest: score error and what else cannot be told apart by one number.
 * Where a boundary value fixes the solver's field (phi at x = 0, c at x = L) nothing hides the noise: the published
 * spread there is a second, independent reading of it.
 */
import type { FloorSource, FloorSpectra, FloorSpectrum } from "./stage";
import { published, type PublishedChannel, publishedChannels } from "../original/profiles";

export interface PublishedRoughness {
  readonly channel: PublishedChannel;
  /** Over its own solver, as published; and over exact arithmetic, with the standard error of 500 fields a side. */
  readonly ratio: number;
  readonly overExact: number;
  readonly overExactError: number;
  /** Standard deviation of white noise with the excess power, and the floor's sigma(t_min) u, SI units. */
  readonly white: number;
  readonly floor: number;
  /** Spread of the generated fields in the cell where the solver has none, SI units; its standard error. */
  readonly fixedCell: number;
  readonly fixedCellError: number;
  /** Shares of the excess power. */
  readonly floorShare: number;
  readonly floorShareError: number;
  readonly roundOffShare: number;
  readonly leftOver: number;
}

/** One entry a channel; none where the result is not of the published problem, grid and schedule. */
export function publishedRoughness(result: FloorSpectra): PublishedRoughness[] {
  const { count, normalisation, ratios, generated, pde } = published();
  const { rounding, spectra } = result;
  const cells = spectra[0].power.length + 2;
  if (!rounding || cells !== pde.c.mean.length || result.betaMax !== 20 || result.tMin !== 1e-4) return [];
  return publishedChannels.map((channel, ch): PublishedRoughness => {
    const ratio = ratios.beta_max_20[channel].roughness_ratio;
    const R = result.secondDifference[ch];
    const { ratio: k, error: ofRounding } = rounding[ch];
    const square = (ratio * k) ** 2;
    const excess = R ** 2 * (square - 1);
    const floor = result.predictedFloor * normalisation.std[channel];
    // What sampling makes of 500 fields a side, from the scatter of our own fields of the same laws.
    const relative = (source: FloorSource): number => {
      const { rms, rmsError } = spectra.find((s: FloorSpectrum) => s.source === source && s.channel === ch)!;
      return (rmsError / rms) * Math.sqrt(result.count / count);
    };
    const error = Math.hypot(relative("solver"), relative("without last step"), ofRounding / k);
    const floorShare = (6 * floor ** 2) / excess;
    const roundOffShare = (k ** 2 - 1) / (square - 1);
    const fixedCell = generated.beta_max_20[channel].std[channel === "c" ? cells - 1 : 0];
    return {
      channel,
      ratio,
      overExact: ratio * k,
      overExactError: ratio * k * error,
      white: Math.sqrt(excess / 6),
      floor,
      fixedCell,
      fixedCellError: fixedCell / Math.sqrt(2 * count),
      floorShare,
      floorShareError:
        floorShare * Math.hypot(2 * result.secondDifferenceError[ch], (2 * square * error) / (square - 1)),
      roundOffShare,
      leftOver: 1 - floorShare - roundOffShare,
    };
  });
}

/** The published roughness in numbers, as rows of a table. */
export function publishedRoughnessTable(result: FloorSpectra): object[] {
  const found = publishedRoughness(result);
  if (found.length === 0) return [{ channel: "nothing was published for this problem, grid and schedule" }];
  return found.map((p) => ({
    channel: p.channel,
    "published / its solver": p.ratio,
    "published / exact solver": p.overExact,
    "±": p.overExactError,
    "share of the floor": p.floorShare,
    "± floor": p.floorShareError,
    "share of round-off": p.roundOffShare,
    "left over": p.leftOver,
    "white noise so rough / floor": p.white / p.floor,
    "spread at the fixed cell / floor": p.fixedCell / p.floor,
    "± cell": p.fixedCellError / p.floor,
  }));
}
