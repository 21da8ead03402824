/**
 * Fields: `count` of them with their shape and their units, in an array [count, channels, cells] (see shape.ts). Here
 * is the only conversion between SI units and those of a network (see units.ts).
 */
import type { Stream } from "../random/stream";
import { channelNumber, countOf, fieldSize, offsetOf, placeName, placeOf, type Shape, type Which } from "./shape";
import type { Normalisation, Units } from "./units";

export class Fields implements Iterable<Float64Array> {
  readonly count: number;

  /** Wraps values [count, channels, cells] without a copy. Throws RangeError unless they are whole fields. */
  constructor(
    readonly values: Float64Array,
    readonly shape: Shape,
    readonly units: Units = "SI",
  ) {
    this.count = countOf(shape, values.length);
  }

  /** How many channels a field has, and cells a channel. */
  get channels(): number {
    return this.shape.channels.length;
  }
  get cells(): number {
    return this.shape.grid.cells;
  }

  /** Numbers in one field. */
  get size(): number {
    return fieldSize(this.shape);
  }

  /** Other values [any count, channels, cells] of the same shape and units. */
  with(values: Float64Array): Fields {
    return new Fields(values, this.shape, this.units);
  }

  /** Field i, [channels, cells]: a view. */
  field(i: number): Float64Array {
    const { size } = this;
    return this.values.subarray(i * size, (i + 1) * size);
  }

  /** One channel of field i, [cells]: a view. */
  profile(i: number, which: Which): Float64Array {
    const from = offsetOf(this.shape, i, channelNumber(this.shape, which));
    return this.values.subarray(from, from + this.shape.grid.cells);
  }

  *[Symbol.iterator](): Iterator<Float64Array> {
    for (let i = 0; i < this.count; i++) yield this.field(i);
  }

  /** Fields first .. end - 1: a view. */
  slice(first: number, end: number): Fields {
    return this.with(this.values.subarray(first * this.size, end * this.size));
  }

  /** The fields with these numbers, in this order (a copy). */
  rows(numbers: ArrayLike<number>): Fields {
    const values = new Float64Array(numbers.length * this.size);
    for (let k = 0; k < numbers.length; k++) values.set(this.field(numbers[k]), k * this.size);
    return this.with(values);
  }

  /** One channel of every field (a copy). */
  channel(which: Which): Fields {
    const channel = this.shape.channels[channelNumber(this.shape, which)];
    const { cells } = this.shape.grid;
    const values = new Float64Array(this.count * cells);
    for (let i = 0; i < this.count; i++) values.set(this.profile(i, which), i * cells);
    return new Fields(values, { channels: [channel], grid: this.shape.grid }, this.units);
  }

  /** The fields as `parts` runs of equally many, one a condition, say (views). */
  split(parts: number): Fields[] {
    const each = this.count / parts;
    if (!Number.isInteger(each))
      throw new RangeError(`fields: ${this.count} cannot be split into ${parts} equal parts`);
    return Array.from({ length: parts }, (_, k) => this.slice(k * each, (k + 1) * each));
  }

  /** The first number that is not finite, in words ("field 3, phi in cell 17 is NaN"); undefined where all are. */
  notFinite(): string | undefined {
    const bad = this.values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return undefined;
    return `field ${placeOf(this.shape, bad).field}, ${placeName(this.shape, bad)} is ${this.values[bad]}`;
  }

  /** The same fields in the units of a network (a copy). */
  toNetwork({ mean, std }: Normalisation): Fields {
    this.require("SI", "toNetwork");
    return this.mapped("network", (x, channel) => (x - mean[channel]) / std[channel]);
  }

  /** The same fields in SI units (a copy). */
  toSI({ mean, std }: Normalisation): Fields {
    this.require("network", "toSI");
    return this.mapped("SI", (x, channel) => mean[channel] + std[channel] * x);
  }

  private require(units: Units, who: string): void {
    if (this.units !== units) throw new RangeError(`fields: ${who} needs fields in ${units} units, got ${this.units}`);
  }

  private mapped(units: Units, f: (x: number, channel: number) => number): Fields {
    const { shape, values } = this;
    const { cells } = shape.grid;
    const out = new Float64Array(values.length);
    for (let row = 0, at = 0; at < out.length; row++) {
      const channel = row % shape.channels.length;
      for (const end = at + cells; at < end; at++) out[at] = f(values[at], channel);
    }
    return new Fields(out, shape, units);
  }
}

/** The numbers 0 .. count - 1 in random order (Fisher-Yates). */
export function permutation(count: number, stream: Stream): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const u = stream.uniforms(count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.min(i, Math.floor(u[i] * (i + 1)));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Two disjoint random parts of the fields: the PDE-against-PDE null of every diagnostic. Sizes default to halves. */
export function splitInTwo(fields: Fields, stream: Stream, sizes?: readonly [number, number]): [Fields, Fields] {
  const [a, b] = sizes ?? [Math.floor(fields.count / 2), Math.floor(fields.count / 2)];
  if (!(a >= 2 && b >= 2 && a + b <= fields.count)) {
    throw new RangeError(`splitInTwo: cannot cut parts of ${a} and ${b} from ${fields.count} fields`);
  }
  const order = permutation(fields.count, stream);
  return [fields.rows(order.subarray(0, a)), fields.rows(order.subarray(a, a + b))];
}
