/**
 * TFRecord, TensorFlow's framing of a file of records: length (uint64), its checksum, the bytes, their checksum; all
 * little-endian. The checksum is CRC-32C (Castagnoli, RFC 3720, polynomial 0x1EDC6F41 reflected), rotated right by 15
 * bits plus 0xa282ead8, so that records may hold checksums themselves (tensorflow/core/lib/io/record_writer.h,
 * lib/hash/crc32c.h).
 */
const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  return c;
});

export function crc32c(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function maskedCrc32c(bytes: Uint8Array): number {
  const c = crc32c(bytes);
  return (((c >>> 15) | (c << 17)) + 0xa282ead8) >>> 0;
}

const headerBytes = 12;
const frameBytes = headerBytes + 4;

/** One record with its frame. */
export function encodeRecord(data: Uint8Array): Buffer {
  const framed = Buffer.alloc(frameBytes + data.length);
  framed.writeBigUInt64LE(BigInt(data.length), 0);
  framed.writeUInt32LE(maskedCrc32c(framed.subarray(0, 8)), 8);
  framed.set(data, headerBytes);
  framed.writeUInt32LE(maskedCrc32c(data), headerBytes + data.length);
  return framed;
}

export interface StoredRecord {
  readonly data: Uint8Array;
  /** Where the next record begins. */
  readonly end: number;
}

/** The records up to the first that is damaged or torn: a writer that was killed leaves a part of its last one. */
export function decodeRecords(bytes: Uint8Array): StoredRecord[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: StoredRecord[] = [];
  for (let at = 0; at + frameBytes <= file.length;) {
    const length = file.readBigUInt64LE(at);
    if (length > BigInt(file.length - at - frameBytes)) break;
    if (file.readUInt32LE(at + 8) !== maskedCrc32c(file.subarray(at, at + 8))) break;
    const end = at + frameBytes + Number(length);
    const data = file.subarray(at + headerBytes, end - 4);
    if (file.readUInt32LE(end - 4) !== maskedCrc32c(data)) break;
    records.push({ data, end });
    at = end;
  }
  return records;
}
