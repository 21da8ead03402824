/**
 * Mean and spread of fields at every place, and how far two such answers are apart in units of the second one's spread.
 */
import { rowAt } from "../../numerics/rows";

export interface Moments {
  /** [channels * cells], SI units. */
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/** Of equally weighted fields [count, size]. */
export function momentsOf(fields: Float64Array, size: number): Moments {
  const count = fields.length / size;
  const mean = new Float64Array(size);
  const second = new Float64Array(size);
  const origin = fields.subarray(0, size);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < size; i++) {
      const x = fields[n * size + i] - origin[i];
      mean[i] += x / count;
      second[i] += (x * x) / count;
    }
  }
  return {
    mean: mean.map((v, i) => origin[i] + v),
    std: second.map((v, i) => Math.sqrt(Math.max(0, v - mean[i] ** 2))),
  };
}

export interface Distance {
  /** Root mean square over cells of the difference of the means, in standard deviations of the reference. */
  readonly bias: number;
  /** Mean over cells of ln(std ratio). */
  readonly logSpread: number;
}

/** Cells in which the reference hardly varies, compared with the largest spread of their channel, say nothing. */
export function distanceOf(answer: Moments, reference: Moments, channels: number): Distance {
  const cells = reference.mean.length / channels;
  let [squares, logs, used] = [0, 0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const own = (values: Float64Array): Float64Array => rowAt(values, channel, cells);
    const [found, mean, spread] = [own(answer.mean), own(reference.mean), own(answer.std)];
    const largest = own(reference.std).reduce((a, b) => Math.max(a, b), 0);
    own(reference.std).forEach((s, i) => {
      if (!(s > 1e-3 * largest)) return;
      used++;
      squares += ((found[i] - mean[i]) / s) ** 2;
      logs += Math.log(Math.max(spread[i], 1e-300) / s);
    });
  }
  return { bias: Math.sqrt(squares / used), logSpread: logs / used };
}
