/** Entry: how far from solving the equations fields are: the solver's, the model's and the conditional Gaussian's. */
import type { Common } from "../common-settings";
import { type Chain, type Experiment, job } from "../experiment";
import type { samplerSettings } from "../sampling/settings";
import type { Part } from "../settings";
import { manifoldSettings } from "./settings";
import { manifoldStage } from "./stage";

type ManifoldConfiguration = Common & Part<typeof samplerSettings> & Part<typeof manifoldSettings>;

export const manifold = {
  settings: [manifoldSettings],
  job: ({ seed, problem, sampler, schedule, manifold }: ManifoldConfiguration, chain: Chain) => {
    const model = sampler.method === "mode-flow" ? chain.model : chain.isotropicModel;
    return job(
      manifoldStage(() => model.value()),
      { seed, problem, sampler, schedule, manifold },
      [model],
    );
  },
} satisfies Experiment<never, unknown>;
