/**
 * Events as TensorBoard reads them: protocol buffers (tensorflow/core/util/event.proto, core/framework/summary.proto)
 * of which a training needs four fields.
 *   Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
 *   Summary { repeated Value value = 1; }    Value { string tag = 1; float simple_value = 2; }
 */
import { bytes, double, integer, single, text } from "../graph/wire-format";
import { encodeRecord } from "../storage/tfrecord";

/** The record that opens a file. `time`: seconds since 1970. */
export function versionRecord(time: number): Buffer {
  return encodeRecord(Buffer.concat([double(1, time), text(3, "brain.Event:2")]));
}

/** A record with the values of named quantities at one step. */
export function scalarsRecord(time: number, step: number, values: Readonly<Record<string, number>>): Buffer {
  const summary = Object.entries(values).map(([tag, value]) =>
    bytes(1, Buffer.concat([text(1, tag), single(2, value)])),
  );
  return encodeRecord(Buffer.concat([double(1, time), integer(2, step), bytes(5, Buffer.concat(summary))]));
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
