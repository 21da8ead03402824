/**
 * A recording: a straight-line program over numbered values, first the inputs, then what its entries yield, in order.
 * Here two recordings are compared, and a recording is replayed into a graph.
 */
import {
  Bfloat16Convolutions,
  type ConvolutionPrecision,
  isConvolution,
  type Operation,
} from "./bfloat16-convolutions";
import type { Graph, Output, Value } from "./graph";
import { Type } from "./protobuf";
import type { tf } from "./tensorflow";

export interface RecordedConstant extends Output {
  readonly kind: "constant";
  readonly data: Buffer;
}

export interface RecordedOperation extends Operation {
  readonly kind: "operation";
  readonly inputs: readonly number[];
}

export type Entry = RecordedConstant | RecordedOperation;

export interface Recording {
  readonly inputs: number;
  readonly entries: readonly Entry[];
  readonly results: readonly number[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype: tf.DataType }[];
}

function describe(entry: Entry | undefined): string {
  if (entry === undefined) return "nothing";
  if (entry.kind === "operation") return `operation ${entry.name}`;
  const { data, shape } = entry;
  const first = entry.type === Type.float32 && data.length >= 4 ? data.readFloatLE(0) : undefined;
  return `a constant [${shape}]${first === undefined ? "" : ` beginning with ${first}`}`;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
function sameAttributes(a: Readonly<Record<string, Buffer>>, b: Readonly<Record<string, Buffer>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => b[name]?.equals(a[name]));
}
function sameEntry(a: Entry, b: Entry): boolean {
  if (a.kind === "constant") {
    return b.kind === "constant" && a.type === b.type && same(a.shape, b.shape) && a.data.equals(b.data);
  }
  return (
    b.kind === "operation" &&
    a.name === b.name &&
    same(a.inputs, b.inputs) &&
    same(a.outputs, b.outputs) &&
    sameAttributes(a.attributes, b.attributes)
  );
}

/** Throws if the two recordings are not the same program. */
export function expectSame(name: string, first: Recording, second: Recording): void {
  const length = Math.max(first.entries.length, second.entries.length);
  for (let k = 0; k < length; k++) {
    const [a, b] = [first.entries[k], second.entries[k]];
    if (a === undefined || b === undefined || !sameEntry(a, b)) {
      throw new Error(
        `${name} cannot be recorded as a graph: two recordings differ (${describe(a)}, then ${describe(b)}), so a ` +
          "value that changes from call to call (Math.random, tf.randomNormal, a counter, a tensor made outside, a " +
          "branch on a value) would be baked in. Pass it as an argument",
      );
    }
  }
  if (!same(first.results, second.results)) {
    throw new Error(`${name} cannot be recorded as a graph: it returned another of its values when it ran again`);
  }
}

/** Writes the recorded program into a graph, on these values. Returns the values of its results. */
export function replay(
  { inputs, entries, results }: Recording,
  graph: Graph,
  values: readonly Value[],
  convolutions: ConvolutionPrecision = "float32",
): Value[] {
  if (values.length !== inputs) throw new Error(`replay: the recording has ${inputs} inputs, got ${values.length}`);
  const all = [...values];
  const narrow = convolutions === "bfloat16" ? new Bfloat16Convolutions(graph) : undefined;
  for (const entry of entries) {
    if (entry.kind === "constant") {
      all.push(graph.constant(entry.data, entry.type, entry.shape));
    } else {
      const operands = entry.inputs.map((number) => all[number]);
      all.push(
        ...(narrow !== undefined && isConvolution(entry)
          ? narrow.write(entry, operands)
          : graph.operation(entry.name, operands, entry.outputs, entry.attributes)),
      );
    }
  }
  return results.map((number) => all[number]);
}
