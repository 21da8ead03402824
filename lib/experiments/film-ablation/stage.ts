/**
 * Stage: what the networks of an ablation are worth, contestant by contestant and seed by seed: held-out loss, and for models of the whole
 * score the errors of the fields that they generate at conditions never seen, inside the box and just outside.
 *
 * Fields start as N(0, I) at the end of the forward process and follow the reverse SDE, one evaluation of the network a step. All contestants
 * share the noise of the sampler and the solver's ensembles.
 */
import { conditionalError, type ConditionalError } from "../../diagnostics/conditional-error";
import { type FieldSample, fieldSample } from "../../diagnostics/field-sample";
import { createSampler, type Sampler } from "../../diffusion/sample";
import { variancePreserving } from "../../diffusion/schedule";
import { generateEnsemble } from "../../ensemble/generate";
import type { Normalisation } from "../../fields/units";
import { toPhysicalUnits } from "../../model/score-model";
import { velocityScore } from "../../model/velocity-score";
import { stream } from "../../random/stream";
import type { TrainedReplica } from "../../training/replicas";
import { problemAs } from "../../transport/problems";
import type { Condition } from "../../transport/problem";
import type { AblationSettings } from "./settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage, StageContext } from "../../cache/stage";
import { encodedCondition } from "../../ensemble/conditions";
import { drawByRegime, drawOutside, regimesOf } from "./conditions";
import { ablationArchitecture, type ContestantName, contestants, networkOf } from "./contestants";
import { type AblationModels, type AblationModelsInput, type AblationRun, type ContestName } from "./models";
import { networkUnits } from "./whole-score";
import { axisOf } from "../../transport/domain";

export interface AblationMeasure extends Partial<ConditionalError> {
  readonly loss: number;
}

export interface AblationSeed {
  readonly seed: number;
  /** A diverged seed has no measures. */
  readonly inside?: AblationMeasure;
  readonly outside?: AblationMeasure;
}

export interface AblationContestant {
  readonly name: ContestantName;
  readonly networks: number;
  /** Of all its networks. */
  readonly parameters: number;
  readonly multiplications: number;
  readonly seeds: readonly AblationSeed[];
}

export interface FilmAblation {
  readonly experiment: ContestName;
  readonly contestants: readonly AblationContestant[];
}

export interface FilmAblationInput extends Omit<AblationModelsInput, "ablation"> {
  readonly ablation: AblationSettings;
}

export function filmAblationStage(
  experiment: ContestName,
  models: () => Promise<AblationModels>,
): Stage<FilmAblationInput, FilmAblation> {
  return jsonStage({
    name: "film-ablation",
    module: "lib/experiments/film-ablation/stage.ts",
    run: async (input, context) => {
      const { runs, costs } = await models();
      const measure = experiment === "preconditioned" ? undefined : await generation(input, context);
      const all: AblationContestant[] = [];
      for (const { contestant, ...cost } of costs) {
        const own = runs.filter((run) => run.contestant === contestant);
        const errors = await measure?.(contestant, own);
        const seeds = own.map(({ seed, loss, networks }, k): AblationSeed => {
          if (networks.some(({ diverged }) => diverged)) return { seed };
          const of = (where: "inside" | "outside"): AblationMeasure => ({ loss: loss[where], ...errors?.[k]?.[where] });
          return { seed, inside: of("inside"), outside: of("outside") };
        });
        all.push({ name: contestant, ...cost, seeds });
      }
      return { experiment, contestants: all };
    },
  });
}

/** Steps that repay the compilation of the sampler. */
const compileFrom = 20;

type Errors = { readonly inside: ConditionalError; readonly outside: ConditionalError } | undefined;

/** Measures the runs of a contestant by fields that it generates: undefined for a run that diverged. */
async function generation(
  { seed, experiment, problem: settings, schedule, ablation }: FilmAblationInput,
  context: StageContext,
): Promise<(contestant: ContestantName, runs: readonly AblationRun[]) => Promise<Errors[]>> {
  const p = problemAs(settings);
  const { cells } = axisOf(p, settings.cells);
  const regimes = regimesOf(p);
  const R = regimes.names.length;
  const channels = p.channels.length;
  const models = stream(seed).child("ablation").child(experiment);
  const units: Normalisation = await networkUnits(p, cells, models);
  const root = models.child("test");
  const each = Math.max(1, Math.round(ablation.testConditions / R));
  const conditions = {
    inside: drawByRegime(p, each, root.child("inside")),
    outside: drawOutside(p, each, ablation.outside, root.child("outside")),
  };
  const solver = async (where: "inside" | "outside"): Promise<FieldSample[]> => {
    const { fields } = await generateEnsemble({
      problem: p,
      conditions: conditions[where],
      count: ablation.reference,
      cells,
      stream: root.child("solver").child(where),
      signal: context.signal,
    });
    return cut(fields, ablation.reference, { channels, cells });
  };
  const reference = { inside: await solver("inside"), outside: await solver("outside") };

  /** The conditions of a regime, inside ones first, and each one's features once a field. */
  const conditionsOf = (r: number): Condition[] =>
    [conditions.inside, conditions.outside].flatMap((list) => list.slice(r * each, (r + 1) * each));
  const featuresOf = (r: number): Float32Array =>
    Float32Array.from(
      conditionsOf(r).flatMap((c) => Array<number[]>(ablation.generated).fill(encodedCondition(p, c)).flat()),
    );
  const rows = 2 * each * ablation.generated;
  const architecture = ablationArchitecture(ablation, {
    cells,
    channelsIn: channels,
    channelsOut: channels,
    conditions: encodedCondition(p, conditions.inside[0]).length,
  });

  return async (contestant, runs) => {
    const rules = contestants[contestant];
    const { network } = networkOf(rules, architecture, R);
    const scoreOf = ({ theta }: TrainedReplica, r: number) =>
      velocityScore({ network, theta, channels, schedule }, featuresOf(r), rows);
    let sampler: Sampler | undefined;
    const results: Errors[] = [];
    try {
      for (const [k, run] of runs.entries()) {
        if (run.networks.some(({ diverged }) => diverged)) {
          results.push(undefined);
          continue;
        }
        const generated = { inside: [] as FieldSample[], outside: [] as FieldSample[] };
        for (let r = 0; r < R; r++) {
          context.signal.throwIfAborted();
          context.progress(k * R + r, runs.length * R, `generating, ${contestant}`);
          const score = scoreOf(run.networks[rules.perRegime ? r : 0], r);
          sampler ??= createSampler({
            score,
            schedule: variancePreserving(schedule),
            dimension: channels * cells,
            method: "dpm-solver-sde",
            steps: ablation.samplerSteps,
            spacing: "log-ratio",
            batch: rows,
            mode: ablation.samplerSteps < compileFrom ? "eager" : "graph",
          });
          const x = await sampler.sample({
            start: { law: "standard normal" },
            count: rows,
            stream: root.child("noise").child(run.seed).child(r),
            constants: score.constants,
            signal: context.signal,
          });
          const fields = cut(toPhysicalUnits(x.dataSync(), units, cells), ablation.generated, { channels, cells });
          x.dispose();
          score.dispose();
          generated.inside.push(...fields.slice(0, each));
          generated.outside.push(...fields.slice(each));
        }
        results.push({
          inside: conditionalError(generated.inside, reference.inside),
          outside: conditionalError(generated.outside, reference.outside),
        });
      }
    } finally {
      sampler?.dispose();
    }
    return results;
  };
}

/** Fields [conditions, count, channels, cells] as one sample a condition. */
function cut(values: Float64Array, count: number, shape: { channels: number; cells: number }): FieldSample[] {
  const size = count * shape.channels * shape.cells;
  return Array.from({ length: values.length / size }, (_, k) =>
    fieldSample(values.slice(k * size, (k + 1) * size), shape),
  );
}
