/**
 * In a process of its own (the Vulkan driver is chosen by its environment): one small training and one sampling on the
 * native library, then on WebGPU, from the same streams. Prints one JSON object; `notices` say why WebGPU could not be
 * had.
 */
import { matchedTo } from "../../lib/diffusion/start";
import { sample } from "../../lib/diffusion/sample";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { gaussianAt } from "../../lib/gaussian/conditional-gaussian";
import { drawConditions } from "../../lib/ensemble/conditions";
import { startWebGpu } from "../../lib/graph/device";
import { tf } from "../../lib/graph/tensorflow";
import { smoke } from "../../lib/network/architectures";
import { networkFeatureCount } from "../../lib/model/mode-geometry";
import { modeScore } from "../../lib/model/mode-score";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { modeObjective, noiseRange } from "../../lib/training/mode-objective";
import { train } from "../../lib/training/train";
import { whitenedPool } from "../../lib/training/whitened-pool";
import { problem } from "../../lib/transport/problems";

const p = problem("electrode-published");
const cells = 20;
const steps = 3;
const film = { ...smoke, cells, channelsIn: 3 * p.channels.length, conditions: networkFeatureCount(p) };

/** What one device gives: the loss and the held-out loss after each step, the parameters at the end, some samples. */
export interface Outcome {
  readonly losses: number[];
  readonly heldOut: number;
  readonly theta: number[];
  readonly samples: number[];
}
export interface WebGpuRun {
  readonly adapter?: string;
  readonly missing?: string;
  readonly native?: Outcome;
  readonly webgpu?: Outcome;
  /** The backend in use afterwards. */
  readonly restored: string;
}

async function main(): Promise<WebGpuRun> {
  let adapter: string;
  try {
    const { vendor, description } = await startWebGpu();
    adapter = `${vendor}, ${description}`;
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error), restored: tf.getBackend() };
  }
  const statistics = await fitGaussian({ problem: p, cells, nodes: 6, porosities: 128, stream: stream(1) });
  const conditions = drawConditions(p, 12, stream(2));
  const pool = await whitenedPool({
    problem: p,
    statistics,
    conditions,
    count: 32,
    modes: 6,
    components: "covariance",
    stream: stream(3),
  });
  const range = noiseRange(pool, 1);
  const law = gaussianAt(statistics, p, conditions[0]);

  const outcome = async (device: string): Promise<Outcome> => {
    process.env.SGM_DEVICE = device;
    const network = scoreNetwork(film);
    const objective = () =>
      modeObjective(network, pool, stream(5), { conditions: 8, fields: 2, gamma: 1, channels: 2, range, penalty: 1 });
    const state = await train({
      objective: objective(),
      heldOut: objective(),
      heldOutEvery: 1,
      optimiser: {
        steps,
        learningRate: 1e-3,
        orthogonalRate: 0.01,
        warmUp: 2,
        finalFraction: 0.1,
        clip: 0.5,
        average: 0.5,
        betas: [0.9, 0.99],
      },
      stream: stream(7),
      stepsPerCall: 1,
      checkpointEvery: steps,
    });
    const score = modeScore({ law, channels: 2 });
    const x = await sample({
      score,
      schedule: variancePreserving(),
      start: matchedTo(law),
      dimension: 2 * cells,
      count: 2,
      stream: stream(8),
      method: "reverse-sde-euler",
      steps: 2,
    });
    const samples = Array.from(x.dataSync());
    x.dispose();
    score.dispose();
    const { log } = state;
    const heldOut = log[log.length - 1].heldOut!.loss;
    return { losses: log.map(({ loss }) => loss), heldOut, theta: Array.from(state.theta), samples };
  };
  return { adapter, native: await outcome("cpu"), webgpu: await outcome("webgpu"), restored: tf.getBackend() };
}

main().then(
  (run) => void process.stdout.write(`${JSON.stringify(run)}\n`),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
