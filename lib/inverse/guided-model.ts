/**
 * The modes of a trained model as a guided flow turns them. The first K are the network's; those beyond are
 * independent of them under the model and stay Gaussian whatever is done to them before, so they are turned with the
 * last of the first K. From A y0^ = A (cos(theta) y - sin(theta) F) follow the slopes  A J diag(cos)^-1 = A - ((A
 * sin(theta)) dF/dy) diag(cos)^-1.
 */
import type { GaussianLaw } from "../gaussian/conditional-gaussian";
import { modePullback } from "../model/mode-pullback";
import { arraysOf, modesOf, type ModelAtCondition, type ScoreModel } from "../model/score-model";
import { logLevels } from "../model/mode-velocity";
import { anglesAt, type NoisyModes } from "./guided-flow";

/** How fast the modes of a law turn when noise is graded by gamma; those beyond the first K as the last of these. */
export function modeRatesOf(law: GaussianLaw, gamma: number, K: number): Float64Array {
  const { variance, rank } = law;
  return Float64Array.from({ length: rank }, (_, k) => (variance[0] / variance[Math.min(k, K - 1)]) ** (gamma / 2));
}

/**
 * Levels of a guided flow where the unguided one has `steps`: guidance changes the velocity, so that steps learnt for
 * few evaluations do not fit it.
 */
export const guidedLevels = (steps: number): number => Math.max(20, steps);

/** Of a model at a condition, on so many levels. Dispose it. */
export function noisyModesOf(
  model: ScoreModel,
  at: ModelAtCondition,
  { levels, batch = 500 }: { levels: number; batch?: number },
): NoisyModes & { dispose(): void } {
  const trained = modesOf(model, "guidance");
  const { rank } = at.law;
  const K = Math.min(trained.modes, rank);
  const width = trained.modes; // the network's own number of modes, should the law have fewer
  const pullback = modePullback(trained, arraysOf(at), { batch });
  const modes = {
    rates: modeRatesOf(at.law, trained.gamma, K),
    logLevels: logLevels(trained.range, levels),
    evaluations: 1,
  };
  const narrowed = (rows: Float64Array): Float32Array =>
    Float32Array.from({ length: (rows.length / rank) * width }, (_, i) =>
      i % width < K ? rows[Math.floor(i / width) * rank + (i % width)] : 0,
    );
  return {
    ...modes,
    async sensitivity(y, level, slope) {
      const { cos, sin } = anglesAt(modes, level);
      const m = slope.length / rank;
      const count = y.length / rank;
      const cotangents = narrowed(slope.map((a, i) => a * sin[i % rank]));
      const padded = (values: Float64Array): Float64Array =>
        Float64Array.from({ length: width }, (_, k) => values[Math.min(k, K - 1)]);
      const angles = { cos: padded(cos), sin: padded(sin) };
      const { velocity: F, pulled } = await pullback.at(narrowed(y), modes.logLevels[level], angles, cotangents);
      const velocity = new Float64Array(count * rank);
      const slopes = new Float64Array(count * m * rank);
      for (let n = 0; n < count; n++) {
        for (let k = 0; k < K; k++) velocity[n * rank + k] = F[n * width + k];
        slopes.set(slope, n * m * rank);
        for (let j = 0; j < m; j++) {
          for (let k = 0; k < K; k++) {
            slopes[(n * m + j) * rank + k] -= pulled[(n * m + j) * width + k] / cos[k];
          }
        }
      }
      return { velocity, slopes };
    },
    dispose: () => pullback.dispose(),
  };
}
