/**
 * Classifier two-sample test (Lopez-Paz and Oquab 2017): a small network learns to tell generated from solver fields,
 * given whitened leading modes; its accuracy on fields it was not trained on is 1/2 for equal laws.
 *   h1 = relu(x W1 + b1), h2 = relu(h1 W2 + b2), o = h2 w3 + b3,  loss = cross-entropy of sigmoid(o)  (64 and 64 units),
 * Adam with a cosine rate and weight decay. k-fold: each field is judged once, by the network that did not see it;
 *   se = 1 / (2 sqrt N),  N = 2 n fields,  z = (accuracy - 1/2) / se
 * to first order (the folds share training fields); the null that a reader should see is the same test between two
 * parts of the reference. All folds and all numbers of modes are trained side by side as one batched product, gradients
 * by hand, the whole training as one graph.
 */
import { type Fields, permutation } from "../fields/fields";
import { compileLoop } from "../graph/compile-loop";
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { checkComparable } from "./field-sample";
import { normalTail } from "../numerics/distributions";
import { pooledScores } from "./principal-modes";

export interface ClassifierResult {
  readonly modes: number;
  readonly accuracy: number;
  readonly standardError: number;
  readonly z: number;
  readonly p: number; // one-sided
}

export interface ClassifierOptions {
  readonly stream: Stream;
  /** Numbers of leading modes that the classifier sees; each is a test of its own. */
  readonly modes?: readonly number[];
  /** Fields per side, drawn at random from each sample. */
  readonly count?: number;
  readonly folds?: number;
  readonly epochs?: number;
}

const width = 64;
const largestBatch = 256;
const rate = 5e-3;
const decay = 1e-2; // decoupled, per unit of rate

/** One result for each number of modes (fewer where the fields have fewer). */
export function classifierTest(a: Fields, b: Fields, options: ClassifierOptions): ClassifierResult[] {
  checkComparable("classifierTest", a, b);
  const { stream, modes = [8, 16, 32], count = 2000, folds = 5, epochs = 20 } = options;
  const n = Math.min(count, a.count, b.count);
  if (n < 2 * folds)
    throw new RangeError(`classifierTest: ${folds} folds need at least ${2 * folds} fields a side, got ${n}`);
  const pick = (sample: Fields, name: string) =>
    sample.rows(permutation(sample.count, stream.child(name)).subarray(0, n));
  const scores = pooledScores(pick(a, "generated"), pick(b, "reference"), Math.max(...modes));
  const K = scores.modes;
  const sizes = [...new Set(modes.map((k) => Math.min(k, K)))];
  const x = new Float32Array(2 * n * K);
  x.set(scores.generated);
  x.set(scores.reference, n * K);
  const fold = new Int32Array(2 * n); // both sides spread evenly over the folds
  permutation(n, stream.child("folds").child(0)).forEach((i, k) => (fold[i] = k % folds));
  permutation(n, stream.child("folds").child(1)).forEach((i, k) => (fold[n + i] = k % folds));

  const correct = trainAndJudge({ x, fold, n, K, sizes, folds, epochs, stream });
  return sizes.map((size, s) => {
    const accuracy = correct[s] / (2 * n);
    const standardError = 1 / (2 * Math.sqrt(2 * n));
    const z = (accuracy - 0.5) / standardError;
    return { modes: size, accuracy, standardError, z, p: normalTail(z) };
  });
}

interface Task {
  readonly x: Float32Array; // [2 n, K], generated first
  readonly fold: Int32Array;
  readonly n: number;
  readonly K: number;
  readonly sizes: readonly number[];
  readonly folds: number;
  readonly epochs: number;
  readonly stream: Stream;
}

/** Number of fields judged rightly, per number of modes. */
function trainAndJudge({ x, fold, n, K, sizes, folds, epochs, stream }: Task): number[] {
  const members = sizes.length * folds; // member s * folds + f
  const shapes = [
    [K, width],
    [1, width],
    [width, width],
    [1, width],
    [width, 1],
    [1, 1],
  ];
  const training = Array.from({ length: folds }, (_, f) => Int32Array.from(fold.keys()).filter((i) => fold[i] !== f));
  const least = Math.min(...training.map((t) => t.length));
  const rows = Math.min(least, largestBatch, Math.max(32, Math.floor(least / 12))); // small samples need as many steps
  const perEpoch = Math.floor(least / rows);
  const steps = perEpoch * epochs;

  const X = tf.tensor2d(x, [2 * n, K]);
  const mask = tf.tensor3d(
    Float32Array.from({ length: members * K }, (_, k) => (k % K < sizes[Math.floor(k / K / folds)] ? 1 : 0)),
    [members, 1, K],
  );
  const sizesOf = shapes.map(([p, q]) => p * q);
  const initial = shapes.map(([p, q], i) => {
    const values =
      i % 2 === 1
        ? new Float64Array(members * q)
        : stream
            .child("initial")
            .child(i)
            .normals(members * p * q);
    const fanIn = (member: number) => (i === 0 ? sizes[Math.floor(member / folds)] : p);
    return tf.tensor2d(
      Float32Array.from(values, (v, k) => v * Math.sqrt((i < 4 ? 2 : 1) / fanIn(Math.floor(k / (p * q))))),
      [members, p * q],
    );
  });
  const start = tf.tidy(() => tf.concat(initial, 1));
  const zeros = tf.zerosLike(start);
  tf.dispose(initial);
  const parts = (t: tf.Tensor) =>
    tf.split(t, sizesOf, 1).map((part, i) => part.reshape([members, ...shapes[i]]) as tf.Tensor3D);
  const forward = (t: tf.Tensor, input: tf.Tensor3D) => {
    const [W1, b1, W2, b2, w3, b3] = parts(t);
    const h1 = tf.matMul(input, W1).add(b1).relu();
    const h2 = tf.matMul(h1, W2).add(b2).relu();
    return { h1, h2, o: tf.matMul(h2, w3).add(b3), W2, w3 };
  };

  const index = new Int32Array(steps * folds * rows);
  for (let epoch = 0; epoch < epochs; epoch++) {
    training.forEach((t, f) => {
      const order = permutation(t.length, stream.child("order").child(epoch).child(f)).map((k) => t[k]);
      for (let s = 0; s < perEpoch; s++) {
        index.set(order.subarray(s * rows, (s + 1) * rows), ((epoch * perEpoch + s) * folds + f) * rows);
      }
    });
  }
  const rates = Float32Array.from({ length: steps }, (_, k) => 0.5 * rate * (1 + Math.cos((Math.PI * k) / steps)));
  const constants = {
    X: X as tf.Tensor,
    mask: mask as tf.Tensor,
    index: tf.tensor2d(index, [steps, folds * rows], "int32") as tf.Tensor,
    rates: tf.tensor2d(rates, [steps, 1]) as tf.Tensor,
    // 1 / (1 - 0.9^k) and 1 / (1 - 0.999^k): Adam's corrections of its start at zero
    corrections: tf.tensor2d(
      Float32Array.from({ length: 2 * steps }, (_, k) => 1 / (1 - (k % 2 ? 0.999 : 0.9) ** (Math.floor(k / 2) + 1))),
      [steps, 2],
    ) as tf.Tensor,
  };
  const loop = compileLoop({
    name: "classifier test",
    state: { theta: start as tf.Tensor, first: zeros as tf.Tensor, second: zeros as tf.Tensor },
    constants,
    step: ({ theta, first, second }, c, _inputs: Record<never, never>, i) => {
      const chosen = gatherRows(c.index, i).reshape<tf.Tensor1D>([folds * rows]);
      const drawn = gatherRows(c.X, chosen).reshape<tf.Tensor3D>([folds, rows, K]);
      const input = tf.tile(drawn, [sizes.length, 1, 1]).mul<tf.Tensor3D>(c.mask);
      const labels = tf.less(chosen, tf.scalar(n, "int32")).toFloat().reshape([folds, rows, 1]);
      const y = tf.tile(labels, [sizes.length, 1, 1]);
      const { h1, h2, o, W2, w3 } = forward(theta, input);
      const dO = o.sigmoid().sub(y).div(rows);
      const d2 = tf.matMul(dO, w3, false, true).mul(h2.step());
      const d1 = tf.matMul(d2, W2, false, true).mul(h1.step());
      const flat = [
        tf.matMul(input, d1, true, false),
        d1.sum(1),
        tf.matMul(h1, d2, true, false),
        d2.sum(1),
        tf.matMul(h2, dO, true, false),
        dO.sum(1),
      ].map((gradient, k) => gradient.reshape([members, sizesOf[k]]));
      const gradient = tf.concat(flat, 1);
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
  const logits = tf.tidy(() => {
    const everything = tf.tile(X.reshape([1, 2 * n, K]), [members, 1, 1]).mul(mask) as tf.Tensor3D;
    return forward(theta, everything).o.reshape([members, 2 * n]);
  });
  const judged = logits.dataSync();
  tf.dispose([start, zeros, theta, logits, ...Object.values(constants)]);
  return sizes.map((_, s) => {
    let right = 0;
    for (let i = 0; i < 2 * n; i++) if (judged[(s * folds + fold[i]) * 2 * n + i] > 0 === i < n) right++;
    return right;
  });
}
