import type { Chain, Job } from "../../lib/experiments/experiment";
import type { ModelInput } from "../../lib/experiments/training/stage";

/** What the models of an experiment's job would be trained with, in the order in which it asks for them. */
export function modelInputs(job: (chain: Chain) => unknown): ModelInput[] {
  const inputs: ModelInput[] = [];
  const artifact = (made: Job<unknown>) => {
    if (made.stage.name === "model") inputs.push(made.input as ModelInput);
    return { key: () => ({}) as never, value: () => Promise.reject(new Error("nothing is trained here")) };
  };
  job({ artifact } as never);
  return inputs;
}
