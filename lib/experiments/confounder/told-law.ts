/**
 * The law that a model sees which is told features f: x = mu + B (f - E f) + rest with B = S_xf S_ff^-1 and the
 * covariance S_rest = S - S_xf S_ff^-1 S_fx, and by the closed form the bias that the start law gives it.
 */
import { cholesky, choleskySolve, principalAxes } from "../../numerics/linear-algebra";
import { multiply } from "../../numerics/row-products";
import type { GaussianLaw } from "../../gaussian/conditional-gaussian";
import { generatedLaw } from "../../diffusion/prior-mismatch";
import { variancePreserving } from "../../diffusion/schedule";
import { rowsOf } from "../../numerics/rows";
import type { Sampler, Setting } from "../mean-bias/published-setting";
import type { ToldEnsemble } from "./told-ensemble";

export interface Told {
  /** Law of the fields that a model sees which is told f = E f, network units. */
  readonly law: GaussianLaw;
  /** B in the plane's coordinates [rank, told], and S_ff [told, told]. */
  readonly slope: Float64Array;
  readonly spread: Float64Array;
}

export function toldLaw({ setting, rank, columns }: ToldEnsemble, joint: Float64Array, told: readonly number[]): Told {
  const size = rank + columns;
  const q = told.length;
  const at = (i: number, j: number): number => joint[i * size + j];
  const S = Float64Array.from({ length: rank * rank }, (_, k) => at(Math.floor(k / rank), k % rank));
  const slope = new Float64Array(rank * q);
  const spread = Float64Array.from({ length: q * q }, (_, k) => at(rank + told[Math.floor(k / q)], rank + told[k % q]));
  if (q > 0) {
    const L = cholesky(spread, q);
    for (let i = 0; i < rank; i++) {
      const with_ = Float64Array.from(told, (k) => at(i, rank + k));
      slope.set(choleskySolve(L, q, with_), i * q);
    }
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) {
        for (let k = 0; k < q; k++) S[i * rank + j] -= slope[i * q + k] * at(j, rank + told[k]);
      }
    }
    for (let i = 0; i < rank; i++) for (let j = 0; j < i; j++) S[i * rank + j] = S[j * rank + i];
  }
  const { modes: rotation, variance } = principalAxes(S, rank);
  const { dimension, mean, modes } = setting.law;
  return {
    law: { dimension, rank, mean, modes: multiply(modes, rotation, rank), variance },
    slope,
    spread,
  };
}

/** Root mean squares over the profile of a channel, SI units. */
export function rootMeanSquares({ reference: { cells }, normalisation }: Setting, squares: Float64Array): number[] {
  const means = rowsOf(squares, cells).map((own) => own.reduce((sum, square) => sum + square / cells, 0));
  return means.map((square, ch) => normalisation.std[ch] * Math.sqrt(square));
}

export function variances({ dimension, rank, modes, variance }: GaussianLaw): Float64Array {
  return Float64Array.from({ length: dimension }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += variance[k] * modes[i * rank + k] ** 2;
    return sum;
  });
}

/** Closed form of one told model: spread, bias and ratio per channel, one after the other. */
export function closedForm(
  setting: Setting,
  { law, slope, spread }: Told,
  sampler: Sampler,
  schedule: ReturnType<typeof variancePreserving>,
): { std: number[]; bias: number[]; ratio: number[]; rms: number[] } {
  const of = (mean: Float64Array): Float64Array => generatedLaw({ ...law, mean }, { schedule, sampler }).bias;
  const own = of(law.mean);
  const total = own.map((b) => b * b);
  const q = slope.length / law.rank;
  if (q > 0) {
    // E over f of |G (mu + B f)|^2 = |G mu|^2 + |G B L|^2 with S_ff = L L^T; `of` is linear in the mean.
    const BL = multiply(slope, cholesky(spread, q), q);
    const directions = multiply(setting.law.modes, BL, q);
    for (let k = 0; k < q; k++) {
      of(Float64Array.from({ length: law.dimension }, (_, i) => directions[i * q + k])).forEach(
        (b, i) => (total[i] += b * b),
      );
    }
  }
  const std = rootMeanSquares(setting, variances(law));
  const bias = rootMeanSquares(
    setting,
    own.map((b) => b * b),
  );
  const rms = rootMeanSquares(setting, total);
  return { std, bias, ratio: bias.map((b, ch) => b / std[ch]), rms: rms.map((b, ch) => b / std[ch]) };
}
