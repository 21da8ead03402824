/** A score model from the parts of a training: its input, the conditional Gaussian and what the network learned. */
import { DamagedFileError } from "../../errors/user-error";
import { scoreNetwork } from "../../network/score-network";
import { weightRows } from "../../model/flow-steps";
import type { ScoreModel } from "../../model/score-model";
import { cellsAlong } from "../../fields/grid";
import { gridCells } from "../../gaussian/conditional-gaussian";
import { gridOf } from "../../transport/domain";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import { architectureOf } from "./architecture";
import type { NetworkSettings } from "./settings";
import type { TrainedModel } from "./trained-model";

export const trainAgain = "train it again: npm run -s sgm -- train";

/** Does the network learn the whole score? */
export function isPlain({ network }: { readonly network: NetworkSettings }): boolean {
  return network.preconditioning === "none";
}

/** What of a training's input tells its model. */
interface Described extends Pick<Common, "problem">, Partial<Pick<Common, "schedule">> {
  readonly network: NetworkSettings;
}

/**
 * What samplers need, from a training's input and its result. Parts that were not made for each other are refused;
 * `place` is for messages.
 */
export function assembleModel(
  input: Described,
  statistics: ScoreModel["statistics"],
  trained: TrainedModel,
  place = "assembleModel",
): ScoreModel {
  const p = problemAs(input.problem);
  const { theta, range, varianceTerm, learntSteps } = trained;
  const network = scoreNetwork(architectureOf(input));
  const gridOfModel = cellsAlong(gridOf(p, input.problem.cells)).join(" x ");
  const gridOfStatistics = [gridCells(statistics)].flat().join(" x ");
  if (statistics.problem !== p.name || gridOfStatistics !== gridOfModel) {
    const [made, asked] = [`${statistics.problem} on ${gridOfStatistics} cells`, `${p.name} on ${gridOfModel}`];
    throw new DamagedFileError(place, `its statistics are of ${made}, the model is for ${asked}`, trainAgain);
  }
  if (theta.length !== network.size) {
    throw new DamagedFileError(place, `it has ${theta.length} parameters, its network ${network.size}`, trainAgain);
  }
  const common = { network, theta, channels: p.channels.length };
  const { schedule } = input;
  if (isPlain(input) && schedule) return { problem: p, statistics, trained: { kind: "score", ...common, schedule } };
  if (!isPlain(input) && range) {
    const { modes, noiseGrading } = input.network;
    if (varianceTerm && varianceTerm.length % modes !== 0) {
      throw new DamagedFileError(
        place,
        `its variance term has ${varianceTerm.length} numbers, not rows of ${modes} modes`,
        trainAgain,
      );
    }
    const odd = learntSteps?.find(({ levels, weights }) => weights.length !== levels.length * weightRows * modes);
    if (odd) {
      const n = odd.levels.length;
      const problem = `its steps for ${n} evaluations have ${odd.weights.length} weights, not ${n * weightRows} rows of ${modes} modes`;
      throw new DamagedFileError(place, problem, trainAgain);
    }
    return {
      problem: p,
      statistics,
      trained: { kind: "modes", ...common, range, varianceTerm, learntSteps, modes, gamma: noiseGrading },
    };
  }
  const lacking = isPlain(input) ? "schedule" : "range of noise levels";
  const kind = `preconditioning "${input.network.preconditioning}"`;
  throw new DamagedFileError(place, `a model with ${kind} lacks its ${lacking}`, trainAgain);
}
