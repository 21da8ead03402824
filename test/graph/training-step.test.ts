import assert from "node:assert";
import { compileLoop } from "../../lib/graph/compile-loop";
import { filmSilu } from "../../lib/graph/film";
import { tf } from "../../lib/graph/tensorflow";
import { stream } from "../../lib/random/stream";
import { randomIntegers, randomNormal, randomUniform, seedTensor } from "../../lib/random/tensors";
import { numbers } from "./numbers";

const [cells, width, batch, samples] = [12, 8, 16, 50];
const shapes = [[1, 3, 2, width], [2, 2 * width], [1, 3, width, 2], [2]]; // prettier-ignore
const sizes = shapes.map((shape) => shape.reduce((product, n) => product * n, 1));
const size = sizes.reduce((sum, n) => sum + n, 0);
const draws = stream(1).child("training step");

/** A small modulated network that predicts the noise. */
function predict(weights: readonly tf.Tensor[], x: tf.Tensor4D, time: tf.Tensor, condition: tf.Tensor): tf.Tensor {
  const [first, modulation, last, bias] = weights;
  const film = tf.matMul(tf.concat([time, condition], 1) as tf.Tensor2D, modulation as tf.Tensor2D);
  const [gamma, beta] = tf.split(film.reshape([batch, 1, 1, 2 * width]), 2, 3);
  const hidden = filmSilu(tf.conv2d(x, first as tf.Tensor4D, 1, "same"), gamma.add(1), beta);
  return tf.conv2d(hidden as tf.Tensor4D, last as tf.Tensor4D, 1, "same").add(bias);
}

/** Draws, gathering, forward, backward, clipping, Adam and the moving average: everything a training step does. */
function training(mode: "graph" | "eager") {
  const given = {
    state: {
      theta: numbers([size]).mul(0.3),
      first: tf.zeros([size]),
      second: tf.zeros([size]),
      average: tf.zeros([size]),
    },
    constants: { data: numbers([samples, 1, cells, 2]), conditions: numbers([samples, 1]) },
    inputs: { rate: tf.scalar(0) },
  };
  const loop = compileLoop({
    name: "training step",
    mode,
    ...given,
    step: ({ theta, first, second, average }, { data, conditions }, { rate }, i) => {
      const draw = (name: string) => seedTensor(draws.child(name), i);
      const rows = randomIntegers([batch], draw("rows"), samples) as tf.Tensor1D;
      const time = randomUniform([batch, 1], draw("time"));
      const noise = randomNormal([batch, 1, cells, 2], draw("noise"));
      const [x0, condition] = [tf.gather(data, rows), tf.gather(conditions, rows)];
      const angle = time.reshape([batch, 1, 1, 1]).mul(1.5);
      const x = x0.mul(tf.cos(angle)).add(noise.mul(tf.sin(angle))) as tf.Tensor4D;
      const weights = tf.split(theta, sizes).map((part, k) => part.reshape(shapes[k]));
      const loss = (...w: tf.Tensor[]) => predict(w, x, time, condition).sub(noise).square().mean();
      const { value, grads } = tf.valueAndGrads((...w: tf.Tensor[]) => loss(...w) as tf.Scalar)(weights);
      const gradient = tf.concat(grads.map((part) => part.flatten()));
      const clipped = gradient.mul(tf.minimum(1, tf.div(0.5, tf.norm(gradient))));
      const m = first.mul(0.9).add(clipped.mul(0.1));
      const v = second.mul(0.99).add(clipped.square().mul(0.01));
      const n = i.cast("float32").add(1);
      const correction = tf.sqrt(tf.sub(1, tf.pow(0.99, n))).div(tf.sub(1, tf.pow(0.9, n)));
      const next = theta.sub(m.mul(rate.mul(correction)).div(tf.sqrt(v).add(1e-8)));
      const state = { theta: next, first: m, second: v, average: average.mul(0.9).add(next.mul(0.1)) };
      return { state, outputs: { loss: value } };
    },
  });
  tf.dispose(given);
  return loop;
}

async function train(loop: ReturnType<typeof training>, steps: number) {
  const rate = tf.scalar(1e-3);
  const { loss } = loop.run(0, steps, { rate });
  const numbersOf = { loss: [...loss.dataSync()], ...(await loop.read()) };
  tf.dispose([rate, loss]);
  loop.dispose();
  return numbersOf;
}

describe("a whole training step with clipping, Adam and a moving average", () => {
  it("gives compiled the loss and the state of the eager one within 1e-6 after three steps", async () => {
    const [graph, eager] = [await train(training("graph"), 3), await train(training("eager"), 3)];
    for (const key of ["loss", "theta", "first", "second", "average"] as const) {
      graph[key].forEach((value, k) => {
        assert.ok(Math.abs(value - eager[key][k]) <= 1e-6, `${key}[${k}]: ${value} and ${eager[key][k]}`);
      });
    }
  });

  it("learns: the loss of 300 steps falls", async () => {
    const { loss } = await train(training("graph"), 300);
    const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    assert.ok(
      mean(loss.slice(-50)) < 0.8 * mean(loss.slice(0, 50)),
      `${mean(loss.slice(0, 50))} to ${mean(loss.slice(-50))}`,
    );
  });
});
