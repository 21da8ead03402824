/**
 * One contestant against the reference at one condition: bias and spread (with control variates where it is known what
 * a field was made from), skewness, energy distance, classifier, and the spectrum of the variance.
 */
import { classifierTest } from "../../diagnostics/classifier-test";
import { type ControlledMoments, controlledMoments, mostCoordinates } from "../../diagnostics/control-variates";
import { energyDistanceFrom } from "../../diagnostics/energy-distance";
import { type ProfileRatios, profileRatios, profileRatiosTo } from "../../diagnostics/moments";
import { spectrumAgainst } from "../../diagnostics/spectrum";
import type { Fields } from "../../fields/fields";
import { rowAt } from "../../numerics/rows";
import { sumOfSquares } from "../../numerics/statistics";
import type { Stream } from "../../random/stream";

/** Leading whitened modes that the classifier sees. */
export const classifierModes = [8, 16, 32] as const;

/** Reference fields of the energy distance, whose cost grows with their square. */
const energyFields = 4000;

/** One contestant at one condition; channel by channel where an array is given. */
export interface Fidelity {
  /**
   * |bias|^2 / |std|^2, sampling noise subtracted (so it may be negative), and the standard deviation that it has
   * without bias.
   */
  readonly squaredBias: readonly number[];
  readonly squaredBiasError: readonly number[];
  readonly stdRatio: readonly number[];
  readonly stdRatioError: readonly number[];
  /** Root mean square error of the marginal skewness over cells, and what sampling alone gives. */
  readonly skewness: readonly number[];
  readonly skewnessFloor: readonly number[];
  readonly energyZ: number;
  /** Accuracy of the classifier two-sample test for each number of modes, 1/2 for equal laws. */
  readonly accuracy: readonly number[];
  /**
   * Ratio of standard deviations in the principal modes of the reference, weakest a thousandth of the first, with a 95
   * % band.
   */
  readonly spectrum: {
    readonly ratio: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  };
}

/**
 * The fidelity of samples to one reference at one condition, of whose moments with control variates `known` tells. What
 * a sample was made from is `start`, where that is known.
 */
export function fidelityTo(
  reference: Fields,
  known: ControlledMoments,
  s: Stream,
): (generated: Fields, start: Float32Array | undefined) => Fidelity {
  const few = reference.rows(Int32Array.from({ length: Math.min(reference.count, energyFields) }, (_, i) => i));
  const ratiosOf = profileRatiosTo(reference);
  const momentsOf = momentsTo(reference, known);
  const spectrumOf = spectrumAgainst(reference, { stream: s.child("spectrum") });
  const energyOf = energyDistanceFrom(few, { stream: s.child("energy"), splits: 1 });
  return (generated, start) => {
    const ratios = ratiosOf(generated);
    const spectrum = spectrumOf(generated);
    const first = momentsOf(generated, start, ratios);
    return {
      squaredBias: first.map((f) => f.squaredBias),
      squaredBiasError: first.map((f) => f.squaredBiasError),
      stdRatio: first.map((f) => f.stdRatio),
      stdRatioError: first.map((f) => f.stdRatioError),
      skewness: ratios.map((r) => r.skewness.error),
      skewnessFloor: ratios.map((r) => r.skewness.floor),
      energyZ: energyOf(generated).z,
      accuracy: classifierTest(generated, reference, { stream: s.child("classifier"), modes: classifierModes }).map(
        (r) => r.accuracy,
      ),
      spectrum: {
        ratio: spectrum.ratio.map(Math.sqrt),
        low: spectrum.low.map(Math.sqrt),
        high: spectrum.high.map(Math.sqrt),
      },
    };
  };
}

/** Bias and spread of a channel against the reference. */
export interface MomentErrors {
  readonly squaredBias: number;
  readonly squaredBiasError: number;
  readonly stdRatio: number;
  readonly stdRatioError: number;
}

/**
 * Those of samples against one reference, channel by channel; with control variates where a sample's start is known.
 */
export function momentsTo(
  reference: Fields,
  known: ControlledMoments,
): (generated: Fields, start?: Float32Array, ratios?: readonly ProfileRatios[]) => MomentErrors[] {
  return (generated, start, ratios) =>
    start && start.length / generated.count <= mostCoordinates(generated.count)
      ? controlled(controlledMoments(generated, start), known)
      : (ratios ?? profileRatios(generated, reference)).map(({ bias, std }) => ({
          squaredBias: Math.sign(bias.corrected) * bias.corrected ** 2,
          squaredBiasError: (Math.sign(bias.corrected) * bias.corrected ** 2) / bias.z,
          stdRatio: std.ratio,
          stdRatioError: std.standardError,
        }));
}

/** Bias and spread ratio by channel, of moments with control variates on both sides. */
function controlled(generated: ControlledMoments, reference: ControlledMoments): MomentErrors[] {
  const cells = generated.mean.length / generated.trace.length;
  return generated.trace.map((trace, channel) => {
    const own = reference.trace[channel];
    const theirs = rowAt(reference.mean, channel, cells);
    const difference = rowAt(generated.mean, channel, cells).map((m, j) => m - theirs[j]);
    const noise = (generated.meanVariance[channel] + reference.meanVariance[channel]) / own;
    const stdRatio = Math.sqrt(trace / own);
    // One mode carries most of a channel's variance: the squared distance is then like noise times chi-square with one
    // degree of freedom.
    return {
      squaredBias: sumOfSquares(difference) / own - noise,
      squaredBiasError: Math.SQRT2 * noise,
      stdRatio,
      stdRatioError:
        0.5 * stdRatio * Math.hypot(generated.traceError[channel] / trace, reference.traceError[channel] / own),
    };
  });
}
