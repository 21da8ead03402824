/** One ensemble in one call, as typed fields: porosities alone, or the fields that they induce. */
import { Fields } from "../fields/fields";
import type { Cells } from "../fields/grid";
import { fieldSize } from "../fields/shape";
import { porosity } from "../porosity/law";
import type { Stream } from "../random/stream";
import { gridOf } from "../transport/domain";
import { porosityProcess } from "../transport/porosity-process";
import type { Condition, Problem } from "../transport/problem";
import { completeCondition } from "./conditions";
import { generateEnsemble, porosityChannel } from "./generate";

/** On which grid porosities and fields are drawn. */
export interface DrawOptions {
  /** Default: the problem's own numbers. */
  readonly cells?: Cells;
}

/**
 * Porosities eps(x) from the problem's law at a condition: `count` fields of one channel "eps". From the same stream
 * `drawEnsemble` draws the same porosities and solves them; with `number` i they are those of condition i of
 * `generateEnsemble`. The caller owns the result.
 */
export function drawPorosities(
  problem: Problem,
  condition: Condition,
  count: number,
  stream: Stream,
  { cells, number = 0 }: DrawOptions & { readonly number?: number } = {},
): Fields {
  const grid = gridOf(problem, cells);
  const process = porosityProcess(problem, completeCondition(problem, condition), grid);
  const g = process.samples(stream.child("porosity").child(number), 0, count);
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
  return (await generateEnsemble({ problem, conditions: [condition], count, stream, cells })).fields;
}

/**
 * The fields that given porosities induce at a condition, field by field: `porosities` has the one channel that
 * `drawPorosities` draws, or is made from that by its method `with`. The caller owns the result. Throws
 * `InadmissibleInput` and `DepletionError`.
 */
export function solvePorosities(problem: Problem, condition: Condition, porosities: Fields): Fields {
  const { channels, grid } = porosities.shape;
  if (channels.length !== 1 || porosities.units !== "SI") {
    const got = `${channels.map(({ name }) => name).join(", ")} in ${porosities.units} units`;
    throw new RangeError(`solvePorosities: porosities of one channel are needed, got fields of ${got}`);
  }
  const shape = { channels: problem.channels, grid };
  const solved = new Fields(new Float64Array(porosities.count * fieldSize(shape)), shape);
  const complete = completeCondition(problem, condition);
  const solver = problem.solver(grid);
  for (let i = 0; i < porosities.count; i++) solver.solve(porosities.field(i), complete, solved.field(i));
  return solved;
}
