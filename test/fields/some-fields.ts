import { Fields } from "../../lib/fields/fields";
import { gridOf, uniformAxis } from "../../lib/fields/grid";
import type { Shape } from "../../lib/fields/shape";

/** A shape of channels u0, u1, .. on [0, 1]. */
export function someShape(channels: number, cells: number): Shape {
  return {
    channels: Array.from({ length: channels }, (_, k) => ({ name: `u${k}`, symbol: `u${k}`, unit: "1" })),
    grid: gridOf([uniformAxis("x", 1, cells)]),
  };
}

/** Fields of that shape. */
export const fieldsOf = (values: Float64Array, channels: number, cells: number): Fields =>
  new Fields(values, someShape(channels, cells));
