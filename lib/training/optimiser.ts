/**
 * One optimiser step on flat vectors, written as plain tensor operations so that it can be part of a compiled training
 * step.
 *
 * The gradient is clipped to norm c. Adam (Kingma & Ba 2015): m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
 * theta <- theta - eta (m / (1 - b1^n)) / (sqrt(v / (1 - b2^n)) + eps).
 * Matrices named as `orthogonal` (the convolution kernels of the blocks, as [kernel * in, out]) take instead Muon's
 * step (Jordan et al. 2024): momentum b <- mu b + g, u = g + mu b made orthogonal by five Newton-Schulz iterations,
 * theta <- theta - eta' u. The rate is warmed up linearly and then follows a cosine down to a fraction. The moving
 * average is e <- d e + (1 - d) theta.
 */
import { tf } from "../graph/tensorflow";
import type { ParameterShape } from "../network/network";

export interface OptimiserOptions {
  readonly steps: number;
  readonly learningRate: number;
  /** Rate of the orthogonalised steps; 0 leaves every parameter to Adam. */
  readonly orthogonalRate: number;
  readonly warmUp: number;
  /** The cosine ends at this fraction of the rate. */
  readonly finalFraction: number;
  readonly clip: number;
  readonly average: number;
  readonly betas: readonly [number, number];
}

/** Flat vectors of the network's size; the state of the optimiser is all that a resumed training needs. */
export interface OptimiserState extends Record<string, tf.Tensor> {
  readonly theta: tf.Tensor1D;
  /** Adam's first moment; for orthogonalised matrices Muon's momentum. */
  readonly first: tf.Tensor1D;
  readonly second: tf.Tensor1D;
  readonly average: tf.Tensor1D;
}

const momentum = 0.95;
const epsilon = 1e-8;

/**
 * The rate's factor at step i (an int32 scalar tensor, counted from 0): linear warm-up, then a cosine to the final
 * fraction.
 */
export function rateFactor(i: tf.Scalar, { steps, warmUp, finalFraction }: OptimiserOptions): tf.Scalar {
  const n = i.cast("float32");
  const rise = tf.minimum(n.add(1).div(Math.max(1, warmUp)), 1);
  const cosine = tf
    .cos(tf.minimum(n.div(Math.max(1, steps)), 1).mul(Math.PI))
    .add(1)
    .mul(0.5);
  return rise.mul(cosine.mul(1 - finalFraction).add(finalFraction)) as tf.Scalar;
}

/** Pure: the next state. `parameters` gives the layout of the flat vectors. */
export function optimiserStep(
  state: OptimiserState,
  gradient: tf.Tensor1D,
  i: tf.Scalar,
  parameters: readonly ParameterShape[],
  options: OptimiserOptions,
): OptimiserState {
  const [b1, b2] = options.betas;
  const norm = tf.sqrt(gradient.square().sum().add(1e-20));
  const g = gradient.mul(tf.minimum(1, tf.div(options.clip, norm))) as tf.Tensor1D;
  const n = i.cast("float32").add(1);
  const rate = rateFactor(i, options);

  const isOrthogonal = parameters.map((p) => options.orthogonalRate > 0 && isBlockKernel(p));
  const adamFirst = state.first.mul(b1).add(g.mul(1 - b1));
  const second = state.second.mul(b2).add(g.square().mul(1 - b2)) as tf.Tensor1D;
  const corrected = tf.sqrt(tf.sub(1, tf.pow(b2, n))).div(tf.sub(1, tf.pow(b1, n)));
  const adamStep = adamFirst.mul(corrected).div(tf.sqrt(second).add(epsilon)).mul(options.learningRate);

  let first = adamFirst;
  let step: tf.Tensor = adamStep;
  if (isOrthogonal.some((yes) => yes)) {
    const mask = maskOf(parameters, isOrthogonal);
    const muonFirst = state.first.mul(momentum).add(g);
    const direction = orthogonalDirections(g.add(muonFirst.mul(momentum)) as tf.Tensor1D, parameters, isOrthogonal);
    first = tf.where(mask, muonFirst, adamFirst);
    step = tf.where(mask, direction.mul(options.orthogonalRate), adamStep);
  }
  const theta = state.theta.sub(step.mul(rate)) as tf.Tensor1D;
  const average = state.average.mul(options.average).add(theta.mul(1 - options.average)) as tf.Tensor1D;
  return { theta, first: first as tf.Tensor1D, second, average };
}

/** Kernels of the convolutions inside residual blocks: the matrices in the middle of the network. */
function isBlockKernel({ name, shape }: ParameterShape): boolean {
  return /^blocks\.\d+\.conv\d\.weight$/.test(name) && shape.length >= 3;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

function maskOf(parameters: readonly ParameterShape[], chosen: readonly boolean[]): tf.Tensor1D {
  const total = parameters.reduce((sum, p) => sum + sizeOf(p.shape), 0);
  const mask = new Uint8Array(total);
  let offset = 0;
  parameters.forEach((p, k) => {
    const size = sizeOf(p.shape);
    if (chosen[k]) mask.fill(1, offset, offset + size);
    offset += size;
  });
  return tf.tensor1d(mask, "bool");
}

/**
 * Each chosen kernel replaced by its orthogonal factor, all others by zero; kernels of one shape go through together.
 */
function orthogonalDirections(
  update: tf.Tensor1D,
  parameters: readonly ParameterShape[],
  chosen: readonly boolean[],
): tf.Tensor1D {
  const sizes = parameters.map((p) => sizeOf(p.shape));
  const parts = tf.split(update, sizes);
  const groups = new Map<string, number[]>();
  parameters.forEach((p, k) => {
    if (chosen[k]) groups.set(p.shape.join("x"), [...(groups.get(p.shape.join("x")) ?? []), k]);
  });
  const result: tf.Tensor[] = parts.map((part, k) => (chosen[k] ? part : tf.zerosLike(part)));
  for (const members of groups.values()) {
    const out = parameters[members[0]].shape[parameters[members[0]].shape.length - 1];
    const stacked = tf.stack(members.map((k) => parts[k].reshape([sizes[k] / out, out]))) as tf.Tensor3D;
    const unstacked = tf.unstack(orthogonalise(stacked));
    members.forEach((k, j) => (result[k] = unstacked[j].reshape([sizes[k]])));
  }
  return tf.concat(result) as tf.Tensor1D;
}

/**
 * Newton-Schulz iteration towards the orthogonal polar factor of each matrix of a batch [n, rows, columns],
 * rows >= columns or not: singular values end near 1 (between about 0.7 and 1.2, which serves an update direction).
 * Coefficients: Jordan et al. 2024.
 */
export function orthogonalise(matrices: tf.Tensor3D): tf.Tensor3D {
  const [, rows, columns] = matrices.shape;
  const tall = rows >= columns;
  let x = tall ? matrices : (matrices.transpose([0, 2, 1]) as tf.Tensor3D);
  x = x.div(tf.sqrt(x.square().sum([1, 2], true)).add(1e-7)) as tf.Tensor3D;
  for (let k = 0; k < 5; k++) {
    const gram = tf.matMul(x, x, true, false) as tf.Tensor3D;
    const polynomial = gram.mul(-4.775).add(tf.matMul(gram, gram).mul(2.0315)) as tf.Tensor3D;
    x = x.mul(3.4445).add(tf.matMul(x, polynomial)) as tf.Tensor3D;
  }
  return tall ? x : (x.transpose([0, 2, 1]) as tf.Tensor3D);
}
