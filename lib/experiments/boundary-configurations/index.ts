/** Entry: one model of `conduction` for all pairs of boundary kinds, against the solver at each of them. */
import { stream } from "../../random/stream";
import { problemAs } from "../../transport/problems";
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import type { evaluationSettings, samplerSettings } from "../sampling/settings";
import { type ModelConfiguration, modelOf } from "../training/model-of";
import { problemOfChapter, testConditions } from "./conditions";
import { boundariesSettings } from "./settings";
import { boundariesStage } from "./stage";

/** What this chapter's experiments read of a configuration. */
export type Own = ModelConfiguration &
  Part<typeof samplerSettings> &
  Part<typeof evaluationSettings> &
  Part<typeof boundariesSettings>;

/** The configuration of the model: that of the study, for another problem and with sizes of its own. */
export function ofConduction<C extends Own>(c: C): C {
  const { porosities, conditions, steps } = c.boundaries;
  return {
    ...c,
    problem: problemOfChapter(c.problem),
    statistics: { ...c.statistics, porosities },
    ensemble: { ...c.ensemble, conditions },
    network: { ...c.network, preconditioning: "conditional gaussian" },
    training: { ...c.training, steps },
  };
}

export const boundaryConfigurations = {
  settings: [boundariesSettings],
  job: (given: Own, { artifact }: Chain) => {
    const c = ofConduction(given);
    const { seed, boundaries, sampler } = c;
    const model = modelOf(c, artifact);
    const tested = testConditions(problemAs(c.problem), boundaries, stream(seed).child("boundary configurations"));
    const { generated, reference } = boundaries;
    const input = {
      seed,
      problem: c.problem,
      evaluation: { conditions: tested.length, generated, reference },
      sampler: { ...sampler, method: "mode-flow" as const },
      at: tested.map(({ condition }) => condition),
    };
    return job(
      boundariesStage(() => model.value()),
      input,
      [model],
    );
  },
} satisfies Experiment<never, unknown>;
