/**
 * The same contest inside the model of record: the network learns what a conditional Gaussian lacks, in whitened modes.
 * Mean, covariance and third cumulants are told to it as functions of the condition, so there is less left for
 * conditioning to bring.
 */
import { drawConditions } from "../../ensemble/conditions";
import type { GaussianStatistics } from "../../gaussian/conditional-gaussian";
import { componentsFor, networkFeatureCount } from "../../model/mode-geometry";
import { modeObjective, noiseRange } from "../../training/mode-objective";
import { type WhitenedPool, whitenedPool } from "../../training/whitened-pool";
import type { Condition, Problem } from "../../transport/problem";
import { ablationArchitecture } from "./contestants";
import { drawOutside, regimesOf } from "./conditions";
import type { Contest, ContestOptions } from "./contest";

/**
 * Noise graded as white noise in network units, one pair of antithetic noises for each of two fields of a condition.
 */
const [gamma, fieldsEach] = [1, 2];

export async function preconditioned(
  p: Problem,
  statistics: GaussianStatistics,
  { settings, root, signal, onProgress }: ContestOptions,
): Promise<Contest> {
  const { modes, porosities: count, heldOutConditions } = settings;
  const total = (settings.conditions + 2 * heldOutConditions) * count;
  let solved = 0;
  const pool = async (name: string, conditions: readonly Condition[]): Promise<WhitenedPool> => {
    const made = await whitenedPool({
      problem: p,
      statistics,
      conditions,
      count,
      modes,
      components: componentsFor(gamma),
      stream: root.child(name),
      signal,
      onProgress: (done) => onProgress?.(solved + done, total),
    });
    solved += conditions.length * count;
    return made;
  };
  const inside = (name: string, n: number): Condition[] => drawConditions(p, n, root.child(name).child("conditions"));
  const each = Math.ceil(heldOutConditions / regimesOf(p).names.length);
  const pools = {
    training: await pool("training", inside("training", settings.conditions)),
    inside: await pool("inside", inside("inside", heldOutConditions)),
    outside: await pool(
      "outside",
      drawOutside(p, each, settings.outside, root.child("outside").child("conditions")).slice(0, heldOutConditions),
    ),
  };
  const channels = p.channels.length;
  const range = noiseRange(pools.training, gamma);
  return {
    architecture: ablationArchitecture(settings, {
      cells: statistics.cells,
      channelsIn: 3 * channels, // coloured, white and Edgeworth field, see lib/network/mode-velocity
      channelsOut: channels,
      conditions: networkFeatureCount(p),
    }),
    regimes: ["all"],
    objective: (network, data) =>
      modeObjective(network, pools[data], root.child(`${data} noise`), {
        conditions: data === "training" ? settings.batch / (2 * fieldsEach) : 64,
        fields: fieldsEach,
        gamma,
        channels,
        range,
        penalty: data === "training" ? 1 : 0,
      }),
  };
}
