/** One ensemble in one call, as typed fields: porosities alone, or the fields that they induce. */
import { Fields } from "../fields/fields";
import type { Channel } from "../fields/channel";
import type { Cells } from "../fields/grid";
import { porosity } from "../porosity/law";
import type { Stream } from "../random/stream";
import { gridOf, shapeOf } from "../transport/domain";
import { porosityProcess } from "../transport/porosity-process";
import type { Condition, Problem } from "../transport/problem";
import { completeCondition } from "./conditions";
import { generateEnsemble } from "./generate";

/** The porosity as a field of one channel. */
const porosityChannel: Channel = { name: "eps", symbol: "ε", unit: "1" };

/** On which grid porosities and fields are drawn. */
export interface DrawOptions {
  /** Default: the problem's own numbers. */
  readonly cells?: Cells;
}

/**
 * Porosities eps(x) from the problem's law at a condition: `count` fields of one channel "eps". From the same stream `drawEnsemble` draws the
 * same porosities and solves them. The caller owns the result.
 */
export function drawPorosities(
  problem: Problem,
  condition: Condition,
  count: number,
  stream: Stream,
  { cells }: DrawOptions = {},
): Fields {
  const grid = gridOf(problem, cells);
  const process = porosityProcess(problem, completeCondition(problem, condition), grid);
  const g = process.samples(stream.child("porosity").child(0), 0, count);
  return new Fields(porosity(g, problem.porosity.law, g), { channels: [porosityChannel], grid });
}

/** `count` solutions at a condition, each of a porosity of its own, on all processors. The caller owns the result. */
export async function drawEnsemble(
  problem: Problem,
  condition: Condition,
  count: number,
  stream: Stream,
  { cells }: DrawOptions = {},
): Promise<Fields> {
  const { fields } = await generateEnsemble({ problem, conditions: [condition], count, stream, cells });
  return new Fields(fields, shapeOf(problem, cells));
}
