/**
 * Convolutions in bfloat16: the factors of their products are rounded to 8 significant bits, the sums are kept in
 * single precision inside the operation and rounded once at its end. Processors with matrix units (AMX on x86) make
 * such products several times as fast. The values between operations, and every other operation, stay float32.
 */
import { readFileSync } from "node:fs";
import { UserError } from "../errors/user-error";
import type { Graph, Output, Value } from "./graph";
import { attribute, Type } from "./protobuf";

/** How the products inside convolutions are computed. */
export type ConvolutionPrecision = "float32" | "bfloat16";

/** An operation of a recorded program, apart from what it is applied to. */
export interface Operation {
  readonly name: string;
  readonly attributes: Readonly<Record<string, Buffer>>;
  readonly outputs: readonly Output[];
}

const convolutions = new Set(["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"]);

export const isConvolution = ({ name, outputs }: Operation): boolean =>
  convolutions.has(name) && outputs[0].type === Type.float32;

/** Writes recorded convolutions into a graph; one for each replay, so that what several of them use is rounded once. */
export class Bfloat16Convolutions {
  private readonly rounded = new Map<Value, Value>();

  constructor(private readonly graph: Graph) {}

  write({ name, outputs, attributes }: Operation, operands: readonly Value[]): Value[] {
    const factors = operands.map((operand) => (operand.type === Type.float32 ? this.round(operand) : operand));
    const narrow: Output[] = outputs.map(({ shape }) => ({ type: Type.bfloat16, shape }));
    const results = this.graph.operation(name, factors, narrow, { ...attributes, T: attribute.type(Type.bfloat16) });
    return results.map((result) => this.cast(result, Type.float32));
  }

  private round(value: Value): Value {
    let narrow = this.rounded.get(value);
    if (narrow === undefined) {
      narrow = this.cast(value, Type.bfloat16);
      this.rounded.set(value, narrow);
    }
    return narrow;
  }

  private cast(value: Value, type: number): Value {
    return this.graph.single(
      "Cast",
      [value],
      { type },
      { SrcT: attribute.type(value.type), DstT: attribute.type(type) },
    );
  }
}

/**
 * Why this processor gains nothing from bfloat16, or undefined. `description` is the text of /proc/cpuinfo, empty where
 * there is none.
 */
export function withoutBfloat16(description = processors()): string | undefined {
  if (description === "") return "the processor's abilities cannot be read on this system";
  return /\b(amx_bf16|avx512_bf16)\b/.test(description)
    ? undefined
    : "the processor has no bfloat16 units (amx_bf16, avx512_bf16)";
}

/**
 * The precision to compute in: "auto" takes bfloat16 where the processor has units for it. `onGpu` says that a graphics
 * card computes, where float32 has units of its own. Refuses a precision that this processor could only imitate.
 */
export function convolutionPrecision(
  wanted: ConvolutionPrecision | "auto",
  { onGpu, description = processors() }: { onGpu: boolean; description?: string },
): ConvolutionPrecision {
  const reason = onGpu ? undefined : withoutBfloat16(description);
  if (wanted === "auto") return onGpu || reason !== undefined ? "float32" : "bfloat16";
  if (wanted === "bfloat16" && reason !== undefined) {
    throw new UserError(`convolutions in bfloat16: ${reason}; choose "auto" or "float32"`);
  }
  return wanted;
}

function processors(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return ""; // not Linux
  }
}
