/**
 * Mean and standard deviation of each channel over the box of conditions, from responses alone. With field = sum_a
 * v_a(z) r_a,
 *   E x = sum_a E v_a E r_a,   E x^2 = sum_ab E[v_a v_b] E[r_a r_b],
 * the moments of the v_a over the box and those of the r_a over porosities, nodes and cells.
 */
import { drawConditions } from "../ensemble/conditions";
import { channelAt } from "../fields/shape";
import type { Normalisation } from "../fields/units";
import type { Stream } from "../random/stream";
import { affineOf } from "../transport/affine";
import type { Problem } from "../transport/problem";

export interface FunctionMoments {
  /** Root mean square of v_a, and E v_a and E v_a v_b in units of it. */
  readonly scale: Float64Array;
  readonly mean: Float64Array;
  readonly product: Float64Array;
}

const conditionsOfMoments = 4096;

/** Of the functions of a problem over its box, from conditions drawn from the stream. */
export function functionMoments(problem: Problem, stream: Stream): FunctionMoments {
  const { count, at } = affineOf(problem);
  const values = drawConditions(problem, conditionsOfMoments, stream).map((z) => at(z));
  const mean = new Float64Array(count);
  const product = new Float64Array(count * count);
  for (const v of values) {
    for (let a = 0; a < count; a++) {
      mean[a] += v[a] / values.length;
      for (let b = 0; b < count; b++) product[a * count + b] += (v[a] * v[b]) / values.length;
    }
  }
  const scale = mean.map((_, a) => Math.sqrt(product[a * count + a]) || 1);
  return {
    scale,
    mean: mean.map((m, a) => m / scale[a]),
    product: product.map((p, at) => p / (scale[Math.floor(at / count)] * scale[at % count])),
  };
}

/** Mean and standard deviation of each channel over the box, from responses. */
export class ChannelMoments {
  private readonly sum: Float64Array;
  private readonly square: Float64Array;
  private samples = 0;

  constructor(
    private readonly channels: number,
    private readonly cells: number,
    private readonly functions: FunctionMoments,
  ) {
    this.sum = new Float64Array(channels);
    this.square = new Float64Array(channels);
  }

  /** Responses [count, functions, channels, cells]. */
  add(responses: Float64Array): void {
    const { channels, cells, functions } = this;
    const width = functions.mean.length;
    const dimension = channels * cells;
    for (let start = 0; start < responses.length; start += width * dimension, this.samples++) {
      for (let i = 0; i < dimension; i++) {
        const channel = channelAt(i, channels, cells);
        for (let a = 0; a < width; a++) {
          const r = responses[start + a * dimension + i];
          if (r === 0) continue;
          this.sum[channel] += functions.mean[a] * r;
          for (let b = 0; b < width; b++)
            this.square[channel] += functions.product[a * width + b] * r * responses[start + b * dimension + i];
        }
      }
    }
  }

  normalisation(): Normalisation {
    const n = this.samples * this.cells;
    const mean = Array.from(this.sum, (s) => s / n);
    return { mean, std: mean.map((m, channel) => Math.sqrt(Math.max(0, this.square[channel] / n - m * m)) || 1) };
  }
}
