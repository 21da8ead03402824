/**
 * Stage: where the mean bias comes from. At the problem's reference condition fields are drawn with scores of three
 * kinds - exact Gaussian, exact empirical (of a finite solver ensemble), trained network - from three start laws and
 * over beta_max, by the reverse SDE and the probability flow, and compared with a large solver ensemble. The closed
 * form for Gaussian data stands beside each.
 *
 * Start laws: "standard normal" N(0, I); "centred" N(alpha mu, I), which is N(0, I) for data centred per condition;
 * "matched" N(alpha mu, alpha^2 S + sigma^2 I), where the forward process arrives for Gaussian data.
 */
import { moments } from "../../diagnostics/moments";
import { gaussianScore } from "../../diffusion/exact-score";
import { atCondition, checkSchedule, scoreAt, type ScoreModel } from "../../model/score-model";
import { stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { publishedSetting, solvedFields } from "./published-setting";
import { ensembleScore } from "../../diffusion/ensemble-score";
import { referenceCondition } from "../../transport/domain";
import { type OfProblem, ofProblem } from "../../transport/of-problem";
import type { MeanBiasSettings } from "./settings";
import { experiments } from "./experiments";
import type { BiasRow } from "./bias-row";
import { type BiasPrediction, predictedBias } from "./predicted-bias";
import { runExperiments } from "./run-experiments";
import { axisOf } from "../../transport/domain";

export interface MeanBias extends OfProblem {
  readonly condition: Condition;
  readonly rows: readonly BiasRow[];
  /** Over the range of beta_max that was drawn at, close enough for a curve. */
  readonly predictions: readonly BiasPrediction[];
  /** Of the solver ensemble, SI units, channels one after the other. */
  readonly solver: { readonly count: number; readonly mean: readonly number[]; readonly std: readonly number[] };
}

export interface MeanBiasInput extends Common {
  readonly meanBias: MeanBiasSettings;
}

export function meanBiasStage(model: () => Promise<ScoreModel>): Stage<MeanBiasInput, MeanBias> {
  return jsonStage({
    name: "mean-bias",
    module: "lib/experiments/mean-bias/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const { signal } = context;
      const root = stream(input.seed).child("mean bias");
      const { meanBias, schedule } = input;
      const { problem } = m;
      const { cells } = axisOf(problem, input.problem.cells);
      const { normalisation } = m.statistics;
      const solver = { problem, cells, signal };
      const setting = await publishedSetting({
        ...solver,
        normalisation,
        count: meanBias.reference,
        stream: root.child("reference"),
      });
      const ensemble = await solvedFields({
        ...solver,
        count: meanBias.empirical,
        stream: root.child("empirical score"),
      });
      const ensembleMean = moments(ensemble).mean;
      const members = ensemble.toNetwork(normalisation).values;
      const scores = {
        gaussian: gaussianScore(setting.law),
        empirical: ensembleScore(members, meanBias.empirical, setting.law),
        network: scoreAt(m, atCondition(m, referenceCondition(problem))),
      };
      const trainedFor = m.trained.kind === "score" ? m.trained.schedule.betaMax : undefined;
      const jobs = experiments(meanBias.betaMax, trainedFor);
      try {
        for (const { score, betaMax } of jobs) if (score === "network") checkSchedule(m, { ...schedule, betaMax });
        const rows = await runExperiments(jobs, {
          setting,
          scores,
          ensembleMean,
          meanBias,
          schedule,
          stream: root,
          ...context,
        });
        const { mean, std } = setting.moments;
        const found = { count: setting.reference.count, mean: [...mean], std: [...std] };
        return {
          ...ofProblem(problem),
          condition: referenceCondition(problem),
          rows,
          predictions: predictedBias(setting, rows, schedule),
          solver: found,
        };
      } finally {
        Object.values(scores).forEach((score) => score.dispose());
      }
    },
  });
}
