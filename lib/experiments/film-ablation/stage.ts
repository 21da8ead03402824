/**
 * Stage: what the networks of an ablation are worth, contestant by contestant and seed by seed: held-out loss, and for
 * models of the whole score the errors of the fields that they generate at conditions never seen, inside the box and
 * just outside.
 *
 * Fields start as N(0, I) at the end of the forward process and follow the reverse SDE, one evaluation of the network a
 * step.
 */
import type { ConditionalError } from "../../diagnostics/conditional-error";
import type { AblationSettings } from "./settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import type { ContestantName } from "./contestants";
import type { AblationModels, AblationModelsInput, ContestName } from "./models";
import { generatedErrors } from "./generated-errors";

export interface AblationMeasure extends Partial<ConditionalError> {
  readonly loss: number;
}

export interface AblationSeed {
  readonly seed: number;
  /** A diverged seed has no measures. */
  readonly inside?: AblationMeasure;
  readonly outside?: AblationMeasure;
}

export interface AblationContestant {
  readonly name: ContestantName;
  readonly networks: number;
  /** Of all its networks. */
  readonly parameters: number;
  readonly multiplications: number;
  readonly seeds: readonly AblationSeed[];
}

export interface FilmAblation {
  readonly experiment: ContestName;
  readonly contestants: readonly AblationContestant[];
}

export interface FilmAblationInput extends Omit<AblationModelsInput, "ablation"> {
  readonly ablation: AblationSettings;
}

export function filmAblationStage(
  experiment: ContestName,
  models: () => Promise<AblationModels>,
): Stage<FilmAblationInput, FilmAblation> {
  return jsonStage({
    name: "film-ablation",
    module: "lib/experiments/film-ablation/stage.ts",
    run: async (input, context) => {
      const { runs, costs } = await models();
      const measure = experiment === "preconditioned" ? undefined : await generatedErrors(input, context);
      const all: AblationContestant[] = [];
      for (const { contestant, ...cost } of costs) {
        const own = runs.filter((run) => run.contestant === contestant);
        const errors = await measure?.(contestant, own);
        const seeds = own.map(({ seed, loss, networks }, k): AblationSeed => {
          if (networks.some(({ diverged }) => diverged)) return { seed };
          const of = (where: "inside" | "outside"): AblationMeasure => ({ loss: loss[where], ...errors?.[k]?.[where] });
          return { seed, inside: of("inside"), outside: of("outside") };
        });
        all.push({ name: contestant, ...cost, seeds });
      }
      return { experiment, contestants: all };
    },
  });
}
