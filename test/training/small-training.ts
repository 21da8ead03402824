/**
 * A tiny training of either kind, for the tests of resuming and of faults: 20 cells, the smoke network, 12 conditions.
 */
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { drawConditions } from "../../lib/ensemble/conditions";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { normalisation } from "../../lib/fields/normalisation";
import { smoke } from "../../lib/network/architectures";
import { networkFeatureCount } from "../../lib/model/mode-geometry";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { type FieldPool, fieldPool } from "../../lib/training/field-pool";
import { modeObjective, noiseRange } from "../../lib/training/mode-objective";
import type { Objective } from "../../lib/training/objective";
import { scoreObjective } from "../../lib/training/score-objective";
import type { TrainingOptions } from "../../lib/training/train";
import { type WhitenedPool, whitenedPool } from "../../lib/training/whitened-pool";
import { problem } from "../../lib/transport/problems";

const p = problem("electrode-published");
const cells = 20;
const architecture = { ...smoke, cells, conditions: p.conditions.length };
const schedule = { betaMin: 0.001, betaMax: 20, tMin: 1e-4 };

export interface SmallTraining {
  readonly kind: "modes" | "plain";
  /** The data; `objective` takes another pool of the same form. */
  readonly pool: WhitenedPool | FieldPool;
  objective(pool?: WhitenedPool | FieldPool): Objective;
  options(changes: {
    steps: number;
    stepsPerCall: number;
    learningRate?: number;
    pool?: WhitenedPool | FieldPool;
  }): TrainingOptions;
}

function small(
  kind: SmallTraining["kind"],
  pool: WhitenedPool | FieldPool,
  make: (pool: never) => Objective,
): SmallTraining {
  const objective = (other = pool): Objective => make(other as never);
  return {
    kind,
    pool,
    objective,
    options: ({ steps, stepsPerCall, learningRate = 4e-3, pool: other }) => ({
      objective: objective(other),
      heldOut: objective(),
      heldOutEvery: 3, // no multiple of the groups: the window of the log is open at most checkpoints
      optimiser: {
        steps,
        learningRate,
        orthogonalRate: kind === "modes" ? 0.03 : 0,
        warmUp: 4,
        finalFraction: 0.02,
        clip: 0.5,
        average: 0.9,
        betas: [0.9, 0.99],
      },
      stream: stream(7),
      stepsPerCall,
      checkpointEvery: 1,
    }),
  };
}

export async function smallModes(): Promise<SmallTraining> {
  const network = scoreNetwork({ ...architecture, channelsIn: 6, conditions: networkFeatureCount(p) });
  const statistics = await fitGaussian({ problem: p, cells, nodes: 6, porosities: 128, stream: stream(1) });
  const conditions = drawConditions(p, 12, stream(2));
  const pool = await whitenedPool({
    problem: p,
    statistics,
    conditions,
    count: 64,
    modes: 6,
    components: "covariance",
    stream: stream(3),
  });
  return small("modes", pool, (data: WhitenedPool) =>
    modeObjective(network, data, stream(5), {
      conditions: 16,
      fields: 2,
      gamma: 1,
      channels: 2,
      range: noiseRange(data, 1),
      penalty: 1,
    }),
  );
}

export async function smallPlain(): Promise<SmallTraining> {
  const network = scoreNetwork({ ...architecture, channelsIn: 2 });
  const common = { problem: p, conditions: drawConditions(p, 12, stream(2)), cells, count: 8 };
  const { fields } = await generateEnsemble({ ...common, stream: stream(4) });
  const units = normalisation(fields);
  const pool = await fieldPool({ ...common, normalisation: units, stream: stream(3) });
  return small("plain", pool, (data: FieldPool) => scoreObjective(network, data, stream(5), { batch: 16, schedule }));
}
