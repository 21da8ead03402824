/**
 * Fields: `count` of them with their shape and their units, in an array [count, channels, cells] (see shape.ts). Here
 * is the conversion between SI units and those of a network too (see units.ts).
 */
import { rowAt, rowsAt } from "../numerics/rows";
import type { Stream } from "../random/stream";
import { channelNumber, countOf, fieldSize, offsetOf, placeName, placeOf, type Shape, type Which } from "./shape";
import { type Normalisation, toNetwork, toSI, type Units } from "./units";

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
    return rowAt(this.values, i, this.size);
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
    return this.with(rowsAt(this.values, numbers, this.size));
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
  toNetwork(normalisation: Normalisation): Fields {
    this.require("SI", "toNetwork");
    return new Fields(toNetwork(this.values, normalisation, this.cells), this.shape, "network");
  }

  /** The same fields in SI units (a copy). */
  toSI(normalisation: Normalisation): Fields {
    this.require("network", "toSI");
    return new Fields(toSI(this.values, normalisation, this.cells), this.shape, "SI");
  }

  private require(units: Units, who: string): void {
    if (this.units !== units) throw new RangeError(`fields: ${who} needs fields in ${units} units, got ${this.units}`);
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
