/**
 * The ablation's contestants against each other, seed by seed: they share the batches and the noise, so differences are
 * paired. What is not known - a seed that diverged, a measure that an experiment does not have - is left out.
 */
import { type Interval, meanInterval, pairedInterval } from "../../diagnostics/paired-interval";
import type { ContestantName } from "./contestants";
import type { AblationContestant, AblationMeasure, FilmAblation } from "./stage";
import { mean } from "../../numerics/statistics";

/** Inside or outside the conditions of the training data. */
export type Where = "inside" | "outside";

/** What is measured of a contestant. */
export type MeasureName = keyof AblationMeasure;

/** One contestant of a result, by name. */
export function contestant(result: FilmAblation, name: ContestantName): AblationContestant {
  const found = result.contestants.find((c) => c.name === name);
  if (found) return found;
  throw new RangeError(`ablation: no contestant "${name}" in the experiment "${result.experiment}"`);
}

/** A measure seed by seed; undefined where the seed diverged or the experiment does not have it. */
export function bySeed(c: AblationContestant, measure: MeasureName, where: Where): (number | undefined)[] {
  return c.seeds.map((seed) => seed[where]?.[measure]);
}

/** Those of the values that are there and finite. */
export const finite = (values: readonly (number | undefined)[]): number[] =>
  values.filter((x): x is number => x !== undefined && Number.isFinite(x));

/** a - b over the seeds that both survived; of fewer than two nothing is known. */
export function difference(
  result: FilmAblation,
  a: ContestantName,
  b: ContestantName,
  measure: MeasureName = "loss",
  where: Where = "inside",
): Interval {
  const [first, second] = [a, b].map((name) => bySeed(contestant(result, name), measure, where));
  const pairs = first.flatMap((x, k) => (finite([x, second[k]]).length === 2 ? [[x!, second[k]!]] : []));
  if (pairs.length < 2) return { mean: NaN, low: -Infinity, high: Infinity, p: 1 };
  return pairedInterval(
    pairs.map(([x]) => x),
    pairs.map(([, y]) => y),
  );
}

/** Number of seeds whose training diverged. */
export const diverged = ({ seeds }: AblationContestant): number => seeds.filter((seed) => !seed.inside).length;

/** The share of the loss that the condition, told by FiLM, removes. */
export function conditioningGain(result: FilmAblation): number {
  const [none, film] = (["no conditioning", "FiLM"] as const).map((name) =>
    mean(finite(bySeed(contestant(result, name), "loss", "inside"))),
  );
  return 1 - film / none;
}

/** A combination of held-out losses, seed by seed, over the seeds in which all of these survived. */
function combined(
  names: readonly (readonly [FilmAblation, ContestantName])[],
  of: (losses: readonly number[]) => number,
): Interval {
  const losses = names.map(([result, name]) => bySeed(contestant(result, name), "loss", "inside"));
  const seeds = losses[0].flatMap((_, k) => {
    const own = finite(losses.map((loss) => loss[k]));
    return own.length === losses.length ? [of(own)] : [];
  });
  return meanInterval(seeds);
}

/**
 * What training on shuffled conditions keeps of FiLM's advantage over no conditioning, less `share` of that advantage.
 */
export function advantageKept(result: FilmAblation, share = 0): Interval {
  const names = ["no conditioning", "FiLM, conditions shuffled", "FiLM"] as const;
  return combined(
    names.map((name) => [result, name]),
    ([none, shuffled, film]) => none - shuffled - share * (none - film),
  );
}

/** What channels keep of FiLM's advantage over no conditioning, less `share` of it. */
export function channelsKeep(result: FilmAblation, share: number): Interval {
  const names = ["no conditioning", "condition as channels", "FiLM"] as const;
  return combined(
    names.map((name) => [result, name]),
    ([none, channels, film]) => none - channels - share * (none - film),
  );
}

/** FiLM's gain over channels for the noise level less its gain for the condition, in held-out loss. */
export function levelBeforeCondition(result: FilmAblation): Interval {
  const names = ["condition, level as channels", "condition as channels", "FiLM"] as const;
  return combined(
    names.map((name) => [result, name]),
    ([all, channels, film]) => all - channels - (channels - film),
  );
}

/** The share of the loss that the condition removes in one experiment less `share` of what it removes in another. */
export function gainAgainst(inner: FilmAblation, whole: FilmAblation, share: number): Interval {
  return combined(
    [inner, whole].flatMap((result) => (["no conditioning", "FiLM"] as const).map((name) => [result, name] as const)),
    ([none, film, wholeNone, wholeFilm]) => 1 - film / none - share * (1 - wholeFilm / wholeNone),
  );
}
