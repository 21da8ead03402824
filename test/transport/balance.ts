/**
 * What must be conserved in an electrode, as residuals relative to the largest part of the sum:
 *   current  sum a_s j h = F_right
 *   salt     (1 - t+)/F sum a_s j h = outflow at the separator (+ d/dt sum eps c h, which is 0 in the steady state).
 */
import type { ElectrodeState } from "../../lib/transport/electrode";
import type { Axis } from "../../lib/fields/grid";

/** (sum a_s j h - F_right) over sum |a_s j| h. */
export function currentImbalance(axis: Axis, state: ElectrodeState, F_right: number): number {
  const { drawn, magnitude } = reaction(axis, state);
  return relative(drawn - F_right, magnitude);
}

/** Salt released minus salt that leaves, over all salt that the reaction moves; for a steady state. */
export function steadySaltImbalance(axis: Axis, state: ElectrodeState): number {
  const { drawn, magnitude } = reaction(axis, state);
  return relative(state.saltPerCharge * drawn - state.saltOutflow, state.saltPerCharge * magnitude);
}

function reaction(axis: Axis, { surface, reactionCurrent }: ElectrodeState): { drawn: number; magnitude: number } {
  let drawn = 0;
  let magnitude = 0;
  for (let i = 0; i < axis.cells; i++) {
    const inCell = surface[i] * reactionCurrent[i] * axis.h;
    drawn += inCell;
    magnitude += Math.abs(inCell);
  }
  return { drawn, magnitude };
}

function relative(residual: number, magnitude: number): number {
  return magnitude > 0 ? residual / magnitude : 0;
}
