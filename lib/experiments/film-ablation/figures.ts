/**
 * Chapter 7: the ablation as tables, figures and the claims of its last cell. Contestants share seeds: the same batches and the same noise,
 * so differences are taken seed by seed. Against FiLM there are several at once: one is called resolved when its p by Student's t, corrected
 * for their number (Holm), is below 5 %.
 */
import { holm } from "../../diagnostics/multiple-testing";
import { type Interval, meanInterval, pairedInterval } from "../../diagnostics/paired-interval";
import { filmAblation as drawn, type FilmAblationRow } from "./film-ablation";
import type { Figure } from "../../figures/spec";
import type { ContestantName } from "./contestants";
import type { ContestName } from "./models";
import type { AblationContestant, AblationMeasure, FilmAblation } from "./stage";

/** Inside or outside the conditions of the training data. */
export type Where = "inside" | "outside";
/** What is measured of a contestant. */
export type MeasureName = keyof AblationMeasure;

function contestant(result: FilmAblation, name: ContestantName): AblationContestant {
  const found = result.contestants.find((c) => c.name === name);
  if (found) return found;
  throw new RangeError(`ablation: no contestant "${name}" in the experiment "${result.experiment}"`);
}

/** A measure seed by seed; undefined where the seed diverged or the experiment does not have it. */
function bySeed(c: AblationContestant, measure: MeasureName, where: Where): (number | undefined)[] {
  return c.seeds.map((seed) => seed[where]?.[measure]);
}

const finite = (values: readonly (number | undefined)[]): number[] =>
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

const average = (values: readonly number[]): number =>
  values.length > 0 ? values.reduce((sum, x) => sum + x, 0) / values.length : NaN;

function deviation(values: readonly number[]): number {
  const mean = average(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
}

/** Size and cost of one contestant. */
export interface CostRow {
  readonly contestant: string;
  readonly networks: number;
  readonly parameters: number;
  readonly "multiplications a field": number;
}

/** What each costs, all its networks together. */
export function costTable(result: FilmAblation): CostRow[] {
  return result.contestants.map(({ name, networks, parameters, multiplications }) => ({
    contestant: name,
    networks,
    parameters,
    "multiplications a field": multiplications,
  }));
}

/** One contestant's errors, averaged over seeds. */
export interface AblationTableRow {
  readonly contestant: string;
  readonly loss: number;
  readonly "± seeds": number;
  readonly "loss outside": number;
  readonly "mean error"?: number;
  readonly "mean error outside"?: number;
  readonly "std ratio"?: number;
  readonly "between ratio"?: number;
  readonly diverged: string;
}

/** Means over the seeds. */
export function ablationTable(result: FilmAblation): AblationTableRow[] {
  return result.contestants.map((c) => {
    const of = (measure: MeasureName, where: Where = "inside"): number => average(finite(bySeed(c, measure, where)));
    const row = {
      contestant: c.name,
      loss: of("loss"),
      "± seeds": deviation(finite(bySeed(c, "loss", "inside"))),
      "loss outside": of("loss", "outside"),
    };
    const generates = finite(bySeed(c, "meanError", "inside")).length > 0;
    return {
      ...row,
      ...(generates
        ? {
            "mean error": of("meanError"),
            "mean error outside": of("meanError", "outside"),
            "std ratio": of("spread"),
            "between ratio": of("between"),
          }
        : {}),
      diverged: `${diverged(c)} of ${c.seeds.length}`,
    };
  });
}

/** One contestant's difference to FiLM with its interval, and what it allows to say. */
export interface VerdictRow {
  readonly contestant: string;
  readonly "minus FiLM": number;
  readonly low: number;
  readonly high: number;
  /** Corrected for the number of contestants (Holm). */
  readonly p: number;
  readonly verdict: string;
}

/** Each contestant against FiLM, seed by seed, in words that the corrected p allows; the interval is a single one's, of 95 %. Smaller is better. */
export function verdictTable(
  result: FilmAblation,
  measure: MeasureName = "loss",
  where: Where = "inside",
): VerdictRow[] {
  const others = result.contestants.filter((c) => c.name !== "FiLM");
  const found = others.map((c) => difference(result, c.name, "FiLM", measure, where));
  const corrected = holm(found.map(({ p }) => p));
  return others.map((c, k) => {
    const { mean, low, high } = found[k];
    const verdict = corrected[k] >= 0.05 ? "not resolved" : mean > 0 ? "FiLM is better" : "FiLM is worse";
    return { contestant: c.name, "minus FiLM": mean, low, high, p: corrected[k], verdict };
  });
}

const titles: Partial<Record<MeasureName, string>> = {
  meanError: "error of the mean (standard deviations)",
  loss: "held-out loss",
};

/** One measure, contestant by contestant: seeds, their mean, and its 95 % interval. */
export function ablationFigure(result: FilmAblation, measure: MeasureName = "loss"): Figure {
  const title = titles[measure] ?? measure;
  const floor = 1e-3; // of a logarithmic axis: what is not distinguishable from zero lies on it
  const rows = result.contestants.flatMap((c): FilmAblationRow[] => {
    const values = finite(bySeed(c, measure, "inside")).map((x) => Math.max(floor, x));
    if (values.length === 0) return [];
    const common = { variant: c.name, measure: title };
    const { mean, low, high } = values.length > 1 ? meanInterval(values) : { mean: values[0], low: values[0], high: values[0] }; // prettier-ignore
    // The lower end stays on the axis: an interval of three seeds may reach below zero.
    const end = Math.max(low, Math.min(...values) / 2);
    return [
      ...values.map((value) => ({ ...common, kind: "seed" as const, value })),
      { ...common, kind: "mean", value: mean, low: end, high },
    ];
  });
  const names: Record<ContestName, string> = {
    "whole score": "07-conditioning",
    preconditioned: "07-conditioning-preconditioned",
    "boundary configurations": "07-boundary-configurations",
  };
  const name = names[result.experiment] + (measure === "loss" ? "" : "-mean");
  return drawn(rows, { name, log: measure === "loss" ? [] : [title] });
}

/** The share of the loss that the condition, told by FiLM, removes. */
export function conditioningGain(result: FilmAblation): number {
  const [none, film] = (["no conditioning", "FiLM"] as const).map((name) =>
    average(finite(bySeed(contestant(result, name), "loss", "inside"))),
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

/** What training on shuffled conditions keeps of FiLM's advantage over no conditioning, less `share` of that advantage. */
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

/** A sentence of the last cell with its number and the bound that it must keep. */
export type AblationClaim = { readonly claim: string; readonly value: number } & (
  { readonly atLeast: number } | { readonly atMost: number }
);

/** Equal cost means equal to this share: whole numbers of channels leave as much. */
const equalCost = 0.1;

/** What the last cell asserts. Trainings too short to show anything (the preset smoke) answer for their cost alone. */
export function claims(results: readonly FilmAblation[], options: { costOnly?: boolean } = {}): AblationClaim[] {
  const cost = results.map((result): AblationClaim => {
    const film = contestant(result, "FiLM");
    const off = result.contestants.flatMap((c) =>
      (["parameters", "multiplications"] as const).map((key) => Math.abs(c[key] / film[key] - 1)),
    );
    return { claim: `${result.experiment}: all contestants cost the same`, value: Math.max(...off), atMost: equalCost };
  });
  if (options.costOnly) return cost;
  const of = (name: ContestName): FilmAblation => {
    const found = results.find(({ experiment }) => experiment === name);
    if (found) return found;
    throw new RangeError(`ablation: the experiment "${name}" is missing`);
  };
  const [whole, inner, configurations] = [of("whole score"), of("preconditioned"), of("boundary configurations")];
  const blind = meanInterval(finite(bySeed(contestant(whole, "no conditioning"), "between", "inside")));
  return [
    ...cost,
    ...[whole, configurations].map((result): AblationClaim => ({
      claim: `${result.experiment}: the condition, told by FiLM, lowers the held-out loss (95 % interval of the difference)`,
      value: difference(result, "no conditioning", "FiLM").low,
      atLeast: 0,
    })),
    ...[whole, configurations].map((result): AblationClaim => ({
      claim: `${result.experiment}: one model for all is better than a model a regime, both with FiLM (95 % interval)`,
      value: difference(result, "a FiLM model a regime", "FiLM").low,
      atLeast: 0,
    })),
    {
      claim: "told by channels the condition keeps at least four fifths of FiLM's advantage (95 % interval)",
      value: channelsKeep(whole, 0.8).low,
      atLeast: 0,
    },
    {
      claim:
        "the null: conditions shuffled against the fields keep less than a quarter of FiLM's advantage (95 % interval)",
      value: advantageKept(whole, 0.25).high,
      atMost: 0,
    },
    {
      claim:
        "without its condition a model generates one law for all: its means vary by less than a twentieth of the solver's (95 % interval)",
      value: Math.max(Math.abs(blind.low), Math.abs(blind.high)),
      atMost: 0.05,
    },
    {
      claim: "FiLM gains more where it carries the noise level than where it carries the condition (95 % interval)",
      value: levelBeforeCondition(whole).low,
      atLeast: 0,
    },
    {
      claim:
        "inside the conditional Gaussian, conditioning removes less than a tenth of that share of the loss (95 % interval)",
      value: gainAgainst(inner, whole, 0.1).high,
      atMost: 0,
    },
  ];
}
