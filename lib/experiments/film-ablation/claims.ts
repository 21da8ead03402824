/** What the last cell of chapter 7 asserts. */
import { meanInterval } from "../../diagnostics/paired-interval";
import { assertAtLeast, assertAtMost } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import type { ContestName } from "./models";
import type { FilmAblation } from "./stage";
import {
  contestant,
  bySeed,
  finite,
  difference,
  advantageKept,
  channelsKeep,
  levelBeforeCondition,
  gainAgainst,
} from "./comparison";

/** A sentence of the last cell with its number and the bound that it must keep. */
export type AblationClaim = { readonly claim: string; readonly value: number; readonly ofCost?: true } & (
  { readonly atLeast: number } | { readonly atMost: number }
);

/** Equal cost means equal to this share: whole numbers of channels leave as much. */
const equalCost = 0.1;

/** The number of a claim is an end of it. */
const interval = "(95 % interval)";

/** The claims of the chapter, made. `trained`: false where networks were trained for a test only. */
export function assertAblation(results: readonly FilmAblation[], { trained = true }: { trained?: Trained } = {}): void {
  const about = sizesOf(trained);
  for (const { ofCost, ...claim } of claims(results, { costOnly: trained === false })) {
    const sizes = ofCost ? [] : about;
    if ("atLeast" in claim) assertAtLeast(claim.claim, claim.value, claim.atLeast, sizes);
    else assertAtMost(claim.claim, claim.value, claim.atMost, sizes);
  }
}

/** What the last cell asserts. Trainings too short to show anything (the preset smoke) answer for their cost alone. */
export function claims(results: readonly FilmAblation[], options: { costOnly?: boolean } = {}): AblationClaim[] {
  const cost = results.map(sameCost);
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
    ...[whole, configurations].map((result) =>
      positive(
        `${result.experiment}: the condition, told by FiLM, lowers the held-out loss (95 % interval of the difference)`,
        difference(result, "no conditioning", "FiLM").low,
      ),
    ),
    ...[whole, configurations].map((result) =>
      positive(
        `${result.experiment}: one model for all is better than a model a regime, both with FiLM ${interval}`,
        difference(result, "a FiLM model a regime", "FiLM").low,
      ),
    ),
    positive(
      `told by channels the condition keeps at least four fifths of FiLM's advantage ${interval}`,
      channelsKeep(whole, 0.8).low,
    ),
    atMost(
      `the null: conditions shuffled against the fields keep less than a quarter of FiLM's advantage ${interval}`,
      advantageKept(whole, 0.25).high,
      0,
    ),
    atMost(
      "without its condition a model generates one law for all: its means vary by less than a twentieth of the " +
        `solver's ${interval}`,
      Math.max(Math.abs(blind.low), Math.abs(blind.high)),
      0.05,
    ),
    positive(
      `FiLM gains more where it carries the noise level than where it carries the condition ${interval}`,
      levelBeforeCondition(whole).low,
    ),
    atMost(
      `inside the conditional Gaussian, conditioning removes less than a tenth of that share of the loss ${interval}`,
      gainAgainst(inner, whole, 0.1).high,
      0,
    ),
  ];
}

function sameCost(result: FilmAblation): AblationClaim {
  const film = contestant(result, "FiLM");
  const off = result.contestants.flatMap((c) =>
    (["parameters", "multiplications"] as const).map((key) => Math.abs(c[key] / film[key] - 1)),
  );
  const claim = `${result.experiment}: all contestants cost the same`;
  return { claim, ofCost: true, value: Math.max(...off), atMost: equalCost };
}

const positive = (claim: string, value: number): AblationClaim => ({ claim, value, atLeast: 0 });
const atMost = (claim: string, value: number, bound: number): AblationClaim => ({ claim, value, atMost: bound });
