/**
 * Protocol buffers' wire format: a field is a key (8 x number + wire type: 0 varint, 1 eight bytes, 2 length and bytes,
 * 5 four bytes) and a value; a message inside a message is its length and its bytes.
 * Source: "Encoding", protobuf.dev/programming-guides/encoding.
 */
function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value)); // negative numbers are written as 64-bit two's complement
  const written: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    written.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(written);
}

/** Each writes one field. */
export const integer = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(field * 8), varint(value)]);

export const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);

export const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));

export function double(field: number, value: number): Buffer {
  const written = Buffer.alloc(8);
  written.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), written]);
}

export function single(field: number, value: number): Buffer {
  const written = Buffer.alloc(4);
  written.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), written]);
}
