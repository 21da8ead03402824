/**
 * Errors of the fields that the ablation's networks generate, at conditions never seen: some inside the box, some just
 * outside. All contestants share the noise of the sampler and the solver's ensembles.
 */
import { conditionalError, type ConditionalError } from "../../diagnostics/conditional-error";
import { checked } from "../../diagnostics/field-sample";
import { createSampler, type Sampler } from "../../diffusion/sample";
import { variancePreserving } from "../../diffusion/schedule";
import { encodedCondition } from "../../ensemble/conditions";
import { generateEnsemble } from "../../ensemble/generate";
import { Fields } from "../../fields/fields";
import type { Shape } from "../../fields/shape";
import type { Normalisation } from "../../fields/units";
import { velocityScore } from "../../model/velocity-score";
import { stream, type Stream } from "../../random/stream";
import { axisOf, shapeOf } from "../../transport/domain";
import type { Condition, Problem } from "../../transport/problem";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import type { StageContext } from "../../cache/stage";
import { drawByRegime, drawOutside, regimesOf } from "./conditions";
import { ablationArchitecture, type ContestantName, contestants, networkOf } from "./contestants";
import type { AblationRun, ContestName } from "./models";
import type { AblationSettings } from "./settings";
import { networkUnits } from "./whole-score";

/** Steps that repay the compilation of the sampler. */
const compileFrom = 20;

/** Of one run; undefined where it diverged. */
export type Errors = { readonly inside: ConditionalError; readonly outside: ConditionalError } | undefined;

interface ErrorsInput extends Common {
  readonly experiment: ContestName;
  readonly ablation: AblationSettings;
}

interface Setting {
  readonly problem: Problem;
  readonly shape: Shape;
  readonly regimes: number;
  readonly units: Normalisation;
  /** Conditions of each regime: so many inside the box, and as many outside. */
  readonly each: number;
  readonly conditions: Record<"inside" | "outside", readonly Condition[]>;
  readonly reference: Record<"inside" | "outside", readonly Fields[]>;
  readonly noise: Stream;
}

/** Measures the runs of a contestant. */
export async function generatedErrors(
  input: ErrorsInput,
  context: StageContext,
): Promise<(contestant: ContestantName, runs: readonly AblationRun[]) => Promise<Errors[]>> {
  const setting = await settingOf(input, context.signal);
  return async (contestant, runs) => {
    const generator = generatorOf(contestant, setting, input);
    const { regimes, reference } = setting;
    const results: Errors[] = [];
    try {
      for (const [k, run] of runs.entries()) {
        if (run.networks.some(({ diverged }) => diverged)) {
          results.push(undefined);
          continue;
        }
        const inside: Fields[] = [];
        const outside: Fields[] = [];
        for (let r = 0; r < regimes; r++) {
          context.signal.throwIfAborted();
          context.progress(k * regimes + r, runs.length * regimes, `generating, ${contestant}`);
          const fields = await generator.draw(run, r, context.signal);
          inside.push(...fields.slice(0, setting.each));
          outside.push(...fields.slice(setting.each));
        }
        results.push({
          inside: conditionalError(inside, reference.inside),
          outside: conditionalError(outside, reference.outside),
        });
      }
    } finally {
      generator.dispose();
    }
    return results;
  };
}

async function settingOf(
  { seed, experiment, problem: settings, ablation }: ErrorsInput,
  signal: AbortSignal,
): Promise<Setting> {
  const problem = problemAs(settings);
  const { cells } = axisOf(problem, settings.cells);
  const shape = shapeOf(problem, cells);
  const regimes = regimesOf(problem).names.length;
  const models = stream(seed).child("ablation").child(experiment);
  const root = models.child("test");
  const each = Math.max(1, Math.round(ablation.testConditions / regimes));
  const conditions = {
    inside: drawByRegime(problem, each, root.child("inside")),
    outside: drawOutside(problem, each, ablation.outside, root.child("outside")),
  };
  const units = await networkUnits(problem, cells, models);
  const solver = async (where: "inside" | "outside"): Promise<Fields[]> => {
    const request = { problem, conditions: conditions[where], count: ablation.reference, cells, signal };
    const { fields } = await generateEnsemble({ ...request, stream: root.child("solver").child(where) });
    return fields.split(conditions[where].length);
  };
  const reference = { inside: await solver("inside"), outside: await solver("outside") };
  return { problem, shape, regimes, units, each, conditions, reference, noise: root.child("noise") };
}

interface Generator {
  /** A sample for each condition of a regime, the ones inside first. */
  draw(run: AblationRun, regime: number, signal: AbortSignal): Promise<Fields[]>;
  dispose(): void;
}

function generatorOf(contestant: ContestantName, setting: Setting, { ablation, schedule }: ErrorsInput): Generator {
  const { problem, shape, each, conditions, units } = setting;
  const [channels, { cells }] = [shape.channels.length, shape.grid];
  const rules = contestants[contestant];
  const sizes = { cells, channelsIn: channels, channelsOut: channels };
  const told = encodedCondition(problem, conditions.inside[0]).length;
  const architecture = ablationArchitecture(ablation, { ...sizes, conditions: told });
  const { network } = networkOf(rules, architecture, setting.regimes);
  const rows = 2 * each * ablation.generated;
  /** Of the conditions of a regime, each one's once a field. */
  const featuresOf = (r: number): Float32Array =>
    Float32Array.from(
      [conditions.inside, conditions.outside]
        .flatMap((list) => list.slice(r * each, (r + 1) * each))
        .flatMap((c) => Array<number[]>(ablation.generated).fill(encodedCondition(problem, c)).flat()),
    );
  let sampler: Sampler | undefined;
  return {
    dispose: () => sampler?.dispose(),
    async draw(run, r, signal) {
      const { theta } = run.networks[rules.perRegime ? r : 0];
      const score = velocityScore({ network, theta, channels, schedule }, featuresOf(r), rows);
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
        stream: setting.noise.child(run.seed).child(r),
        constants: score.constants,
        signal,
      });
      const fields = checked(new Fields(Float64Array.from(x.dataSync()), shape, "network").toSI(units));
      x.dispose();
      score.dispose();
      return fields.split(rows / ablation.generated);
    },
  };
}
