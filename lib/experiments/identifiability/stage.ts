/**
 * Stage: what the fields say about the porosity. Singular spectrum of the map from the porosity's prior coordinates to
 * the fields, at several correlation lengths, for each channel alone and all together; posterior over prior spread
 * along the electrode.
 */
import type { Channel } from "../../fields/channel";
import { channelNamed } from "../../fields/shape";
import { identifiability, type Identifiability } from "../../inverse/identifiability";
import type { Noise } from "../../inverse/field-map";
import { stream } from "../../random/stream";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import type { IdentifiabilitySettings } from "./settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { atCorrelationLength, axisOf, referenceCondition } from "../../transport/domain";
import { noiseFor } from "./noise";

export interface IdentifiabilityResult {
  /** Correlation length over the electrode's length. */
  readonly correlationLength: number;
  readonly problem: string;
  /** Of the domain, m. */
  readonly axis: { readonly name: string; readonly length: number };
  /** What is looked at: the name of one channel, or "both" of two and "all" of more. */
  readonly observed: string;
  readonly channels: readonly Channel[];
  /** Are these all channels of the problem? */
  readonly everything: boolean;
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
    const { correlationLengths, draws } = input.identifiability;
    const { name, length, cells } = axisOf(p, input.problem.cells);
    const views = viewsOf(noiseFor(p, cells, input.identifiability.noise, 0.1));
    const results: IdentifiabilityResult[] = [];
    const jobs = correlationLengths.flatMap((l) => views.map((view) => ({ l, ...view })));
    for (const [index, { l, observed, noise }] of jobs.entries()) {
      context.signal.throwIfAborted();
      context.progress(index, jobs.length);
      results.push({
        correlationLength: l,
        problem: p.name,
        axis: { name, length },
        observed,
        channels: Object.keys(noise).map((channel) => channelNamed(p, channel)),
        everything: Object.keys(noise).length === p.channels.length,
        result: identifiability({
          problem: atCorrelationLength(p, l * length),
          condition: referenceCondition(p),
          noise,
          stream: stream(input.seed).child("identifiability").child(String(l)),
          draws,
          cells,
        }),
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    context.progress(jobs.length, jobs.length);
    return results;
  },
});

/** Each channel alone, and all of them where there are several. */
function viewsOf(noise: Noise): { readonly observed: string; readonly noise: Noise }[] {
  const alone = Object.entries(noise).map(([name, level]) => ({ observed: name, noise: { [name]: level } }));
  if (alone.length === 1) return alone;
  return [...alone, { observed: alone.length === 2 ? "both" : "all", noise }];
}
