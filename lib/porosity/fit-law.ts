/**
 * A porosity law fitted to measured profiles by maximum likelihood: bounds, mean and scale of the log-odds, kind and
 * length of the covariance.
 *
 * Intervals hold the values v of a parameter at which the likelihood, maximised over all others, is not too small:
 *   2 (max ln p - max_{parameter = v} ln p) <= 3.841, the 95 % point of chi-square with one degree of freedom (Wilks
 *   1938).
 * They are asymmetric where the data are, and reach the end of what is possible where the data do not determine a
 * parameter.
 *
 * Bounds are estimated by the largest *local* maximum: as a bound closes in on the outermost value, the likelihood
 * grows beyond all limits, at distances of exp(-N ln N) that mean nothing (Cohen and Whitten, J. Am. Stat. Assoc. 75,
 * 1980, https://doi.org/10.1080/01621459.1980.10477488).
 */
import { UserError } from "../errors/user-error";
import { nelderMead } from "../numerics/nelder-mead";
import { covariances, type Covariance } from "./covariance";
import { type Likelihood, type ProfileData, profileLikelihood } from "./profile-likelihood";

/** A parameter with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface FittedLaw {
  readonly covariance: Covariance;
  /** Variance of the independent part, as given. */
  readonly nugget: number;
  readonly epsMin: Estimate;
  readonly epsMax: Estimate;
  /** m and s of the log-odds. */
  readonly mean: Estimate;
  readonly scale: Estimate;
  /** l, m. */
  readonly correlationLength: Estimate;
  /** ln p at its largest, for each kind of covariance that was tried. */
  readonly logLikelihood: Readonly<Partial<Record<Covariance, number>>>;
}

export interface FitLawOptions {
  /** Known bounds; fitted where they are left out. */
  readonly bounds?: { readonly epsMin: number; readonly epsMax: number };
  /** Kinds to choose from. Default: all. */
  readonly kinds?: readonly Covariance[];
  /** Default 1e-4. */
  readonly nugget?: number;
}

/** The law without its intervals. */
export interface LawValues {
  readonly covariance: Covariance;
  readonly nugget: number;
  readonly epsMin: number;
  readonly epsMax: number;
  readonly mean: number;
  readonly scale: number;
  readonly correlationLength: number;
}

type Name = "epsMin" | "epsMax" | "mean" | "scale" | "correlationLength";
type Held = Partial<Record<Name, number>>;

const chiSquare95 = 3.841458820694124;

/**
 * @throws UserError for data of which no law can be told: too few, constant, not increasing, outside (0, 1) or outside
 *   given bounds.
 */
export function fitLaw(data: ProfileData, options: FitLawOptions = {}): FittedLaw {
  checkData(data, options.bounds);
  const { nugget = 1e-4, kinds = covariances } = options;
  const held: Held = options.bounds ?? {};
  const fits = kinds.map((covariance) => ({ covariance, fit: maximise(data, covariance, nugget, held) }));
  const best = fits.reduce((a, b) => (b.fit.value > a.fit.value ? b : a));
  const interval = (which: Name): Estimate => intervalOf(data, best.covariance, nugget, held, best.fit, which);
  return {
    covariance: best.covariance,
    nugget,
    epsMin: interval("epsMin"),
    epsMax: interval("epsMax"),
    mean: interval("mean"),
    scale: interval("scale"),
    correlationLength: interval("correlationLength"),
    logLikelihood: Object.fromEntries(fits.map(({ covariance, fit }) => [covariance, fit.value])),
  };
}

/** The best law of one kind, without intervals: for the bootstrap. */
export function fitValues(
  data: ProfileData,
  covariance: Covariance,
  nugget: number,
  bounds?: FitLawOptions["bounds"],
): LawValues {
  const { parameters } = maximise(data, covariance, nugget, bounds ?? {});
  return { covariance, nugget, ...parameters };
}

interface Maximum {
  readonly value: number;
  readonly parameters: Readonly<Record<Name, number>>;
  /** Free coordinates of the simplex, where the next search begins. */
  readonly at: readonly number[];
}

const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));
const logit = (p: number): number => Math.log(p / (1 - p));

/**
 * ln p over the free ones of ln l, a and b, with eps_min = lowest sigmoid(a), eps_max = highest + (1 - highest)
 * sigmoid(b): every point of the simplex is a law that holds the data.
 */
function maximise(
  data: ProfileData,
  covariance: Covariance,
  nugget: number,
  held: Held,
  from?: readonly number[],
): Maximum {
  const { x } = data;
  const [lowest, highest] = extremes(data);
  const free = (["epsMin", "epsMax", "correlationLength"] as const).filter((which) => held[which] === undefined);
  const parametersAt = (at: readonly number[]): { epsMin: number; epsMax: number; correlationLength: number } => {
    const own = { epsMin: held.epsMin ?? 0, epsMax: held.epsMax ?? 1, correlationLength: held.correlationLength ?? 1 };
    free.forEach((which, k) => {
      if (which === "epsMin") own.epsMin = lowest * sigmoid(at[k]);
      else if (which === "epsMax") own.epsMax = highest + (1 - highest) * sigmoid(at[k]);
      else own.correlationLength = Math.exp(at[k]);
    });
    return own;
  };
  const likelihoodAt = (at: readonly number[]): Likelihood =>
    profileLikelihood(data, { ...parametersAt(at), mean: held.mean, scale: held.scale }, { covariance, nugget });
  const margin = 0.1 * (highest - lowest);
  const span = x[x.length - 1] - x[0];
  const start = {
    epsMin: logit(Math.max(0.01, 1 - margin / lowest)),
    epsMax: logit(Math.min(0.99, margin / (1 - highest))),
    correlationLength: Math.log(span / 8),
  };
  let at = [...(from ?? free.map((which) => start[which]))];
  if (free.length > 0) {
    // A simplex may stop early; begun again where it stopped, it goes on.
    for (let round = 0; round < 2; round++) at = [...nelderMead((point) => -likelihoodAt(point).value, at).at];
  }
  const { value, mean, scale } = likelihoodAt(at);
  return { value, parameters: { ...parametersAt(at), mean, scale }, at };
}

/** Where a parameter lives, as a monotone coordinate in which steps are taken. */
function coordinateOf(data: ProfileData, which: Name): { to: (v: number) => number; from: (t: number) => number } {
  const [lowest, highest] = extremes(data);
  switch (which) {
    case "epsMin":
      return { to: (v) => logit(v / lowest), from: (t) => lowest * sigmoid(t) };
    case "epsMax":
      return { to: (v) => logit((v - highest) / (1 - highest)), from: (t) => highest + (1 - highest) * sigmoid(t) };
    case "mean":
      return { to: (v) => v, from: (t) => t };
    default:
      return { to: Math.log, from: Math.exp };
  }
}

function intervalOf(
  data: ProfileData,
  covariance: Covariance,
  nugget: number,
  held: Held,
  best: Maximum,
  which: Name,
): Estimate {
  const value = best.parameters[which];
  if (held[which] !== undefined) return { value, low: value, high: value };
  const { to, from } = coordinateOf(data, which);
  const inside = (t: number): boolean => {
    const { value: there } = maximise(data, covariance, nugget, { ...held, [which]: from(t) });
    return 2 * (best.value - there) <= chiSquare95;
  };
  return { value, low: from(edge(to(value), -1, inside)), high: from(edge(to(value), 1, inside)) };
}

/**
 * Where `inside` ends in a direction: doubling steps, then halving; the last step where it does not end within 12
 * units.
 */
function edge(start: number, direction: 1 | -1, inside: (t: number) => boolean): number {
  let good = start;
  let step = 0.1;
  while (inside(good + direction * step)) {
    good += direction * step;
    step *= 2;
    if (Math.abs(good - start) > 12) return good;
  }
  for (let k = 0; k < 7; k++) {
    step /= 2;
    if (inside(good + direction * step)) good += direction * step;
  }
  return good;
}

function extremes({ profiles }: ProfileData): [lowest: number, highest: number] {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const profile of profiles) {
    for (const e of profile) {
      lowest = Math.min(lowest, e);
      highest = Math.max(highest, e);
    }
  }
  return [lowest, highest];
}

function checkData(data: ProfileData, bounds: FitLawOptions["bounds"]): void {
  const { x, profiles } = data;
  const refuse = (problem: string): never => {
    throw new UserError(`porosity law: ${problem}`);
  };
  if (profiles.length === 0 || x.length < 4)
    refuse(`at least one profile of four points is needed, got ${profiles.length} of ${x.length}`);
  for (let i = 1; i < x.length; i++)
    if (!(x[i] > x[i - 1])) refuse(`places must increase, got ${x[i - 1]} m and then ${x[i]} m`);
  profiles.forEach((profile, p) => {
    if (profile.length !== x.length) refuse(`profile ${p + 1} has ${profile.length} values for ${x.length} places`);
    const bad = profile.findIndex((e) => !(e > 0 && e < 1));
    if (bad >= 0) refuse(`porosities lie between 0 and 1, got ${profile[bad]} in profile ${p + 1} at ${x[bad]} m`);
  });
  const [lowest, highest] = extremes(data);
  if (!(highest - lowest > 1e-9)) refuse(`all values are ${lowest}: nothing varies, so there is no law to fit`);
  if (bounds && !(bounds.epsMin < lowest && bounds.epsMax > highest)) {
    refuse(
      `the bounds ${bounds.epsMin} and ${bounds.epsMax} must enclose the values, which go from ${lowest} to ${highest}`,
    );
  }
}
