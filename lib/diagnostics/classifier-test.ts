/**
 * Classifier two-sample test (Lopez-Paz and Oquab 2017): a small network learns to tell generated from solver fields,
 * given whitened leading modes (classifier.ts); its accuracy on fields it was not trained on is 1/2 for equal laws.
 * k-fold: each field is judged once, by the network that did not see it;
 *   se = 1 / (2 sqrt N),  N = 2 n fields,  z = (accuracy - 1/2) / se
 * to first order (the folds share training fields); the null that a reader should see is the same test between two
 * parts of the reference.
 */
import { type Fields, permutation } from "../fields/fields";
import type { Stream } from "../random/stream";
import { judgedRightly } from "./classifier";
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

  const correct = judgedRightly({ x, fold, n, K, sizes, folds, epochs, stream });
  return sizes.map((size, s) => {
    const accuracy = correct[s] / (2 * n);
    const standardError = 1 / (2 * Math.sqrt(2 * n));
    const z = (accuracy - 0.5) / standardError;
    return { modes: size, accuracy, standardError, z, p: normalTail(z) };
  });
}
