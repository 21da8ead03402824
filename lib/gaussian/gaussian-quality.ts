/**
 * How good a conditional Gaussian is, tested on solver fields that it has not seen: what a training would have to mend,
 * and whether it can.
 */
import { UserError } from "../errors/user-error";

export interface GaussianQuality {
  readonly conditions: number;
  readonly porosities: number;
  /** |mean error| / |spread| over a channel's cells, root mean square over conditions and channels, and the worst. */
  readonly bias: { readonly rms: number; readonly worst: number };
  /** |spread of the Gaussian| / |spread of the fields| of a channel. */
  readonly std: { readonly least: number; readonly most: number };
  /**
   * Spread of the fields along each mode in units of the Gaussian's, for modes of at least a thousandth of the first.
   */
  readonly spectrum: { readonly least: number; readonly most: number; readonly modes: number };
  /** Standard error of a bias from this many porosities alone. */
  readonly error: number;
  /** Degree of the polynomials in the non-affine conditions, where it is limited by the number of nodes. */
  readonly degree?: number;
}

/**
 * Beyond these the network would have to learn the Gaussian's errors in the place of what a Gaussian lacks. They are a
 * judgement and no theory: wide enough for the few nodes and porosities of a test, narrow enough for a mean that is off
 * by a third of the spread.
 */
const limits = { bias: 0.3, std: 0.3, tooNarrow: 3, tooWide: 0.2 };

const percent = (x: number): string => x.toPrecision(2);

/** One line. */
export function describeQuality(q: GaussianQuality): string {
  return (
    `conditional Gaussian at ${q.conditions} drawn conditions against ${q.porosities} solver fields each: bias ` +
    `${percent(q.bias.rms)} of the spread (worst ${percent(q.bias.worst)}, sampling error ${percent(q.error)}), std ` +
    `ratio ${q.std.least.toFixed(3)} to ${q.std.most.toFixed(3)}, spectrum ${q.spectrum.least.toFixed(2)} to ` +
    `${q.spectrum.most.toFixed(2)} on ${q.spectrum.modes} modes` +
    (q.degree === undefined ? "" : `, polynomials of degree ${q.degree}`)
  );
}

/** Throws a UserError where a training on this Gaussian would be wasted. */
export function requireSound(q: GaussianQuality, problem: string): void {
  const bad = [
    ...(q.bias.worst > limits.bias + 3 * q.error ? [`its mean is off by ${percent(q.bias.worst)} of the spread`] : []),
    ...(Math.max(1 - q.std.least, q.std.most - 1) > limits.std
      ? [`its spread is ${q.std.least.toFixed(2)} to ${q.std.most.toFixed(2)} times the fields'`]
      : []),
    ...(q.spectrum.most > limits.tooNarrow || q.spectrum.least < limits.tooWide || !Number.isFinite(q.spectrum.most)
      ? [
          `along its modes the fields have ${q.spectrum.least.toFixed(2)} to ${q.spectrum.most.toFixed(2)} times ` +
            "its spread",
        ]
      : []),
  ];
  if (bad.length === 0) return;
  throw new UserError(
    `${problem}: the conditional Gaussian is too far off for a training to be worth its time: ${bad.join("; ")}. ` +
      "Remedy: more statistics.nodes (and statistics.porosities), or narrower ranges of the conditions in which the " +
      "fields are not affine",
  );
}
