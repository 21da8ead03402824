/**
 * The principal modes of a conditional Gaussian as the network sees them: rows ordered cell by cell with the channels inside, as a
 * convolution wants them, and the reciprocal spread of the field at each cell.
 */
import type { GaussianLaw } from "../diffusion/conditional-gaussian";

/** One condition: basis [dimension, K], std [K], inverseSpread [dimension], features [P]. */
export interface ModeArrays {
  readonly basis: Float32Array;
  readonly std: Float32Array;
  readonly inverseSpread: Float32Array;
  readonly features: Float32Array;
}

/** The first `modes` modes of a law (channel by channel) in the network's order. A cell without spread has reciprocal 0. */
export function modeGeometry(
  law: GaussianLaw,
  modes: number,
  channels: number,
  features: readonly number[],
): ModeArrays {
  const { dimension, rank, variance } = law;
  const cells = dimension / channels;
  const basis = new Float32Array(dimension * modes);
  const spread = new Float64Array(dimension);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < cells; i++) {
      const from = channel * cells + i;
      const to = i * channels + channel;
      let total = 0;
      for (let k = 0; k < rank; k++) total += variance[k] * law.modes[from * rank + k] ** 2;
      spread[to] = Math.sqrt(total);
      for (let k = 0; k < modes; k++) basis[to * modes + k] = law.modes[from * rank + k];
    }
  }
  const largest = spread.reduce((a, b) => Math.max(a, b), 0);
  return {
    basis,
    std: Float32Array.from({ length: modes }, (_, k) => Math.sqrt(variance[k])),
    features: Float32Array.from(features),
    inverseSpread: Float32Array.from(spread, (s) => (s > 1e-6 * largest ? 1 / s : 0)),
  };
}
