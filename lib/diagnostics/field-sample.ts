/**
 * A sample of fields as every diagnostic takes it: `count` independent draws from one law p(fields | condition), row by row,
 *   values[(i * channels + channel) * cells + cell],   d = channels * cells values a draw, SI units.
 * Ensembles as files and models give them are cut to this shape here, and checked once.
 */
import { permutation } from "../fields/fields";
import type { Stream } from "../random/stream";

export interface FieldSample {
  readonly values: Float64Array;
  readonly count: number;
  readonly channels: number;
  readonly cells: number;
}

/** Checks and wraps values [count, channels, cells]; a Float32Array is copied to double precision, a Float64Array is not. */
export function fieldSample(
  values: Float64Array | Float32Array,
  { channels, cells }: { channels: number; cells: number },
): FieldSample {
  const d = channels * cells;
  if (!Number.isInteger(d) || d < 1) {
    throw new RangeError(
      `fieldSample: channels and cells must be positive whole numbers, got ${channels} and ${cells}`,
    );
  }
  const count = values.length / d;
  if (!Number.isInteger(count) || count < 4) {
    const got = `${values.length} values, that is ${count} fields of ${channels} x ${cells}`;
    throw new RangeError(`fieldSample: expected at least 4 whole fields, got ${got}`);
  }
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) {
      const where = `field ${Math.floor(k / d)}, channel ${Math.floor((k % d) / cells)}, cell ${k % cells}`;
      throw new RangeError(`fieldSample: expected finite numbers, got ${values[k]} in ${where}`);
    }
  }
  return { values: values instanceof Float64Array ? values : Float64Array.from(values), count, channels, cells };
}

export const dimension = (sample: FieldSample): number => sample.channels * sample.cells;

/** The rows with these numbers, in this order (a copy). */
export function subset(sample: FieldSample, rows: ArrayLike<number>): FieldSample {
  const d = dimension(sample);
  const values = new Float64Array(rows.length * d);
  for (let i = 0; i < rows.length; i++) values.set(sample.values.subarray(rows[i] * d, (rows[i] + 1) * d), i * d);
  return { ...sample, values, count: rows.length };
}

/** One channel of every field (a copy). */
export function channelOf(sample: FieldSample, channel: number): FieldSample {
  const { count, channels, cells } = sample;
  const values = new Float64Array(count * cells);
  for (let i = 0; i < count; i++) {
    const from = (i * channels + channel) * cells;
    values.set(sample.values.subarray(from, from + cells), i * cells);
  }
  return { values, count, channels: 1, cells };
}

/** Two disjoint random parts of the sample: the PDE-against-PDE null of every diagnostic. Sizes default to halves. */
export function splitInTwo(
  sample: FieldSample,
  stream: Stream,
  sizes?: readonly [number, number],
): [FieldSample, FieldSample] {
  const [a, b] = sizes ?? [Math.floor(sample.count / 2), Math.floor(sample.count / 2)];
  if (!(a >= 2 && b >= 2 && a + b <= sample.count)) {
    throw new RangeError(`splitInTwo: cannot cut parts of ${a} and ${b} from ${sample.count} fields`);
  }
  const order = permutation(sample.count, stream);
  return [subset(sample, order.subarray(0, a)), subset(sample, order.subarray(a, a + b))];
}

/** Refuses two samples that do not have the same channels and cells. */
export function checkComparable(who: string, a: FieldSample, b: FieldSample): void {
  if (a.channels !== b.channels || a.cells !== b.cells) {
    const shapes = `${a.channels} x ${a.cells} and ${b.channels} x ${b.cells}`;
    throw new RangeError(`${who}: both samples must have the same channels and cells, got ${shapes}`);
  }
}
