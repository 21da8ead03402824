/** What an evaluation of the original's network costs. */
import { tf } from "../../graph/tensorflow";
import { variancePreserving } from "../../diffusion/schedule";
import { noiseLevel } from "../../diffusion/score";
import { published } from "../../network/architectures";
import { plainScore } from "../../model/plain-score";
import { scoreNetwork } from "../../network/score-network";
import type { Stream } from "../../random/stream";
import { pause } from "./samplers";

/** Evaluations of the original study for one field: Heun for the reverse SDE, 1000 steps. */
export const originalEvaluations = 2000;

/** Seconds of one evaluation of the original's network for one field; its weights do not matter for that. */
export async function publishedSeconds(own: Stream): Promise<number> {
  const network = scoreNetwork(published);
  const batch = 64;
  const score = plainScore({ network, theta: network.initial(own), channels: published.channelsOut }, [0, 0, 0]);
  const x = tf.zeros<tf.Rank.R2>([batch, published.channelsOut * published.cells]);
  const once = (): void => {
    tf.tidy(() => score(x, noiseLevel(variancePreserving(), 0.5))).dispose();
  };
  once(); // the first call sets buffers up
  const repeats = 3;
  const begun = performance.now();
  for (let i = 0; i < repeats; i++) once();
  const seconds = (performance.now() - begun) / 1000;
  tf.dispose(x);
  score.dispose();
  await pause();
  return seconds / (repeats * batch);
}
