/**
 * Stage: what the fields say about the porosity. Singular spectrum of the map from the porosity's prior coordinates to the fields, at several
 * correlation lengths, for phi alone, c alone and both; posterior over prior spread along the electrode.
 */
import { identifiability, type Identifiability } from "../../inverse/identifiability";
import { stream } from "../../random/stream";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import type { IdentifiabilitySettings } from "./settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { publishedCondition } from "../../transport/published-conditions";
import { axisOf } from "../../transport/domain";

export interface IdentifiabilityResult {
  /** Correlation length over the electrode's length. */
  readonly correlationLength: number;
  readonly observed: "phi" | "c" | "both";
  readonly result: Identifiability;
}

export interface IdentifiabilityInput extends Pick<Common, "seed" | "problem"> {
  readonly identifiability: IdentifiabilitySettings;
}

export const identifiabilityStage: Stage<IdentifiabilityInput, readonly IdentifiabilityResult[]> = jsonStage({
  name: "identifiability",
  module: "lib/experiments/identifiability/stage.ts",
  run: async (input, context) => {
    const p = problemAs(input.problem);
    const { correlationLengths, draws, noise, noiseConcentration } = input.identifiability;
    const noises = {
      phi: { phi: noise },
      c: { c: noiseConcentration },
      both: { phi: noise, c: noiseConcentration },
    } as const;
    const results: IdentifiabilityResult[] = [];
    const jobs = correlationLengths.flatMap((l) =>
      (["phi", "c", "both"] as const).map((observed) => ({ l, observed })),
    );
    for (const [index, { l, observed }] of jobs.entries()) {
      context.signal.throwIfAborted();
      context.progress(index, jobs.length);
      results.push({
        correlationLength: l,
        observed,
        result: identifiability({
          problem: p,
          condition: { ...publishedCondition, l: l * p.domain[0].length },
          noise: noises[observed],
          stream: stream(input.seed).child("identifiability").child(String(l)),
          draws,
          cells: axisOf(p, input.problem.cells).cells,
        }),
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    context.progress(jobs.length, jobs.length);
    return results;
  },
});
