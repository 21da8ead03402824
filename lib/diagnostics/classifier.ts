/**
 * The classifiers of classifier-test.ts, one a fold and a number of modes, trained side by side as batched products:
 *   h1 = relu(x W1 + b1), h2 = relu(h1 W2 + b2), o = h2 w3 + b3,  loss = cross-entropy of sigmoid(o)
 *   (64 and 64 units),
 * Adam (Kingma and Ba 2015) with a cosine rate and decoupled weight decay, gradients by hand, the whole training as one
 * graph. Member s * folds + f sees the sizes[s] leading modes, and no field of fold f before it judges those.
 */
import { permutation } from "../fields/fields";
import { compileLoop } from "../graph/compile-loop";
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import { rowAt } from "../numerics/rows";
import type { Stream } from "../random/stream";

export interface Classification {
  readonly x: Float32Array; // [2 n, K], generated first
  readonly fold: Int32Array;
  readonly n: number;
  readonly K: number;
  readonly sizes: readonly number[];
  readonly folds: number;
  readonly epochs: number;
  readonly stream: Stream;
}

const width = 64;
const largestBatch = 256;
const rate = 5e-3;
const decay = 1e-2; // decoupled, per unit of rate

/** Rows and columns of W1, b1, W2, b2, w3, b3. */
type Shapes = readonly (readonly [number, number])[];
const shapesFor = (K: number): Shapes => [
  [K, width],
  [1, width],
  [width, width],
  [1, width],
  [width, 1],
  [1, 1],
];

/** Number of fields judged rightly, per number of modes. */
export function judgedRightly(task: Classification): number[] {
  const { x, fold, n, K, sizes, folds } = task;
  const shapes = shapesFor(K);
  const members = sizes.length * folds;
  const X = tf.tensor2d(x, [2 * n, K]);
  const mask = modesSeen(task);
  const theta = trained(task, shapes, X, mask);
  const logits = tf.tidy(() => {
    const everything = tf.tile(X.reshape([1, 2 * n, K]), [members, 1, 1]).mul(mask) as tf.Tensor3D;
    return forward(theta, everything, shapes).o.reshape([members, 2 * n]);
  });
  const judged = logits.dataSync();
  tf.dispose([X, mask, theta, logits]);
  return sizes.map((_, s) => {
    let right = 0;
    for (let i = 0; i < 2 * n; i++) if (judged[(s * folds + fold[i]) * 2 * n + i] > 0 === i < n) right++;
    return right;
  });
}

/** 1 where a member sees the mode, [members, 1, K]. */
function modesSeen({ K, sizes, folds }: Classification): tf.Tensor3D {
  const members = sizes.length * folds;
  const seen = Float32Array.from({ length: members * K }, (_, k) => +(k % K < sizes[Math.floor(k / K / folds)]));
  return tf.tensor3d(seen, [members, 1, K]);
}

/** Weights before training, [members, numbers of one]: of variance 2 / fan-in before a relu, else 1 / fan-in. */
function initialWeights({ sizes, folds, stream }: Classification, shapes: Shapes): tf.Tensor2D {
  const members = sizes.length * folds;
  const source = stream.child("initial");
  const initial = shapes.map(([p, q], i) => {
    const values = i % 2 === 1 ? new Float64Array(members * q) : source.child(i).normals(members * p * q);
    const fanIn = (member: number) => (i === 0 ? sizes[Math.floor(member / folds)] : p);
    return tf.tensor2d(
      Float32Array.from(values, (v, k) => v * Math.sqrt((i < 4 ? 2 : 1) / fanIn(Math.floor(k / (p * q))))),
      [members, p * q],
    );
  });
  const start = tf.concat(initial, 1);
  tf.dispose(initial);
  return start;
}

/** The fields that each step draws, [steps, folds * rows]: all that a fold trains on once an epoch, in random order. */
function drawnRows({ fold, folds, epochs, stream }: Classification): {
  index: Int32Array;
  steps: number;
  rows: number;
} {
  const training = Array.from({ length: folds }, (_, f) => Int32Array.from(fold.keys()).filter((i) => fold[i] !== f));
  const least = Math.min(...training.map((t) => t.length));
  const rows = Math.min(least, largestBatch, Math.max(32, Math.floor(least / 12))); // small samples need as many steps
  const perEpoch = Math.floor(least / rows);
  const steps = perEpoch * epochs;
  const index = new Int32Array(steps * folds * rows);
  for (let epoch = 0; epoch < epochs; epoch++) {
    training.forEach((t, f) => {
      const order = permutation(t.length, stream.child("order").child(epoch).child(f)).map((k) => t[k]);
      for (let s = 0; s < perEpoch; s++) {
        index.set(rowAt(order, s, rows), ((epoch * perEpoch + s) * folds + f) * rows);
      }
    });
  }
  return { index, steps, rows };
}

/** Learning rates, and Adam's corrections 1 / (1 - 0.9^k) and 1 / (1 - 0.999^k) of its start at zero. */
function rates(steps: number): { rates: tf.Tensor; corrections: tf.Tensor } {
  const cosine = Float32Array.from({ length: steps }, (_, k) => 0.5 * rate * (1 + Math.cos((Math.PI * k) / steps)));
  const corrections = Float32Array.from(
    { length: 2 * steps },
    (_, k) => 1 / (1 - (k % 2 ? 0.999 : 0.9) ** (Math.floor(k / 2) + 1)),
  );
  return { rates: tf.tensor2d(cosine, [steps, 1]), corrections: tf.tensor2d(corrections, [steps, 2]) };
}

/** The weights after training, [members, numbers of one]. */
function trained(task: Classification, shapes: Shapes, X: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const { n, K, sizes, folds } = task;
  const { index, steps, rows } = drawnRows(task);
  const start: tf.Tensor = initialWeights(task, shapes);
  const zeros: tf.Tensor = tf.zerosLike(start);
  const own = { index: tf.tensor2d(index, [steps, folds * rows], "int32") as tf.Tensor, ...rates(steps) };
  const loop = compileLoop({
    name: "classifier test",
    state: { theta: start, first: zeros, second: zeros },
    constants: { X, mask, ...own },
    step: ({ theta, first, second }, c, _inputs: Record<never, never>, i) => {
      const chosen = gatherRows(c.index, i).reshape<tf.Tensor1D>([folds * rows]);
      const drawn = gatherRows(c.X, chosen).reshape<tf.Tensor3D>([folds, rows, K]);
      const input = tf.tile(drawn, [sizes.length, 1, 1]).mul<tf.Tensor3D>(c.mask);
      const labels = tf.less(chosen, tf.scalar(n, "int32")).toFloat().reshape([folds, rows, 1]);
      const gradient = lossGradient(theta, input, tf.tile(labels, [sizes.length, 1, 1]), shapes);
      const m = first.mul(0.9).add(gradient.mul(0.1));
      const v = second.mul(0.999).add(gradient.square().mul(0.001));
      const r = gatherRows(c.rates, i).reshape([1]);
      const [one, two] = tf.split(gatherRows(c.corrections, i).reshape([2]), 2);
      const move = m.mul(r).mul(one).div(v.mul(two).sqrt().add(1e-8));
      return { state: { theta: theta.mul(tf.scalar(1).sub(r.mul(decay))).sub(move), first: m, second: v } };
    },
  });
  loop.run(0, steps);
  const { theta } = loop.tensors("theta");
  loop.dispose();
  tf.dispose([start, zeros, ...Object.values(own)]);
  return theta;
}

/** Activations and outputs of all members for input [members, rows, K]. */
function forward(theta: tf.Tensor, input: tf.Tensor3D, shapes: Shapes) {
  const sizes = shapes.map(([p, q]) => p * q);
  const [W1, b1, W2, b2, w3, b3] = tf
    .split(theta, sizes, 1)
    .map((part, i) => part.reshape<tf.Tensor3D>([theta.shape[0], ...shapes[i]]));
  const h1 = tf.matMul(input, W1).add(b1).relu();
  const h2 = tf.matMul(h1, W2).add(b2).relu();
  return { h1, h2, o: tf.matMul(h2, w3).add(b3), W2, w3 };
}

/** Gradient of the mean cross-entropy with labels y [members, rows, 1], in the order of the weights. */
function lossGradient(theta: tf.Tensor, input: tf.Tensor3D, y: tf.Tensor, shapes: Shapes): tf.Tensor {
  const { h1, h2, o, W2, w3 } = forward(theta, input, shapes);
  const dO = o.sigmoid().sub(y).div(input.shape[1]);
  const d2 = tf.matMul(dO, w3, false, true).mul(h2.step());
  const d1 = tf.matMul(d2, W2, false, true).mul(h1.step());
  const flat = [
    tf.matMul(input, d1, true, false),
    d1.sum(1),
    tf.matMul(h1, d2, true, false),
    d2.sum(1),
    tf.matMul(h2, dO, true, false),
    dO.sum(1),
  ].map((part, k) => part.reshape([theta.shape[0], shapes[k][0] * shapes[k][1]]));
  return tf.concat(flat, 1);
}
