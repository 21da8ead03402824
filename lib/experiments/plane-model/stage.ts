/**
 * Stage: fields that a model generates on a plane against the solver's.
 *   evaluation   at conditions held out from training, as in sampling/stage.ts;
 *   one          one condition field by field: some fields of each, and mean and spread in every cell;
 *   posterior    there too, what eight sensors on the plane say of the field between them: banks of fields, weighted by
 *                the likelihood of the readings. That of the solver is exact as it grows; a second one of its own size
 *                is what chance does to the model's.
 */
import { meanAndSpread } from "../../diagnostics/moments";
import { jsonStage } from "../../cache/json-stage";
import type { Stage, StageContext } from "../../cache/stage";
import { generateEnsemble } from "../../ensemble/generate";
import type { Fields } from "../../fields/fields";
import type { Shape } from "../../fields/shape";
import { atPlace, fieldSpace } from "../../inverse/functionals";
import { readingsOf, sensors, simulatedReadings } from "../../inverse/observations";
import { sampleFields } from "../../model/sample-fields";
import type { ScoreModel } from "../../model/score-model";
import { stream, type Stream } from "../../random/stream";
import { boundaryConfigurations } from "../../transport/conduction";
import { referenceCondition, shapeOf } from "../../transport/domain";
import type { Condition, Problem } from "../../transport/problem";
import { bankAnswer } from "../measurements/banks";
import { type Evaluation, type EvaluationInput, evaluationStage, type Profile } from "../sampling/stage";

export interface PlaneModelInput extends EvaluationInput {
  /** Of a sensor, V. */
  readonly noise: number;
}

/** Fields of one law at one condition. */
export interface Drawn {
  /** Some of them, [nx][ny] each. */
  readonly fields: readonly number[][];
  readonly count: number;
  readonly profile: Profile;
}

export interface SensorReading {
  readonly place: readonly [number, number];
  readonly value: number;
}

/** Mean and spread given the readings, and the number of independent draws that stands behind them. */
export interface Given extends Profile {
  readonly ess: number;
}

export interface PlaneModel {
  readonly evaluation: Evaluation;
  readonly condition: Condition;
  /** Cells along the axes. */
  readonly cells: readonly number[];
  readonly one: { readonly solver: Drawn; readonly again: Drawn; readonly model: Drawn };
  readonly posterior: {
    readonly readings: readonly SensorReading[];
    readonly truth: number[];
    /** The solver's bank, a second one as large as the model's, and the model's. */
    readonly exact: Given;
    readonly again: Given;
    readonly model: Given;
  };
}

const shown = 4;
/** Two rows of sensors, as shares of the sides. */
const places = [0.15, 0.4, 0.65, 0.9].flatMap((x) => [0.3, 0.75].map((y) => [x, y] as const));

/** A current enters on the right, and a sink draws some of it off the middle; no training has seen the condition. */
const conditionShown = (problem: Problem): Condition => ({
  ...referenceCondition(problem),
  boundary: boundaryConfigurations.indexOf("Dirichlet-Neumann"),
  l: 0.15 * problem.domain[0].length,
  load: 0.4,
  amplitude: 1.5,
  centre_x: 0.45,
  centre_y: 0.6,
});

export function planeModelStage(model: () => Promise<ScoreModel>): Stage<PlaneModelInput, PlaneModel> {
  return jsonStage({
    name: "plane-model",
    module: "lib/experiments/plane-model/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const condition = conditionShown(m.problem);
      const root = stream(input.seed).child("plane model");
      const banks = await drawnAt(m, condition, input, root, context);
      const evaluation = await evaluationStage(() => Promise.resolve(m)).run(input, context);
      const { solver, again, generated, truth } = banks;
      const shape = shapeOf(m.problem, input.problem.cells);
      return {
        evaluation,
        condition,
        cells: shape.grid.axes.map((axis) => axis.cells),
        one: { solver: drawn(solver), again: drawn(again), model: drawn(generated) },
        posterior: posterior(m.problem, condition, { solver, again, generated, truth, shape }, input, root),
      };
    },
  });
}

interface Banks {
  readonly solver: Fields;
  readonly again: Fields;
  readonly generated: Fields;
  readonly truth: Float64Array;
}

async function drawnAt(
  model: ScoreModel,
  condition: Condition,
  { evaluation, sampler, problem: { cells } }: PlaneModelInput,
  root: Stream,
  { signal }: StageContext,
): Promise<Banks> {
  const { problem } = model;
  const solve = async (name: string, count: number): Promise<Fields> => {
    const request = { problem, conditions: [condition], count, cells, stream: root.child(name), signal };
    return (await generateEnsemble(request)).fields;
  };
  const { method, steps } = sampler;
  const options = { method, steps };
  return {
    solver: await solve("solver", evaluation.reference),
    again: await solve("second solver", evaluation.generated),
    generated: await sampleFields(model, condition, evaluation.generated, root.child("model"), options),
    truth: (await solve("truth", 1)).values.slice(),
  };
}

function drawn(fields: Fields): Drawn {
  const { count, channels, cells, values } = fields;
  const size = channels * cells;
  const { mean, std } = meanAndSpread(fields);
  return {
    fields: Array.from({ length: shown }, (_, k) => [...values.subarray(k * size, k * size + cells)]),
    count,
    profile: { mean: [...mean], std: [...std] },
  };
}

/** What readings of the truth by eight sensors say of the field, by each bank. */
export function posterior(
  problem: Problem,
  condition: Condition,
  banks: Banks & { readonly shape: Shape },
  { noise, problem: { cells } }: Pick<PlaneModelInput, "noise" | "problem">,
  root: Stream,
): PlaneModel["posterior"] {
  const space = fieldSpace(problem, condition, cells);
  const { axes } = space.grid;
  const [{ name }] = space.channels;
  const at = places.map(([x, y]) => [x * axes[0].length, y * axes[1].length] as const);
  const size = space.channels.length * space.grid.cells;
  const eight = sensors(
    at.map(([x, y]) => atPlace(space, name, x, y)),
    noise,
    size,
  );
  const readings = simulatedReadings(eight, banks.truth, root.child("readings"));
  const given = ({ values }: Fields): Given => {
    const answer = bankAnswer({ fields: values, size }, readingsOf(eight, values), readings);
    return { ess: answer.ess, mean: [...answer.mean], std: [...answer.std] };
  };
  return {
    readings: at.map((place, j) => ({ place, value: readings.value[j] })),
    truth: [...banks.truth],
    exact: given(banks.solver),
    again: given(banks.again),
    model: given(banks.generated),
  };
}
