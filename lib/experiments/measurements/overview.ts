/** Prior and posterior of one measurement, exact and by the network, with what was hidden. */
import { gridCells } from "../../gaussian/conditional-gaussian";
import { fieldSpace } from "../../inverse/functionals";
import { posteriorAt } from "../../inverse/posterior";
import type { Condition } from "../../transport/problem";
import { bankAnswer, bankReadings } from "./banks";
import { simulatedMeasurements } from "./errors";
import { momentsOf } from "./moments";
import type { Bench, Flow } from "./bench";
import { sensorsAt } from "./bench";

/** Mean and central 90 % of fields over [channels * cells], SI units. */
export interface Band {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface Overview {
  readonly condition: Condition;
  readonly truth: readonly number[];
  readonly readings: readonly { channel: string; x: number; value: number; std: number }[];
  readonly prior: Band;
  readonly solver: Band;
  readonly network: Band;
  /** How the network's was made, and how many fields each is worth. */
  readonly method: string;
  readonly ess: { readonly solver: number; readonly network: number };
}

export async function overviewOf(
  { model, condition, settings, root, banks, truths, signal }: Bench,
  flow: Flow,
  coarse?: Flow,
): Promise<Overview> {
  const of = sensorsAt(model, condition, settings.sensors);
  const [d] = simulatedMeasurements(truths, of, 1, root.child("overview"));
  const exact = bankAnswer(banks.solver, bankReadings(banks.solver, of), d);
  const options = { count: Math.max(200, settings.draws), stream: root.child("overview draws"), flow, coarse, signal };
  const found = await posteriorAt(model, condition, d, options);
  const { size } = banks.solver;
  const band = ({ mean, std }: { mean: Float64Array; std: Float64Array }): Band => ({ mean: [...mean], std: [...std] });
  const [axis] = fieldSpace(model.problem, condition, gridCells(model.statistics)).grid.axes;
  return {
    condition,
    truth: [...truths.fields.subarray(0, size)],
    readings: settings.sensors.map(({ channel, at, std }, j) => ({
      channel,
      x: at * axis.length,
      value: d.value[j],
      std,
    })),
    prior: band(momentsOf(banks.solver.fields, size)),
    solver: band(exact),
    network: band(momentsOf(found.fields, size)),
    method: found.method,
    ess: { solver: exact.ess, network: found.ess },
  };
}
