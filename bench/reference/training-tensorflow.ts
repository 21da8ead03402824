/**
 * One side of bench/training.ts: whole training steps with this project's network, compiled and eager, and two rates of
 * the machine (matrix products, convolutions). Commands come as JSON lines on stdin, answers go to stdout; see
 * training.ts.
 */
import { createInterface } from "node:readline";
import { type ConvolutionPrecision, withoutBfloat16 } from "../../lib/graph/bfloat16-convolutions";
import { compile } from "../../lib/graph/compile";
import { compileLoop } from "../../lib/graph/compile-loop";
import { gatherRows } from "../../lib/graph/gather-rows";
import { tf } from "../../lib/graph/tensorflow";
import type { Architecture } from "../../lib/network/architectures";
import { dilatedConvolution } from "../../lib/network/convolution";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { randomIntegers, randomNormal, randomUniform, seedTensor } from "../../lib/random/tensors";
import type { Answer, Command } from "../training";

const samples = 2048;
const draws = stream(1).child("bench");

/** Makes `count` steps and returns their last loss. */
type Steps = (count: number) => number;
interface Contestant {
  readonly steps: Steps;
  dispose(): void;
}

/** Draws, gathering, forward, backward, clipping, Adam, moving average and the loss read. */
function training(
  architecture: Architecture,
  batch: number,
  mode: "graph" | "eager",
  convolutions?: ConvolutionPrecision,
): Contestant {
  const network = scoreNetwork(architecture);
  const { cells, channelsIn, channelsOut, conditions: features } = architecture;
  const zeros = () => tf.zeros([network.size]);
  const theta = tf.tensor1d(network.initial(draws.child("parameters")));
  const given = {
    state: { theta, first: zeros(), second: zeros(), average: theta.clone() },
    constants: {
      data: tf.randomNormal([samples, cells, channelsIn], 0, 1, "float32", 1),
      conditions: tf.randomUniform([samples, features], -1, 1, "float32", 2),
    },
    inputs: { rate: tf.scalar(1e-4) },
  };
  const loop = compileLoop({
    name: `${architecture.name}, batch ${batch}`,
    mode,
    convolutions,
    ...given,
    step: (state, { data, conditions }, { rate }, i) => {
      const draw = (name: string) => seedTensor(draws.child(name), i);
      const rows = randomIntegers([batch], draw("rows"), samples);
      const time = randomUniform([batch, 1], draw("time")) as tf.Tensor2D;
      const noise = randomNormal([batch, cells, channelsIn], draw("noise"));
      const condition = gatherRows<tf.Tensor2D>(conditions, rows);
      const angle = time.reshape([batch, 1, 1]).mul(1.5);
      const x = gatherRows<tf.Tensor3D>(data, rows)
        .mul(tf.cos(angle))
        .add<tf.Tensor3D>(noise.mul(tf.sin(angle)));
      const target = noise.slice([0, 0, 0], [batch, cells, channelsOut]);
      const loss = (w: tf.Tensor) =>
        network
          .apply(w as tf.Tensor1D, x, condition, time)
          .sub(target)
          .square()
          .mean();
      const { value, grad } = tf.valueAndGrad((w: tf.Tensor) => loss(w))(state.theta);
      const clipped = grad.mul(tf.minimum(1, tf.div(0.5, tf.sqrt(grad.square().sum()))));
      const first = state.first.mul(0.9).add(clipped.mul(0.1));
      const second = state.second.mul(0.99).add(clipped.square().mul(0.01));
      const n = i.cast("float32").add(1);
      const correction = tf.sqrt(tf.sub(1, tf.pow(0.99, n))).div(tf.sub(1, tf.pow(0.9, n)));
      const next = state.theta.sub(first.mul(rate.mul(correction)).div(tf.sqrt(second).add(1e-8)));
      const average = state.average.mul(0.998).add(next.mul(0.002));
      return { state: { theta: next, first, second, average }, outputs: { loss: value } };
    },
  });
  let done = 0;
  return {
    steps(count) {
      const { loss } = loop.run(done, count, given.inputs);
      done += count;
      const numbers = loss.dataSync();
      loss.dispose();
      return numbers[count - 1];
    },
    dispose() {
      loop.dispose();
      tf.dispose(given);
    },
  };
}

/** One product of two matrices n x n a step. */
function products(n: number): Contestant {
  const [a, b] = [tf.randomNormal([n, n]), tf.randomNormal([n, n])] as tf.Tensor2D[];
  return {
    steps: (count) =>
      tf.tidy(
        () => Array.from({ length: count }, () => tf.matMul(a, b).slice([0, 0], [1, 1])).map((c) => c.dataSync()[0])[0],
      ),
    dispose: () => tf.dispose([a, b]),
  };
}

/** Four of the network's own convolutions, forward and backward, a step. */
function convolutions({ cells, patch, kernel, width }: Architecture, batch: number): Contestant {
  const x = tf.randomNormal([batch, 1, cells / patch, width]);
  const filters = Array.from({ length: 4 }, () => tf.randomNormal([1, kernel, width, width], 0, 0.05));
  const compiled = compile((input: tf.Tensor, ...w: tf.Tensor[]) => {
    const chain = (first: tf.Tensor, ...rest: tf.Tensor[]) =>
      rest.reduce((y, filter) => dilatedConvolution(y as tf.Tensor4D, filter as tf.Tensor4D, 1), first).sum();
    return tf.grads((...all: tf.Tensor[]) => chain(...(all as [tf.Tensor, ...tf.Tensor[]])))([input, ...w]);
  });
  return {
    steps: (count) => {
      let last = 0;
      for (let k = 0; k < count; k++) {
        const gradients = compiled(x, ...filters);
        last = tf.tidy(() => gradients[1].max().dataSync()[0]);
        tf.dispose(gradients);
      }
      return last;
    },
    dispose() {
      compiled.dispose();
      tf.dispose([x, filters]);
    },
  };
}

const held = new Map<string, Contestant>();
function make(name: string, architecture: Architecture, batch: number): Contestant {
  switch (name) {
    case "graph":
    case "eager":
      return training(architecture, batch, name);
    case "bfloat16": {
      const reason = withoutBfloat16();
      if (reason !== undefined) throw new Error(reason);
      return training(architecture, batch, "graph", "bfloat16");
    }
    case "matmul":
      return products(1024);
    case "convolution":
      return convolutions(architecture, batch);
    default:
      throw new Error(`training-tensorflow: there is no contestant ${name}`);
  }
}

function obey(command: Command): Answer {
  const start = performance.now();
  if (command.do === "release") {
    held.forEach((contestant) => contestant.dispose());
    held.clear();
    return { ms: performance.now() - start };
  }
  let contestant = held.get(command.contestant);
  if (contestant === undefined) {
    contestant = make(command.contestant, command.architecture, command.batch);
    held.set(command.contestant, contestant);
  }
  const loss = contestant.steps(command.count);
  const peakMB = process.resourceUsage().maxRSS / 1024;
  return { ms: performance.now() - start, loss, peakMB };
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  let answer: Answer;
  try {
    answer = obey(JSON.parse(line) as Command);
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  console.log(JSON.stringify(answer));
});
