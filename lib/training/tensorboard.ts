/**
 * Events as TensorBoard reads them: protocol buffers (tensorflow/core/util/event.proto, core/framework/summary.proto) of which a training
 * needs four fields.
 *   Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
 *   Summary { repeated Value value = 1; }    Value { string tag = 1; float simple_value = 2; }
 * In the wire format a field is a key (8 x number + wire type: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes) and a value.
 */
import { encodeRecord } from "../storage/tfrecord";

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value; // below 2^53, which shifts would not hold
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);

function double(field: number, value: number): Buffer {
  const written = Buffer.alloc(9, field * 8 + 1);
  written.writeDoubleLE(value, 1);
  return written;
}

function single(field: number, value: number): Buffer {
  const written = Buffer.alloc(5, field * 8 + 5);
  written.writeFloatLE(value, 1);
  return written;
}

/** The record that opens a file. `time`: seconds since 1970. */
export function versionRecord(time: number): Buffer {
  return encodeRecord(Buffer.concat([double(1, time), bytes(3, Buffer.from("brain.Event:2"))]));
}

/** A record with the values of named quantities at one step. */
export function scalarsRecord(time: number, step: number, values: Readonly<Record<string, number>>): Buffer {
  const summary = Object.entries(values).map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), single(2, value)])),
  );
  return encodeRecord(Buffer.concat([double(1, time), varint(2 * 8), varint(step), bytes(5, Buffer.concat(summary))]));
}

/** The step of an event written here; 0 for the one that opens a file. */
export function stepOfEvent(event: Uint8Array): number {
  let [step, scale, at] = [0, 1, 10]; // after wall_time, 9 bytes, and the key
  if (event[9] !== 2 * 8) return 0;
  for (; at < event.length; at++, scale *= 128) {
    step += (event[at] % 128) * scale;
    if (event[at] < 128) break;
  }
  return step;
}
