/**
 * Entry: contestants of equal cost that are told their condition in different ways, several trainings of each; in one
 * of several contests.
 */
import type { Common } from "../common-settings";
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { ablationModelsStage, type ContestName, trainingPart } from "./models";
import { ablationSettings } from "./settings";
import { filmAblationStage } from "./stage";

export const filmAblation = {
  settings: [ablationSettings],
  job: (c: Common & Part<typeof ablationSettings>, { statistics, artifact }: Chain, contest: ContestName) => {
    const { seed, schedule, ablation } = c;
    // Another problem of the same number of cells: what is configured of the study's own means nothing to it.
    const rod = { name: "conduction" as const, cells: c.problem.cells };
    const problem = contest === "boundary configurations" && c.problem.name !== rod.name ? rod : c.problem;
    const common = { seed, experiment: contest, problem, schedule };
    const models = artifact(
      job(
        ablationModelsStage(() => statistics.value()),
        { ...common, ablation: trainingPart(ablation) },
        contest === "preconditioned" ? [statistics] : [],
      ),
    );
    const stage = filmAblationStage(contest, () => models.value());
    return job(stage, { ...common, ablation }, [models]);
  },
} satisfies Experiment<never, unknown, readonly [ContestName]>;
