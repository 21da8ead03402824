/** Entry: a model of `conduction-2d`, against the solver at held-out conditions and at one condition field by field. */
import { type Chain, type Experiment, job } from "../experiment";
import type { evaluationSettings, samplerSettings } from "../sampling/settings";
import type { Part } from "../settings";
import { type ModelConfiguration, modelOf } from "../training/model-of";
import { planeModelSettings } from "./settings";
import { planeModelStage } from "./stage";

type Own = ModelConfiguration &
  Part<typeof samplerSettings> &
  Part<typeof evaluationSettings> &
  Part<typeof planeModelSettings>;

/** The configuration of the model: the study's, for another problem and with sizes of its own. */
function ofPlane<C extends Own>(c: C): C {
  const { cells, nodes, porosities, conditions, fields, heldOutConditions } = c.planeModel;
  const { modes, steps, batchConditions, batchFields, trialFields } = c.planeModel;
  const problem = c.problem.name === "conduction-2d" ? c.problem : { name: "conduction-2d", cells };
  return {
    ...c,
    problem: { ...problem, cells },
    statistics: { ...c.statistics, nodes, porosities },
    ensemble: { ...c.ensemble, conditions, porosities: fields, heldOutConditions },
    network: { ...c.network, modes, preconditioning: "conditional gaussian" },
    training: { ...c.training, steps, conditions: batchConditions, fields: batchFields, trialFields },
  };
}

export const planeModel = {
  settings: [planeModelSettings],
  job: (given: Own, { artifact }: Chain) => {
    const c = ofPlane(given);
    const { seed, problem, sampler } = c;
    const { heldOut, generated, reference, noise } = c.planeModel;
    const model = modelOf(c, artifact);
    const evaluation = { conditions: heldOut, generated, reference };
    const input = { seed, problem, noise, evaluation, sampler: { ...sampler, method: "mode-flow" as const } };
    return job(
      planeModelStage(() => model.value()),
      input,
      [model],
    );
  },
} satisfies Experiment<never, unknown>;
