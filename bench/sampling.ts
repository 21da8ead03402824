/**
 * Sampling and forward evaluation with the fast network (fresh weights: the time does not depend on them).
 * sampling.fast2000: 2000 fields by the flow in whitened modes at a condition that is new to a sampler made before;
 * sampling.evaluations2000: 64 fields by 1000 Heun steps of the reverse process, 2000 evaluations, in one compiled
 * loop.
 */
import { sample } from "../lib/diffusion/sample";
import { variancePreserving } from "../lib/diffusion/schedule";
import { withConstants } from "../lib/diffusion/score";
import { compile } from "../lib/graph/compile";
import { tf } from "../lib/graph/tensorflow";
import { modeSampler } from "../lib/model/mode-flow";
import { type ModeArrays, skewingModes } from "../lib/model/mode-geometry";
import { scoreNetwork } from "../lib/network/score-network";
import { stream } from "../lib/random/stream";
import { architectureOf } from "../lib/experiments/training/architecture";
import { configuration } from "../lib/study/configuration";
import { type Report, significant } from "./report";
import { bestInTurn, seconds } from "./timing";

/** As the study builds it. */
const study = configuration({ preset: "quick" });
const architecture = architectureOf(study);
const { modes, noiseGrading: gamma } = study.network;
const dimension = architecture.cells * architecture.channelsOut;
const root = stream(3).child("bench");

/** A condition of the right sizes; its numbers do not matter. */
function condition(k: number): ModeArrays {
  const s = root.child(k);
  return {
    basis: Float32Array.from(s.child("basis").normals(dimension * modes), (x) => x / Math.sqrt(dimension)),
    std: Float32Array.from({ length: modes }, (_, j) => 0.7 ** j),
    inverseSpread: new Float32Array(dimension).fill(1),
    features: new Float32Array(architecture.conditions).fill(0.1 * k),
    cumulants: Float32Array.from(s.child("cumulants").normals(skewingModes(modes) ** 2 * modes), (x) => 0.01 * x),
  };
}

export async function measure(report: Report): Promise<void> {
  const network = scoreNetwork(architecture);
  const theta = network.initial(root.child("parameters"));
  const trained = { network, theta, modes, range: { min: -8, max: 2 }, gamma, channels: 2 };
  const sampler = modeSampler(trained, { levels: study.sampler.steps, batch: 500 });
  const draw = (k: number) => seconds(() => sampler.sample(condition(k), 2000, root.child("draw").child(k)));
  const first = await draw(0);
  const times = [await draw(1), await draw(2), await draw(3)];
  sampler.dispose();
  const best = Math.min(...times);
  report.add("sampling.fast2000", {
    value: best,
    unit: "s",
    note: `${sampler.evaluations} evaluations a field, compiled before`,
  });
  report.add("sampling.fast2000.withCompile", { value: first, unit: "s", note: "recording and loading included" });

  await forward(report, theta);

  const constants = { theta: tf.tensor1d(theta) };
  const score = withConstants(constants, (x, at, c) => {
    const batch = x.shape[0];
    const fields = x.reshape<tf.Tensor3D>([batch, architecture.cells, 2]);
    const input = tf.concat(Array<tf.Tensor3D>(architecture.channelsIn / 2).fill(fields), 2) as tf.Tensor3D;
    const time = at.t.reshape<tf.Tensor2D>([1, 1]).tile<tf.Tensor2D>([batch, 1]);
    const output = network.apply(c.theta, input, tf.zeros([batch, architecture.conditions]), time);
    return output.reshape<tf.Tensor2D>([batch, dimension]).sub(x);
  });
  const schedule = variancePreserving();
  const common = { score, schedule, start: { law: "standard normal" }, dimension, count: 64, stream: root } as const;
  const long = await seconds(async () => {
    const x = await sample({ ...common, method: "reverse-sde-heun", steps: 1000, denoise: false, mode: "graph" });
    x.dispose();
  });
  report.add("sampling.evaluations2000", {
    value: long,
    unit: "s",
    note: "64 fields, 2000 evaluations each, compilation included",
  });
  score.dispose();
}

/** One evaluation of 500 fields, compiled beside eager. */
async function forward(report: Report, parameters: Float32Array): Promise<void> {
  const network = scoreNetwork(architecture);
  const batch = 500;
  const inputs: [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] = [
    tf.tensor1d(parameters),
    tf.randomNormal([batch, architecture.cells, architecture.channelsIn]),
    tf.zeros([batch, architecture.conditions]),
    tf.zeros([batch, 1]),
  ];
  const apply = (theta: tf.Tensor, x: tf.Tensor, z: tf.Tensor, t: tf.Tensor): tf.Tensor =>
    network.apply(theta as tf.Tensor1D, x as tf.Tensor3D, z as tf.Tensor2D, t as tf.Tensor2D);
  const compiled = compile(apply, { name: "forward" });
  const turn = (f: typeof apply) => () =>
    seconds(async () => {
      const y = tf.tidy(() => f(...inputs));
      await y.data();
      y.dispose();
    });
  compiled(...inputs).dispose(); // recorded before the clock runs
  const best = await bestInTurn(5, { graph: turn(compiled), eager: turn(apply) });
  report.add("sampling.forward.fast.b500", {
    value: best.graph * 1e3,
    unit: "ms",
    reference: `TensorFlow.js eager, ${significant(best.eager * 1e3)} ms`,
    ratio: best.eager / best.graph,
  });
  compiled.dispose();
  tf.dispose(inputs);
}
