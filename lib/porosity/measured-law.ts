/**
 * What measured profiles say of a porosity law, in one result: the law as a configuration takes it, the estimates with
 * their intervals, the test of the law, and what the numbers mean.
 *
 * The correlation length enters the law as a range, its 95 % interval, from which ensembles draw: what the profiles
 * leave open stays open. It is held between half a distance of points and twice the span of the profiles, beyond which
 * no profile can tell.
 */
import type { Stream } from "../random/stream";
import { mean, standardDeviation } from "../numerics/statistics";
import { UserError } from "../errors/user-error";
import { rowAt } from "../numerics/rows";
import type { Covariance } from "./covariance";
import { fitLaw, type FitLawOptions, type FittedLaw } from "./fit-law";
import { type LawTest, testLaw } from "./law-test";
import type { ProfileData } from "./profile-likelihood";

/**
 * A porosity's law fitted to measured profiles: as settings, with intervals, with its test, and what it was fitted to.
 */
export interface MeasuredLaw {
  /** problem.porosity of a configuration. */
  readonly law: {
    readonly bounds: readonly [number, number];
    readonly mean: number;
    readonly scale: number;
    readonly covariance: Covariance;
    readonly nugget: number;
    readonly correlationLength: number | readonly [number, number];
  };
  readonly estimates: FittedLaw;
  readonly test: LawTest;
  readonly data: {
    readonly profiles: number;
    readonly points: number;
    /** m */
    readonly span: number;
    readonly mean: number;
    readonly std: number;
  };
}

export interface MeasuredLawOptions extends FitLawOptions {
  /** Data sets of the test. Default 99. */
  readonly bootstrap?: number;
}

/**
 * Fits the law of the porosity to measured profiles by maximum likelihood and tests whether it could have made them.
 * `stream` draws the data sets of the test.
 * @throws UserError for data of which no law can be told
 */
export function measuredLaw(data: ProfileData, stream: Stream, options: MeasuredLawOptions = {}): MeasuredLaw {
  const { bootstrap, ...fitting } = options;
  const estimates = fitLaw(data, fitting);
  const { epsMin, epsMax, mean: m, scale, covariance, nugget, correlationLength } = estimates;
  const values = {
    covariance,
    nugget,
    epsMin: epsMin.value,
    epsMax: epsMax.value,
    mean: m.value,
    scale: scale.value,
    correlationLength: correlationLength.value,
  };
  const { x, profiles } = data;
  const span = x[x.length - 1] - x[0];
  const least = Math.max(correlationLength.low, span / (2 * (x.length - 1)));
  const most = Math.min(correlationLength.high, 2 * span);
  const all = Float64Array.from(profiles.flatMap((profile) => [...profile]));
  return {
    law: {
      bounds: [epsMin.value, epsMax.value],
      mean: m.value,
      scale: scale.value,
      covariance,
      nugget,
      correlationLength: least < most ? [least, most] : correlationLength.value,
    },
    estimates,
    test: testLaw(values, data, stream, { bootstrap, bounds: options.bounds }),
    data: { profiles: profiles.length, points: x.length, span, mean: mean(all), std: standardDeviation(all) },
  };
}

/** Profiles of at most `points` points: the means of as many neighbours each. The caller's own. */
export function inSlabs({ x, profiles }: ProfileData, points: number): ProfileData {
  if (points < 4) throw new UserError(`porosity law: at least four points are needed, got ${points}`);
  const each = Math.ceil(x.length / points);
  if (each === 1) return { x, profiles };
  const means = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: Math.floor(x.length / each) }, (_, i) => mean(rowAt(values, i, each)));
  return { x: means(x), profiles: profiles.map(means) };
}
