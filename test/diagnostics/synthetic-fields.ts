/**
 * A law of fields that resembles the study's and is known in closed form: two channels on a few cells,
 *   x_j = mean + a sum_k q^k e_k cos(pi k s_j) + curve (e_0^2 - 1) cos(pi s_j)
 * times a window that falls smoothly to exactly 0 in the boundary cell, e standard normal. Each knob breaks one
 * property.
 */
import { fieldSample } from "../../lib/diagnostics/field-sample";
import type { Fields } from "../../lib/fields/fields";
import type { Stream } from "../../lib/random/stream";

export interface Law {
  readonly shift?: number; // of the mean, in standard deviations of the leading mode
  readonly spread?: number; // factor on every fluctuation
  readonly curve?: number; // strength of the quadratic term; `sameVariance` keeps mean and covariance
  readonly smallModes?: number; // factor on modes 6 and above
  readonly floor?: number; // standard deviation of white noise in every cell
}

export const cells = 16;
const modeCount = 12;

/**
 * 0 in the last cell of channel 0 (a held concentration) and in the first cell of channel 1 (a reference potential).
 */
export function window(channel: number, cell: number): number {
  const s = cell / (cells - 1);
  return channel === 0 ? 1 - s * s : s * (2 - s);
}

export function syntheticFields(count: number, stream: Stream, law: Law = {}): Fields {
  const { shift = 0, spread = 1, curve = 0.3, smallModes = 1, floor = 0 } = law;
  const values = new Float64Array(count * 2 * cells);
  const e = stream.normals(count * modeCount);
  const w = stream.child("floor").normals(values.length);
  for (let i = 0; i < count; i++) {
    const own = e.subarray(i * modeCount, (i + 1) * modeCount);
    for (let j = 0; j < cells; j++) {
      const s = (j + 0.5) / cells;
      let c = 0;
      let phi = 0;
      for (let k = 0; k < modeCount; k++) {
        const size = 0.5 ** k * own[k] * (k >= 6 ? smallModes : 1);
        c += size * Math.cos(Math.PI * k * s);
        phi += 0.5 * size * Math.sin(Math.PI * (k + 0.5) * s);
      }
      const bend = curve * (own[0] ** 2 - 1) * Math.cos(Math.PI * s);
      const at = i * 2 * cells;
      values[at + j] = 1000 + 5 * window(0, j) * (spread * (c + bend) + shift + floor * w[at + j]);
      const own2 = spread * (phi + 0.5 * bend) + shift + floor * w[at + cells + j];
      values[at + cells + j] = 1e-3 * window(1, j) * (3 * s + own2);
    }
  }
  return fieldSample(values, { channels: 2, cells });
}
