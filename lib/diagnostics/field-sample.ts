/**
 * A sample of fields as every diagnostic takes it: independent draws from one law p(fields | condition), as `Fields`
 * (lib/fields) in SI units. Arrays as files and models give them are checked once, here.
 */
import { Fields } from "../fields/fields";
import { placeName, placeOf, type Shape, unnamedShape } from "../fields/shape";

/**
 * Checks and wraps values [count, channels, cells] as fields of a shape, or of numbered channels and cells where
 * nothing else is known of them; a Float32Array is copied to double precision, a Float64Array is not. Throws RangeError
 * for fewer than four fields and for what is not finite.
 */
export function fieldSample(
  values: Float64Array | Float32Array,
  shape: Shape | { readonly channels: number; readonly cells: number },
): Fields {
  const named = "grid" in shape ? shape : unnamed(shape);
  return checked(new Fields(values instanceof Float64Array ? values : Float64Array.from(values), named));
}

/** The same fields. Throws RangeError as fieldSample does. */
export function checked(fields: Fields): Fields {
  if (fields.count < 4) throw new RangeError(`fieldSample: expected at least 4 fields, got ${fields.count}`);
  const at = fields.values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return fields;
  const where = `field ${placeOf(fields.shape, at).field}, ${placeName(fields.shape, at)}`;
  throw new RangeError(`fieldSample: expected finite numbers, got ${fields.values[at]} in ${where}`);
}

function unnamed({ channels, cells }: { readonly channels: number; readonly cells: number }): Shape {
  if (Number.isInteger(channels * cells) && channels >= 1 && cells >= 1) return unnamedShape(channels, cells);
  throw new RangeError(`fieldSample: channels and cells must be positive whole numbers, got ${channels} and ${cells}`);
}

/** One number a draw, as a sample. */
export const scalars = (values: Float64Array): Fields => new Fields(values, unnamedShape(1, 1));

/** Refuses two samples that do not have the same channels and cells. */
export function checkComparable(who: string, a: Fields, b: Fields): void {
  if (a.channels !== b.channels || a.cells !== b.cells) {
    const shapes = `${a.channels} x ${a.cells} and ${b.channels} x ${b.cells}`;
    throw new RangeError(`${who}: both samples must have the same channels and cells, got ${shapes}`);
  }
}
