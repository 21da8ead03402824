/**
 * Mean and spread of fields at every place, and how far two such answers are apart in units of the second one's spread.
 */

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
    const own = reference.std.subarray(channel * cells, (channel + 1) * cells);
    const largest = own.reduce((a, b) => Math.max(a, b), 0);
    own.forEach((s, j) => {
      if (!(s > 1e-3 * largest)) return;
      const i = channel * cells + j;
      used++;
      squares += ((answer.mean[i] - reference.mean[i]) / s) ** 2;
      logs += Math.log(Math.max(answer.std[i], 1e-300) / s);
    });
  }
  return { bias: Math.sqrt(squares / used), logSpread: logs / used };
}
