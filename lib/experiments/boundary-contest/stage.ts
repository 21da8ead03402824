/**
 * Stage: the fields of the rivals against the solver's at held-out conditions of every pair. All start from the same
 * normals and share the solver's ensembles, so that their differences are known better than their errors.
 */
import { controlledMoments } from "../../diagnostics/control-variates";
import { energyDistanceFrom } from "../../diagnostics/energy-distance";
import { fieldSample } from "../../diagnostics/field-sample";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import type { Fields } from "../../fields/fields";
import { modeSampler } from "../../model/mode-flow";
import { atCondition, generateFields, modesOf, type ScoreModel } from "../../model/score-model";
import { mean } from "../../numerics/statistics";
import { stream, type Stream } from "../../random/stream";
import { gridOf } from "../../transport/domain";
import type { Condition } from "../../transport/problem";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import type { Drawn } from "../sampling/contenders";
import { momentsTo } from "../sampling/fidelity";
import { solverSample } from "../sampling/solver-sample";

export const contestants = ["film", "channels", "each", "gaussian", "solver"] as const;
export type Contestant = (typeof contestants)[number];

export interface Rivals {
  /** One model for all pairs, the condition told by FiLM; the same, told as channels. */
  readonly film: () => Promise<ScoreModel>;
  readonly channels: () => Promise<ScoreModel>;
  /** The model of one pair, by the value of the condition. */
  readonly each: (boundary: number) => Promise<ScoreModel>;
}

/** Of one contestant at one condition, against the solver. */
export interface Errors {
  /** |bias|^2 / |std|^2 less its sampling noise, and the standard deviation that it has without bias. */
  readonly squaredBias: number;
  readonly squaredBiasError: number;
  readonly stdRatio: number;
  /** Energy distance in units of its standard deviation under equal laws. */
  readonly energyZ: number;
}

export interface BoundaryContest {
  readonly conditions: readonly {
    readonly condition: Condition;
    readonly errors: Readonly<Record<Contestant, Errors>>;
  }[];
}

export interface ContestInput extends Pick<Common, "seed" | "problem"> {
  /** Of the mode flow. */
  readonly levels: number;
  readonly generated: number;
  readonly reference: number;
  readonly at: readonly Condition[];
}

export function contestStage(rivals: Rivals): Stage<ContestInput, BoundaryContest> {
  return jsonStage({
    name: "boundary-contest",
    module: "lib/experiments/boundary-contest/stage.ts",
    run: async (input, { progress, signal }) => {
      const root = stream(input.seed).child("boundary contest");
      const conditions: BoundaryContest["conditions"][number][] = [];
      for (const [index, condition] of input.at.entries()) {
        signal.throwIfAborted();
        progress(index, input.at.length, "held-out conditions");
        conditions.push({ condition, errors: await errorsAt(condition, rivals, input, root.child(index), signal) });
      }
      progress(input.at.length, input.at.length);
      return { conditions };
    },
  });
}

async function errorsAt(
  condition: Condition,
  rivals: Rivals,
  { generated, reference, levels, problem: settings }: ContestInput,
  own: Stream,
  signal: AbortSignal,
): Promise<Record<Contestant, Errors>> {
  const problem = problemAs(settings);
  const { cells } = settings;
  const shape = { channels: problem.channels.length, cells: gridOf(problem, cells).cells };
  const solver = { problem, cells, signal };
  const known = await solverSample(solver, condition, reference, own.child("reference"));
  const errorsOf = errorsTo(fieldSample(known.fields, shape), known.start, own.child("energy"));
  const errors = ({ fields, start }: Drawn): Errors => errorsOf(fieldSample(fields, shape), start);
  const drawn = async (model: ScoreModel): Promise<Errors> =>
    errors(await fieldsOf(model, condition, { count: generated, levels, stream: own.child("network"), signal }));
  const film = await rivals.film();
  const gaussian = generateFields(film, atCondition(film, condition), generated, own.child("gaussian"), { signal });
  return {
    film: await drawn(film),
    channels: await drawn(await rivals.channels()),
    each: await drawn(await rivals.each(condition.boundary)),
    gaussian: errors({ fields: await gaussian }),
    solver: errors(await solverSample(solver, condition, generated, own.child("second ensemble"))),
  };
}

/** Errors against one reference, averaged over the channels. */
function errorsTo(
  reference: Fields,
  start: Float32Array,
  s: Stream,
): (fields: Fields, start: Float32Array | undefined) => Errors {
  const momentsOf = momentsTo(reference, controlledMoments(reference, start));
  const energyOf = energyDistanceFrom(reference, { stream: s, splits: 1 });
  return (fields, from) => {
    const found = momentsOf(fields, from);
    return {
      squaredBias: mean(found.map((m) => m.squaredBias)),
      squaredBiasError: Math.hypot(...found.map((m) => m.squaredBiasError)) / found.length,
      stdRatio: mean(found.map((m) => m.stdRatio)),
      energyZ: energyOf(fields).z,
    };
  };
}

/** Fields by the mode flow, and the normals that they start from. */
async function fieldsOf(
  model: ScoreModel,
  condition: Condition,
  { count, levels, stream: s, signal }: { count: number; levels: number; stream: Stream; signal: AbortSignal },
): Promise<Required<Drawn>> {
  const trained = modesOf(model, "boundary contest");
  const sampler = modeSampler(trained, { levels });
  try {
    const fields = await generateFields(model, atCondition(model, condition), count, s, { sampler, signal });
    return { fields, start: Float32Array.from(s.child("start").normals(count * trained.modes)) };
  } finally {
    sampler.dispose();
  }
}
