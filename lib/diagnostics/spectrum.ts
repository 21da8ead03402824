/**
 * Spectrum ratio by mode:  r_k = var_gen(score_k) / var_ref(score_k),  k = 1, 2, ... in falling order of variance.
 * The modes come from one half of the reference, the variances of the reference from the other half, then the halves
 * change places and the two logarithms are averaged. Both sides of the ratio then see modes that know neither, and for
 * equal laws E r_k = 1 also for the small modes, where modes and variances from the same fields would give 1 + 2 k / n.
 * Standard error without a Gaussian assumption, kappa the kurtosis of the score:
 *   se(log r_k)^2 = (kappa_gen - 1) / n + (kappa_ref - 1) / m.
 * Bands are pointwise (level) and simultaneous over the modes (Bonferroni); the largest |z| with Bonferroni's p is one
 * number for "the spectrum is right".
 */
import { type Fields, splitInTwo } from "../fields/fields";
import { checkComparable } from "./field-sample";
import { normalTail } from "../numerics/distributions";
import { modeScores, type PrincipalModes, principalModes } from "./principal-modes";
import { scalingFactors, type Scaling } from "./scaling";
import { normalQuantile } from "../random/normal";
import type { Stream } from "../random/stream";

export interface SpectrumRatio {
  readonly modes: number;
  readonly relativeStd: readonly number[]; // std of the reference's mode over that of its first
  readonly ratio: readonly number[];
  readonly logError: readonly number[]; // standard error of log ratio
  readonly low: readonly number[]; // pointwise band about `ratio`
  readonly high: readonly number[];
  readonly z: readonly number[]; // log ratio / its standard error
  readonly largestZ: number;
  readonly p: number; // of largestZ, Bonferroni over the modes
}

export interface SpectrumOptions {
  readonly stream: Stream;
  readonly relativeStd?: number;
  readonly scaling?: Scaling;
  readonly level?: number;
  readonly largestCount?: number;
}

/** Ratio of variances along the principal modes of the reference, down to `relativeStd` of the first mode's std. */
export function spectrumRatio(generated: Fields, reference: Fields, options: SpectrumOptions): SpectrumRatio {
  return spectrumAgainst(reference, options)(generated);
}

/** The same for several samples against one reference, whose modes are computed once. */
export function spectrumAgainst(reference: Fields, options: SpectrumOptions): (generated: Fields) => SpectrumRatio {
  const halves = splitInTwo(reference, options.stream);
  const factors = scalingFactors(reference, options.scaling);
  const known = [0, 1].map((first) => {
    const modes = principalModes(halves[first], { factors, relativeStd: options.relativeStd ?? 1e-3 });
    return { modes, ref: scoreVariances(halves[1 - first], modes) };
  });
  return (generated) => {
    checkComparable("spectrumRatio", generated, reference);
    const folds = known.map(({ modes, ref }) => ({ modes, ref, gen: scoreVariances(generated, modes) }));
    return ratioOf(folds, { generated: generated.count, reference: 2 * halves[0].count }, options);
  };
}

interface Fold {
  readonly modes: PrincipalModes;
  readonly gen: Scores;
  readonly ref: Scores;
}

function ratioOf(
  folds: readonly Fold[],
  fields: { readonly generated: number; readonly reference: number },
  { level = 0.95, largestCount = Infinity }: SpectrumOptions,
): SpectrumRatio {
  const count = Math.min(largestCount, ...folds.map((fold) => fold.modes.count));
  const [a, b] = folds;
  const logRatio: number[] = [];
  const logError: number[] = [];
  for (let k = 0; k < count; k++) {
    const fold = ({ gen, ref }: Fold) => Math.log(gen.variance[k] / ref.variance[k]);
    logRatio.push(0.5 * (fold(a) + fold(b)));
    const kurtosisGen = 0.5 * (a.gen.kurtosis[k] + b.gen.kurtosis[k]);
    const kurtosisRef = 0.5 * (a.ref.kurtosis[k] + b.ref.kurtosis[k]);
    logError.push(Math.sqrt((kurtosisGen - 1) / fields.generated + (kurtosisRef - 1) / fields.reference));
  }
  const width = normalQuantile(0.5 + level / 2);
  const z = logRatio.map((r, k) => r / logError[k]);
  const largestZ = z.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
  return {
    modes: count,
    relativeStd: Array.from(a.modes.variances.slice(0, count), (v) => Math.sqrt(v / a.modes.variances[0])),
    ratio: logRatio.map(Math.exp),
    logError,
    low: logRatio.map((r, k) => Math.exp(r - width * logError[k])),
    high: logRatio.map((r, k) => Math.exp(r + width * logError[k])),
    z,
    largestZ,
    p: Math.min(1, count * 2 * normalTail(largestZ)),
  };
}

/** Variance and kurtosis of the score of each mode. */
interface Scores {
  readonly variance: Float64Array;
  readonly kurtosis: Float64Array;
}

function scoreVariances(sample: Fields, modes: PrincipalModes): Scores {
  const scores = modeScores(sample, modes);
  const { count: n } = sample;
  const variance = new Float64Array(modes.count);
  const kurtosis = new Float64Array(modes.count);
  for (let k = 0; k < modes.count; k++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += scores[i * modes.count + k] / n;
    let second = 0;
    let fourth = 0;
    for (let i = 0; i < n; i++) {
      const square = (scores[i * modes.count + k] - mean) ** 2;
      second += square / n;
      fourth += (square * square) / n;
    }
    variance[k] = (second * n) / (n - 1);
    kurtosis[k] = fourth / second ** 2;
  }
  return { variance, kurtosis };
}
