/**
 * Stage: what a sampler's evaluations buy. Every sampler at several numbers of network evaluations, from the matched
 * start (so that the prior's mismatch, chapter 5, is no part of it), on one grid: equidistant in the logarithm of noise
 * over signal.
 *
 *   exact Gaussian score   the generated law is propagated, not sampled (propagated-law.ts): its Wasserstein-2 distance
 *                          to the law that the exact reverse process ends in is free of Monte-Carlo error;
 *   trained network        energy distance of generated fields to a solver ensemble, beside that of a second solver
 *                          ensemble (the floor).
 *
 * An evaluation is one call of the network for one field; the last denoising step counts as one.
 */
import { variancePreserving } from "../../diffusion/schedule";
import { published } from "../../network/architectures";
import { forwardOperations } from "../../network/operation-count";
import { atCondition, checkSchedule, type ScoreModel } from "../../model/score-model";
import { stream } from "../../random/stream";
import { architectureOf } from "../training/architecture";
import type { Common } from "../common-settings";
import type { NetworkSettings } from "../training/settings";
import type { WorkPrecisionSettings } from "./settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { referenceCondition } from "../../transport/domain";
import { type ExactRows, exactRows } from "./exact-rows";
import { type NetworkRows, networkRows } from "./network-rows";
import { modeFlowOnGaussian } from "./mode-flow-on-gaussian";
import { publishedSeconds } from "./published-cost";

export interface WorkPrecision extends ExactRows, NetworkRows {
  /**
   * Largest distance that the mode flow moves a field where neither third cumulants nor the network say anything, the
   * exact answer for Gaussian data.
   */
  readonly modeFlowOnGaussian: number;
  readonly cost: {
    /** Operations of one evaluation for one field, and seconds for it, of the trained and of the original's network. */
    readonly operations: { readonly trained: number; readonly published: number };
    readonly publishedSeconds: number;
  };
}

export interface WorkPrecisionInput extends Common {
  readonly network: NetworkSettings;
  readonly workPrecision: WorkPrecisionSettings;
}

export function workPrecisionStage(model: () => Promise<ScoreModel>): Stage<WorkPrecisionInput, WorkPrecision> {
  return jsonStage({
    name: "work-precision",
    module: "lib/experiments/work-precision/stage.ts",
    run: async (input, context) => {
      const m = await model();
      checkSchedule(m, input.schedule);
      const schedule = variancePreserving(input.schedule);
      const { law } = atCondition(m, referenceCondition(m.problem));
      const exact = await exactRows(law, schedule, input.workPrecision, context);
      const network = await networkRows(m, input, schedule, context);
      return {
        ...exact,
        modeFlowOnGaussian: await modeFlowOnGaussian(m, stream(input.seed).child("work precision")),
        ...network,
        cost: {
          operations: { trained: forwardOperations(architectureOf(input)), published: forwardOperations(published) },
          publishedSeconds: await publishedSeconds(stream(input.seed).child("published network")),
        },
      };
    },
  });
}
