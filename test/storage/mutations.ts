/** Arbitrary arrays and damaged files for the property tests of the parsers. */
import fc from "fast-check";
import { bytesOf, dataFromBytes, type NumericArray } from "../../lib/storage/numeric-array";

export const anyArray: fc.Arbitrary<NumericArray> = fc
  .tuple(fc.constantFrom("float64", "float32", "int32"), fc.array(fc.nat({ max: 4 }), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const bytes = shape.reduce((n, m) => n * m, 1) * (dtype === "float64" ? 8 : 4);
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((b) => ({ dtype, shape, data: dataFromBytes(dtype, b) }) as NumericArray);
  });

export function sameArray(a: NumericArray, b: NumericArray): boolean {
  const bits = (x: NumericArray): string =>
    `${x.dtype} ${x.shape.join()} ${Buffer.from(bytesOf(x.data)).toString("hex")}`;
  return bits(a) === bits(b);
}

/**
 * A valid file with a few faults: flipped bits, bytes replaced, cut, inserted or doubled, digits changed, all cut off.
 */
export function mutations(valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.oneof(fc.nat({ max: Math.min(valid.length, 160) }), fc.nat({ max: valid.length }));
  const fault = fc.oneof(
    fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat({ max: 7 }) }),
    fc.record({
      kind: fc.constant("set" as const),
      at: place,
      byte: fc.oneof(fc.nat({ max: 255 }), fc.integer({ min: 48, max: 57 })),
    }),
    fc.record({ kind: fc.constant("cut" as const), at: place, length: fc.nat({ max: 40 }) }),
    fc.record({ kind: fc.constant("insert" as const), at: place, bytes: fc.uint8Array({ maxLength: 20 }) }),
    fc.record({ kind: fc.constant("repeat" as const), at: place, length: fc.nat({ max: 40 }) }),
    fc.record({ kind: fc.constant("end" as const), at: place }),
  );
  return fc.array(fault, { minLength: 1, maxLength: 3 }).map((faults) => {
    let bytes = Buffer.from(valid);
    for (const f of faults) {
      const at = Math.min(f.at, bytes.length);
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      if (f.kind === "flip" && after.length > 0) after[0] ^= 1 << f.bit;
      else if (f.kind === "set" && after.length > 0) after[0] = f.byte;
      else if (f.kind === "cut") bytes = Buffer.concat([before, after.subarray(f.length)]);
      else if (f.kind === "insert") bytes = Buffer.concat([before, f.bytes, after]);
      else if (f.kind === "repeat") bytes = Buffer.concat([before, after.subarray(0, f.length), after]);
      else if (f.kind === "end") bytes = Buffer.from(before);
    }
    return bytes;
  });
}
