/**
 * Classifier two-sample test (Lopez-Paz and Oquab 2017): a small network learns to tell generated from solver fields, given
 * whitened leading modes; its accuracy on fields it was not trained on is 1/2 for equal laws.
 *   h1 = relu(x W1 + b1), h2 = relu(h1 W2 + b2), o = h2 w3 + b3,  loss = cross-entropy of sigmoid(o)  (64 and 64 units),
 * Adam with a cosine rate and weight decay. k-fold: each field is judged once, by the network that did not see it;
 *   se = 1 / (2 sqrt N),  N = 2 n fields,  z = (accuracy - 1/2) / se
 * to first order (the folds share training fields); the null that a reader should see is the same test between two parts of
 * the reference. All folds and all numbers of modes are trained side by side as one batched product, gradients by hand.
 */
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { checkComparable, permutation, subset, type FieldSample } from "./field-sample";
import { normalTail } from "./normal-law";
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
const batch = 128;
const rate = 3e-3;
const decay = 1e-2; // decoupled, per unit of rate

/** One result for each number of modes (fewer where the fields have fewer). */
export function classifierTest(a: FieldSample, b: FieldSample, options: ClassifierOptions): ClassifierResult[] {
  checkComparable("classifierTest", a, b);
  const { stream, modes = [8, 16, 32], count = 2000, folds = 5, epochs = 30 } = options;
  const n = Math.min(count, a.count, b.count);
  if (n < 2 * folds)
    throw new RangeError(`classifierTest: ${folds} folds need at least ${2 * folds} fields a side, got ${n}`);
  const pick = (sample: FieldSample, name: string) =>
    subset(sample, permutation(sample.count, stream.child(name)).subarray(0, n));
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
  const perEpoch = Math.floor(Math.min(...training.map((t) => t.length)) / batch) || 1;
  const rows = Math.min(batch, ...training.map((t) => t.length));
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
  let theta = tf.tidy(() => tf.concat(initial, 1));
  let [first, second] = [tf.zerosLike(theta), tf.zerosLike(theta)];
  tf.dispose(initial);
  const parts = (t: tf.Tensor2D) =>
    tf.split(t, sizesOf, 1).map((part, i) => part.reshape([members, ...shapes[i]]) as tf.Tensor3D);
  const forward = (t: tf.Tensor2D, input: tf.Tensor3D) => {
    const [W1, b1, W2, b2, w3, b3] = parts(t);
    const h1 = tf.matMul(input, W1).add(b1).relu();
    const h2 = tf.matMul(h1, W2).add(b2).relu();
    return { h1, h2, o: tf.matMul(h2, w3).add(b3), W2, w3 };
  };

  let orders: Int32Array[] = [];
  for (let step = 0; step < steps; step++) {
    const within = step % perEpoch;
    if (within === 0) {
      const epoch = stream.child("order").child(step / perEpoch);
      orders = training.map((t, f) => permutation(t.length, epoch.child(f)).map((k) => t[k]));
    }
    const index = new Int32Array(folds * rows);
    orders.forEach((order, f) => index.set(order.subarray(within * rows, (within + 1) * rows), f * rows));
    const r = 0.5 * rate * (1 + Math.cos((Math.PI * step) / steps));
    const next = tf.tidy(() => {
      const drawn = tf.gather(X, tf.tensor1d(index, "int32")).reshape([folds, rows, K]);
      const input = tf.tile(drawn, [sizes.length, 1, 1]).mul(mask) as tf.Tensor3D;
      const labels = Float32Array.from(index, (i) => (i < n ? 1 : 0));
      const y = tf.tile(tf.tensor3d(labels, [folds, rows, 1]), [sizes.length, 1, 1]);
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
      ].map((gradient, i) => gradient.reshape([members, sizesOf[i]]));
      const gradient = tf.concat(flat, 1) as tf.Tensor2D;
      const m = first.mul(0.9).add(gradient.mul(0.1)) as tf.Tensor2D;
      const v = second.mul(0.999).add(gradient.square().mul(0.001)) as tf.Tensor2D;
      const scale = r / (1 - 0.9 ** (step + 1));
      const move = m.mul(scale).div(
        v
          .div(1 - 0.999 ** (step + 1))
          .sqrt()
          .add(1e-8),
      );
      return [theta.mul(1 - r * decay).sub(move) as tf.Tensor2D, m, v];
    });
    tf.dispose([theta, first, second]);
    [theta, first, second] = next;
  }
  const logits = tf.tidy(() => {
    const everything = tf.tile(X.reshape([1, 2 * n, K]), [members, 1, 1]).mul(mask) as tf.Tensor3D;
    return forward(theta, everything).o.reshape([members, 2 * n]);
  });
  const judged = logits.dataSync();
  tf.dispose([X, mask, theta, first, second, logits]);
  return sizes.map((_, s) => {
    let right = 0;
    for (let i = 0; i < 2 * n; i++) if (judged[(s * folds + fold[i]) * 2 * n + i] > 0 === i < n) right++;
    return right;
  });
}
