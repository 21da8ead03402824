/**
 * Stage: is the linearised posterior right? For a porosity drawn from the prior at each correlation length one channel
 * of its fields (the potential, of an electrode) is taken as data, and the posterior of g given them is sampled on the
 * true map by Markov chain Monte Carlo (posterior-sampling.ts).
 */
import { fieldMap } from "../../inverse/field-map";
import { checkPosterior } from "../../inverse/posterior-sampling";
import { atCorrelationLength, axisOf, referenceCondition } from "../../transport/domain";
import { stream } from "../../random/stream";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import type { IdentifiabilitySettings } from "../identifiability/settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { priorSpread } from "../../inverse/identifiability";
import { firstOf, noiseFor } from "../identifiability/noise";

export interface PosteriorResult {
  readonly correlationLength: number;
  /** Of the domain, m. */
  readonly axis: { readonly name: string; readonly length: number };
  readonly x: readonly number[]; // cell centres, m
  /** Posterior over prior standard deviation of g, linearised at the maximum a posteriori and along the chain. */
  readonly linearised: readonly number[];
  readonly sampled: readonly number[];
  readonly steps: number;
  readonly acceptance: number;
  /** Effective number of draws, the smallest over ten cells. */
  readonly effective: number;
  /** rms over cells of sampled / linearised - 1, and what so many draws would give for equal spreads. */
  readonly difference: number;
  readonly differenceFloor: number;
}

export interface PosteriorInput extends Pick<Common, "seed" | "problem"> {
  readonly identifiability: IdentifiabilitySettings;
}

export const posteriorStage: Stage<PosteriorInput, readonly PosteriorResult[]> = jsonStage({
  name: "posterior",
  module: "lib/experiments/posterior/stage.ts",
  run: async (input, context) => {
    const p = problemAs(input.problem);
    const { correlationLengths, chain } = input.identifiability;
    const { name, length, cells, centres } = axisOf(p, input.problem.cells);
    const noise = firstOf(noiseFor(p, cells, input.identifiability.noise, 0.1));
    const x = [...centres];
    const results: PosteriorResult[] = [];
    for (const [index, fraction] of correlationLengths.entries()) {
      context.signal.throwIfAborted();
      context.progress(index, correlationLengths.length, "Markov chains");
      const map = fieldMap(atCorrelationLength(p, fraction * length), { condition: referenceCondition(p), cells });
      const own = stream(input.seed).child("posterior").child(String(fraction));
      const data = map.fields(own.child("porosity").normals(cells));
      const check = checkPosterior(map, data, noise, { stream: own.child("chain"), steps: chain });
      const prior = [...priorSpread(map)];
      results.push({
        correlationLength: fraction,
        axis: { name, length },
        x,
        linearised: prior.map((s, i) => check.linearisedStd[i] / s),
        sampled: prior.map((s, i) => check.sampledStd[i] / s),
        steps: chain,
        acceptance: check.acceptance,
        effective: check.effective,
        difference: check.difference,
        differenceFloor: check.differenceFloor,
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    context.progress(correlationLengths.length, correlationLengths.length);
    return results;
  },
});
