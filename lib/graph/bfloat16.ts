/**
 * Convolutions and their gradients in bfloat16 (8 bits of mantissa, the range of single precision): inputs are rounded,
 * products summed in single precision inside oneDNN, and the result rounded once more. Everything else is untouched.
 */
import type { Value } from "./graph";
import { attribute, Type } from "./protobuf";
import { asRecorded, type WriteOperation } from "./record";

export const bfloat16Convolutions: WriteOperation = (graph, recorded, inputs) => {
  const { name, outputs, attributes } = recorded;
  const convolution = name === "Conv2D" || name === "Conv2DBackpropInput" || name === "Conv2DBackpropFilter";
  if (!convolution || outputs[0].type !== Type.float32) return asRecorded(graph, recorded, inputs);
  const cast = (value: Value, type: number) =>
    graph.single("Cast", [value], { type }, { SrcT: attribute.type(value.type), DstT: attribute.type(type) });
  const rounded = inputs.map((input) => (input.type === Type.float32 ? cast(input, Type.bfloat16) : input));
  const [result] = graph.operation(name, rounded, [{ ...outputs[0], type: Type.bfloat16 }], {
    ...attributes,
    T: attribute.type(Type.bfloat16),
  });
  return [cast(result, Type.float32)];
};
