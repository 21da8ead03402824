/**
 * Stage: the bias budget at the reference condition, for the reverse SDE from N(0, I) at the smaller beta_max with the
 * trained network, the way the original drew its fields. Each cause is switched alone, everything else as it was:
 *
 *   prior mismatch        start at N(0, I) minus start at noised solver fields alpha x_0 + sigma z (same z, same
 *                         noise), network's score
 *   last denoising step   fields at t_min minus their denoised means: the same trajectories
 *   truncation            exact Gaussian score, small steps: end at t_min with the last step minus end at 0: no
 *                         sampling
 *   time discretisation   exact Gaussian score: these steps minus small steps: no sampling
 *   score error           network minus exact empirical score, same random numbers, each by the mean of its own data
 *   finite ensemble       exact empirical score of an ensemble: its halves' average minus the whole, which estimates a
 *                         1/n trend at n
 *   Monte-Carlo           mean of the drawn fields minus its control-variate estimate: of this draw
 *
 * and what is left over is the measured bias of the drawn fields less all these. Profiles are added and then projected
 * on the direction of the bias:
 * contributions are signed, have their error bars and add up. Ratios are to the spread |std|_2; data units are root
 * mean squares over the profile.
 */
import type { Fields } from "../../fields/fields";
import { atCondition, checkSchedule, scoreAt, type ScoreModel } from "../../model/score-model";
import { stream } from "../../random/stream";
import type { Common } from "../common-settings";
import type { MeanBiasSettings } from "../mean-bias/settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { publishedSetting, solvedFields } from "../mean-bias/published-setting";
import { referenceCondition } from "../../transport/domain";
import { type BiasBudget, budget } from "./budget";
import { axisOf } from "../../transport/domain";

export interface BiasBudgetInput extends Common {
  readonly meanBias: MeanBiasSettings;
}

export function biasBudgetStage(model: () => Promise<ScoreModel>): Stage<BiasBudgetInput, BiasBudget> {
  return jsonStage({
    name: "bias-budget",
    module: "lib/experiments/bias-budget/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const { meanBias, problem: p } = input;
      const root = stream(input.seed).child("bias budget");
      const solver = { problem: m.problem, cells: axisOf(m.problem, p.cells).cells, signal: context.signal };
      const setting = await publishedSetting({
        ...solver,
        normalisation: m.statistics.normalisation,
        count: meanBias.reference,
        stream: root.child("reference"),
      });
      const solve = (name: string, count: number): Promise<Fields> =>
        solvedFields({ ...solver, count, stream: root.child(name) });
      const betaMax = m.trained.kind === "score" ? m.trained.schedule.betaMax : decisiveOf(meanBias.betaMax);
      const schedule = { ...input.schedule, betaMax };
      checkSchedule(m, schedule);
      const network = scoreAt(m, atCondition(m, referenceCondition(m.problem)));
      try {
        return await budget({
          setting,
          network,
          ensemble: await solve("empirical score", meanBias.empirical),
          arrivals: await solve("noised fields", meanBias.generated),
          schedule,
          steps: meanBias.sdeSteps,
          count: meanBias.generated,
          stream: root,
          ...context,
        });
      } finally {
        network.dispose();
      }
    },
  });
}

const decisiveOf = (betaMax: readonly number[]): number => (betaMax.includes(3) ? 3 : betaMax[0]);
