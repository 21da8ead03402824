/** What the questions of the chapter share: one condition, and banks of fields of each law there. */
import { generateEnsemble } from "../../ensemble/generate";
import { gridCells } from "../../gaussian/conditional-gaussian";
import { atPlace, fieldSpace } from "../../inverse/functionals";
import { type Sensors, sensors } from "../../inverse/observations";
import { modeSampler } from "../../model/mode-flow";
import { atCondition, generateFields, type ScoreModel } from "../../model/score-model";
import { stream, type Stream } from "../../random/stream";
import { referenceCondition } from "../../transport/domain";
import type { Condition } from "../../transport/problem";
import { type FieldBank } from "./banks";
import type { Common } from "../common-settings";
import type { MeasurementsSettings, SensorSettings } from "./settings";

export interface MeasurementsInput extends Pick<Common, "seed" | "problem"> {
  readonly measurements: MeasurementsSettings;
  /** Levels of the flow. */
  readonly steps: number;
}

/** What the parts of the stage share. */
export interface Bench {
  readonly model: ScoreModel;
  readonly condition: Condition;
  readonly at: ReturnType<typeof atCondition>;
  readonly settings: MeasurementsSettings;
  readonly steps: number;
  readonly root: Stream;
  readonly signal: AbortSignal;
  readonly banks: {
    readonly solver: FieldBank;
    readonly again: FieldBank;
    readonly network: FieldBank;
    readonly gaussian: FieldBank;
  };
  /** Solver fields that are in no bank. */
  readonly truths: FieldBank;
}

/** Sensors at places along the first axis, at a condition: a face may be held there. */
export function sensorsAt(model: ScoreModel, condition: Condition, list: readonly SensorSettings[]): Sensors {
  const space = fieldSpace(model.problem, condition, gridCells(model.statistics));
  const axes = space.grid.axes;
  const functionals = list.map(({ channel, at }) => atPlace(space, channel, ...axes.map((axis) => at * axis.length)));
  return sensors(
    functionals,
    list.map(({ std }) => std),
    space.channels.length * space.grid.cells,
  );
}

/** The flow of the trained network that draws fields. */
export type Flow = ReturnType<typeof modeSampler>;

/** Draws the banks. */
export async function benchOf(
  model: ScoreModel,
  input: MeasurementsInput,
  flow: Flow,
  signal: AbortSignal,
): Promise<Bench> {
  const { problem, statistics } = model;
  const settings = input.measurements;
  const condition = referenceCondition(problem);
  const at = atCondition(model, condition);
  const root = stream(input.seed).child("measurements");
  const size = problem.channels.length * statistics.cells;
  const solve = async (name: string, count: number): Promise<FieldBank> => {
    const request = {
      problem,
      conditions: [condition],
      count,
      cells: gridCells(statistics),
      stream: root.child(name),
      signal,
    };
    return { fields: (await generateEnsemble(request)).fields.values, size };
  };
  const draw = async (name: string, sampler?: Flow): Promise<FieldBank> => {
    return { fields: await generateFields(model, at, settings.bank, root.child(name), { sampler, signal }), size };
  };
  const truths = await solve("truths", Math.max(settings.ranked, settings.dataSets));
  const banks = {
    solver: await solve("solver", settings.bank),
    again: await solve("solver again", settings.bank),
    network: await draw("network", flow),
    gaussian: await draw("gaussian"),
  };
  return { model, condition, at, settings, steps: input.steps, root, signal, banks, truths };
}
