/**
 * Roughness by band. The fluctuation u = x - m of a channel has second differences
 *   w_i = u_{i-1} - 2 u_i + u_{i+1},   i = 1 .. N - 2,   expanded in cosines (DCT-II, orthonormal): W_q,
 *   q = 0 .. N - 3.
 * The power of a band is the mean over fields of sum over its q of W_q^2; the bands are the lower, middle and upper
 * third of the wavenumbers. Their ratio generated / reference is 1 for equal laws. A white floor of standard deviation
 * f adds 6 f^2 per cell, most of it to the upper band, which is why a missing last denoising step shows here first.
 * The one number of the literature, the ratio of root mean squared second differences of the fields themselves (mean
 * profile included), stands beside them. Standard errors from the scatter between fields (delta method).
 */
import type { Fields } from "../fields/fields";
import { checkComparable } from "./field-sample";
import { rowProducts } from "../numerics/linear-algebra";
import { moments } from "./moments";

export interface Roughness {
  /** Power ratios generated / reference of second differences of the fluctuation, each with its standard error. */
  readonly bands: readonly {
    readonly name: "low" | "middle" | "high";
    readonly ratio: number;
    readonly standardError: number;
  }[];
  /** Ratio of root mean squared second differences of the whole field. */
  readonly rms: number;
}

/** One entry a channel. At least 8 cells. */
export function roughness(generated: Fields, reference: Fields): Roughness[] {
  checkComparable("roughness", generated, reference);
  if (reference.cells < 8) throw new RangeError(`roughness: expected at least 8 cells, got ${reference.cells}`);
  return Array.from({ length: reference.channels }, (_, channel) => {
    const gen = bandPowers(generated.channel(channel));
    const ref = bandPowers(reference.channel(channel));
    const bands = (["low", "middle", "high"] as const).map((name, b) => {
      const ratio = gen.bands[b].mean / ref.bands[b].mean;
      const relative = Math.hypot(gen.bands[b].error / gen.bands[b].mean, ref.bands[b].error / ref.bands[b].mean);
      return { name, ratio, standardError: ratio * relative };
    });
    return { bands, rms: Math.sqrt(gen.total / ref.total) };
  });
}

function bandPowers(sample: Fields) {
  const { count, cells } = sample;
  const inner = cells - 2;
  const { mean } = moments(sample);
  const w = new Float64Array(count * inner);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const x = sample.field(i);
    for (let j = 0; j < inner; j++) {
      const whole = x[j] - 2 * x[j + 1] + x[j + 2];
      total += (whole * whole) / (count * inner);
      w[i * inner + j] = whole - (mean[j] - 2 * mean[j + 1] + mean[j + 2]);
    }
  }
  const W = rowProducts(w, count, inner, cosines(inner), inner);
  const edges = [0, Math.round(inner / 3), Math.round((2 * inner) / 3), inner];
  const bands = [0, 1, 2].map((b) => {
    let first = 0;
    let second = 0;
    for (let i = 0; i < count; i++) {
      let power = 0;
      for (let q = edges[b]; q < edges[b + 1]; q++) power += W[i * inner + q] ** 2;
      first += power / count;
      second += (power * power) / count;
    }
    return { mean: first, error: Math.sqrt(Math.max(0, second - first * first) / count) };
  });
  return { bands, total };
}

/** [n, n], row q is the orthonormal cosine of wavenumber q (DCT-II). */
function cosines(n: number): Float64Array {
  const C = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let q = 0; q < n; q++) {
      C[q * n + j] = Math.sqrt((q === 0 ? 1 : 2) / n) * Math.cos((Math.PI * q * (j + 0.5)) / n);
    }
  }
  return C;
}
