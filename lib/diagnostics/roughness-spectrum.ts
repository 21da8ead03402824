/**
 * Second differences by wavenumber: where along the wavelengths a field is too rough. The fluctuation u = x - m of a
 * channel has
 *   w_i = u_{i-1} - 2 u_i + u_{i+1},   W_q = sum_i C_qi w_i   (DCT-II of the N - 2 inner cells, orthonormal),
 * and P_q = E W_q^2. A white floor of standard deviation f adds f^2 |D^T C_q|^2 to it, D the second difference: most at
 * the shortest waves. For fields of known covariance sum_k v_k a_k a_k^T + f^2 (I - sum_k a_k a_k^T), a_k orthonormal,
 * P_q follows without sampling.
 */
import type { Fields } from "../fields/fields";
import { moments } from "./moments";
import { rowProducts } from "../numerics/linear-algebra";
import { rowAt, rowsOf } from "../numerics/rows";

/**
 * One channel: power by wavenumber q = 0 .. cells - 3 (q half-waves over the inner cells), with its standard error from
 * the scatter of fields.
 */
export interface RoughnessSpectrum {
  readonly power: Float64Array;
  readonly standardError: Float64Array;
}

/** One entry a channel. At least 8 cells. */
export function roughnessSpectrum(sample: Fields): RoughnessSpectrum[] {
  const { count, cells } = sample;
  if (cells < 8) throw new RangeError(`roughnessSpectrum: expected at least 8 cells, got ${cells}`);
  const waves = secondDifferenceWaves(cells);
  const inner = cells - 2;
  return Array.from({ length: sample.channels }, (_, channel) => {
    const own = sample.channel(channel);
    const { mean } = moments(own);
    const W = rowProducts(own.values.map((x, k) => x - mean[k % cells]), count, cells, waves, inner); // prettier-ignore
    const power = new Float64Array(inner);
    const square = new Float64Array(inner);
    W.forEach((w, k) => {
      power[k % inner] += (w * w) / (count - 1);
      square[k % inner] += w ** 4 / count;
    });
    return { power, standardError: power.map((p, q) => Math.sqrt(Math.max(0, square[q] - p * p) / count)) };
  });
}

/** Rows D^T C_q, [cells - 2, cells]: the product with a profile is its W_q. */
export function secondDifferenceWaves(cells: number): Float64Array {
  const inner = cells - 2;
  const waves = new Float64Array(inner * cells);
  for (let q = 0; q < inner; q++) {
    const wave = rowAt(waves, q, cells);
    for (let j = 0; j < inner; j++) {
      const c = Math.sqrt((q === 0 ? 1 : 2) / inner) * Math.cos((Math.PI * q * (j + 0.5)) / inner);
      wave[j] += c;
      wave[j + 1] -= 2 * c;
      wave[j + 2] += c;
    }
  }
  return waves;
}

/**
 * P_q of one channel for a covariance given by orthonormal modes [dimension, rank], their variances and the variance
 * outside their span.
 */
export function predictedRoughness(
  law: { readonly dimension: number; readonly rank: number; readonly modes: Float64Array },
  variance: ArrayLike<number>,
  outside: number,
  channel: number,
  cells: number,
): Float64Array {
  const modes = rowAt(law.modes, channel, cells * law.rank);
  return Float64Array.from(rowsOf(secondDifferenceWaves(cells), cells), (wave) => {
    let power = 0;
    for (let j = 0; j < cells; j++) power += outside * wave[j] ** 2;
    for (let k = 0; k < law.rank; k++) {
      let along = 0;
      for (let j = 0; j < cells; j++) along += wave[j] * modes[j * law.rank + k];
      power += (variance[k] - outside) * along * along;
    }
    return power;
  });
}
