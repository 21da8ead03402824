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
  const cost = results.map((result): AblationClaim => {
    const film = contestant(result, "FiLM");
    const off = result.contestants.flatMap((c) =>
      (["parameters", "multiplications"] as const).map((key) => Math.abs(c[key] / film[key] - 1)),
    );
    const claim = `${result.experiment}: all contestants cost the same`;
    return { claim, ofCost: true, value: Math.max(...off), atMost: equalCost };
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
      claim:
        `${result.experiment}: the condition, told by FiLM, lowers the held-out loss (95 % interval of the ` +
        "difference)",
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
        "without its condition a model generates one law for all: its means vary by less than a twentieth of the " +
        "solver's (95 % interval)",
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
        "inside the conditional Gaussian, conditioning removes less than a tenth of that share of the loss (95 % " +
        "interval)",
      value: gainAgainst(inner, whole, 0.1).high,
      atMost: 0,
    },
  ];
}
