/** Chapter 9: the table of the contest. */
import { mean } from "../../numerics/statistics";
import { disadvantage, names, valuesOf } from "./claims";
import { type BoundaryContest, contestants } from "./stage";

export { assertContest } from "./claims";

/** A line a contestant: its errors, and how much worse it is than one model told by FiLM. */
export function contestTable(contest: BoundaryContest): Record<string, string | number>[] {
  return contestants.map((who) => {
    const bias = disadvantage(contest, who, "squaredBias");
    const energy = disadvantage(contest, who, "energyZ");
    const square = mean(valuesOf(contest, who, "squaredBias"));
    return {
      contestant: names[who],
      "bias / std, rms": Math.sign(square) * Math.sqrt(Math.abs(square)),
      "bias² / std² beyond FiLM's": bias.mean,
      "bias² beyond, from": bias.low,
      "bias² beyond, to": bias.high,
      "std ratio, mean": mean(valuesOf(contest, who, "stdRatio")),
      "energy z, mean": mean(valuesOf(contest, who, "energyZ")),
      "energy z beyond FiLM's": energy.mean,
      "z beyond, from": energy.low,
      "z beyond, to": energy.high,
    };
  });
}
