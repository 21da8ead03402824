/** What chapter 9 concludes of the contest. */
import { meanInterval } from "../../diagnostics/paired-interval";
import { assertAtMost, measured } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import { mean } from "../../numerics/statistics";
import { nullLimit } from "../sampling/figures";
import type { BoundaryContest, Contestant, Errors } from "./stage";

const measures = { squaredBias: "squared bias over variance", energyZ: "z of the energy distance" } as const;
export type Measure = keyof typeof measures;

/** Condition by condition. */
export function valuesOf({ conditions }: BoundaryContest, who: Contestant, what: keyof Errors): number[] {
  return conditions.map(({ errors }) => errors[who][what]);
}

/** Of a rival less those of the one model told by FiLM: the mean over the conditions and its 95 % interval. */
export function disadvantage(contest: BoundaryContest, rival: Contestant, what: Measure) {
  const film = valuesOf(contest, "film", what);
  return meanInterval(valuesOf(contest, rival, what).map((value, k) => value - film[k]));
}

/** `trained`: false where the networks were trained for a test only. */
export function assertContest(contest: BoundaryContest, { trained = true }: { trained?: Trained } = {}): void {
  const solver = valuesOf(contest, "solver", "energyZ");
  if (solver.length >= 3)
    assertAtMost("the null of the contest: two solver ensembles do not differ", mean(solver), nullLimit(solver.length));
  for (const what of ["squaredBias", "energyZ"] as const) {
    for (const rival of ["channels", "each"] as const)
      measured(
        `${measures[what]}: ${names[rival]} less one model by FiLM, mean`,
        disadvantage(contest, rival, what).mean,
      );
  }
  if (trained === false) return;
  for (const what of ["squaredBias", "energyZ"] as const) {
    const { high } = disadvantage(contest, "each", what); // below 0 the small models would be better
    assertAtMost(
      `${measures[what]}: eight small models are not better than one for all (95 % interval)`,
      -high,
      0,
      sizesOf(trained),
    );
  }
}

export const names: Readonly<Record<Contestant, string>> = {
  film: "one model, FiLM",
  channels: "one model, condition as channels",
  each: "a small model for each pair",
  gaussian: "Gaussian, no network",
  solver: "second solver ensemble",
};
