/**
 * Stage: the trained networks of one experiment of the ablation, every contestant from several seeds. Finished
 * trainings are kept in the stage's work folder, so that an interrupted stage goes on with the next one.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { GaussianStatistics } from "../../gaussian/conditional-gaussian";
import { tf } from "../../graph/tensorflow";
import type { Cost } from "../../network/equal-share";
import { stream, type Stream } from "../../random/stream";
import { readSafetensors, writeSafetensors } from "../../storage/safetensors";
import type { Objective } from "../../training/objective";
import type { OptimiserOptions } from "../../training/optimiser";
import { meanLoss, replicaTrainer, type TrainedReplica } from "../../training/replicas";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import type { Stage, StageContext } from "../../cache/stage";
import { type ContestantName, contestants, networkOf } from "./contestants";
import type { AblationTraining, Contest, ContestOptions } from "./contest";
import { preconditioned } from "./preconditioned";
import type { AblationSettings } from "./settings";
import { wholeScore } from "./whole-score";
import { axisOf } from "../../transport/domain";

export type ContestName = "whole score" | "preconditioned" | "boundary configurations";

export const entrants: Record<ContestName, readonly ContestantName[]> = {
  "whole score": Object.keys(contestants) as ContestantName[],
  preconditioned: ["no conditioning", "condition as channels", "condition, level as channels", "FiLM"],
  "boundary configurations": [
    "no conditioning",
    "condition as channels",
    "condition, level as channels",
    "FiLM",
    "a FiLM model a regime",
  ],
};

export interface AblationModelsInput extends Common {
  readonly experiment: ContestName;
  readonly ablation: AblationTraining;
}

/** What the models depend on: not how they are measured. */
export function trainingPart(a: AblationSettings): AblationTraining {
  const { seeds, width, hidden, modes, steps, batch, learningRate } = a;
  const { conditions, porosities, heldOutConditions, outside } = a;
  return {
    seeds,
    width,
    hidden,
    modes,
    steps,
    batch,
    learningRate,
    conditions,
    porosities,
    heldOutConditions,
    outside,
  };
}

/** One contestant from one seed. */
export interface AblationRun {
  readonly contestant: ContestantName;
  readonly seed: number;
  /** One network, or one a regime. */
  readonly networks: readonly TrainedReplica[];
  /** Held-out loss, regimes alike; NaN where a network diverged. */
  readonly loss: { readonly inside: number; readonly outside: number };
}

export interface AblationModels {
  readonly runs: readonly AblationRun[];
  readonly costs: readonly (Cost & { readonly contestant: ContestantName; readonly networks: number })[];
}

const heldOutBatches = 4;

export function ablationModelsStage(
  statistics: () => Promise<GaussianStatistics>,
): Stage<AblationModelsInput, AblationModels> {
  return {
    name: "ablation-models",
    module: "lib/experiments/film-ablation/models.ts",
    run: async (input, context) => {
      const options = {
        settings: input.ablation,
        root: stream(input.seed).child("ablation").child(input.experiment),
        signal: context.signal,
        onProgress: (done: number, total: number) => context.progress(done, total, "solving"),
      };
      const made = await contestOf(input, statistics, options);
      return trainAll(input, made, options, context);
    },
    save: (models, folder) => writeRuns(path.join(folder, file), models),
    load: (folder) => readRuns(path.join(folder, file)),
  };
}

async function contestOf(
  { experiment, problem: settings, schedule }: Pick<AblationModelsInput, "experiment" | "problem" | "schedule">,
  statistics: () => Promise<GaussianStatistics>,
  options: ContestOptions,
): Promise<Contest> {
  const p = problemAs(settings);
  if (experiment === "preconditioned") return preconditioned(p, await statistics(), options);
  return wholeScore(p, axisOf(p, settings.cells).cells, schedule, options);
}

async function trainAll(
  { experiment, ablation }: AblationModelsInput,
  made: Contest,
  { root }: ContestOptions,
  context: StageContext,
): Promise<AblationModels> {
  const { seeds, steps } = ablation;
  const partial = path.join(context.folder, file);
  const before = (await exists(partial)) ? await readRuns(partial) : { runs: [], costs: [] };
  const runs: AblationRun[] = [];
  const costs: AblationModels["costs"][number][] = [];
  const names = entrants[experiment];
  for (const [index, contestant] of names.entries()) {
    const { cost, count } = networkOf(contestants[contestant], made.architecture, made.regimes.length);
    costs.push({ ...cost, contestant, networks: count });
    const known = before.runs.filter((run) => run.contestant === contestant);
    if (known.length === seeds) {
      runs.push(...known);
      continue;
    }
    const progress = (done: number): void =>
      context.progress(
        Math.round((index * seeds + done) * steps),
        names.length * seeds * steps,
        `training, ${contestant}`,
      );
    for await (const run of trainContestant(contestant, known, ablation, {
      made,
      root,
      signal: context.signal,
      progress,
    })) {
      runs.push(run);
      if (known.includes(run)) continue;
      await writeRuns(partial, { runs: [...runs, ...before.runs.filter((done) => !runs.includes(done))], costs });
    }
  }
  return { runs, costs };
}

/** A contestant's runs seed by seed: those that are known as they are, the others trained. `progress` counts seeds. */
async function* trainContestant(
  contestant: ContestantName,
  known: readonly AblationRun[],
  ablation: AblationTraining,
  o: { made: Contest; root: Stream; signal: AbortSignal; progress: (done: number) => void },
): AsyncGenerator<AblationRun> {
  const { made, root } = o;
  const R = made.regimes.length;
  const rules = contestants[contestant];
  const { network } = networkOf(rules, made.architecture, R);
  const regimes = rules.perRegime ? made.regimes.map((_, r) => r) : [undefined];
  const objectives = regimes.map((r) => made.objective(network, "training", r));
  const heldOut = (["inside", "outside"] as const).map((data) =>
    made.regimes.map((_, r) => made.objective(network, data, R > 1 ? r : undefined)),
  );
  const trainer = replicaTrainer(objectives[0], optimiserOf(ablation));
  try {
    for (let seed = 0; seed < ablation.seeds; seed++) {
      const done = known.find((run) => run.seed === seed);
      if (done) {
        yield done;
        continue;
      }
      const networks: TrainedReplica[] = [];
      // The null is one of pairing alone: the same fields, draws and initial parameters as FiLM's.
      const shuffled = rules.shuffled ? made.shuffledFeatures?.(root.child("shuffled").child(seed)) : undefined;
      for (const [r, objective] of objectives.entries()) {
        const own = root.child("network").child(seed);
        const trained = await trainer.train({
          number: rules.perRegime ? seed * R + r : seed,
          stream: rules.perRegime ? own.child(r) : own,
          constants: shuffled ? { ...objective.constants, features: shuffled } : objective.constants,
          signal: o.signal,
          onProgress: (step) => o.progress(seed + (r + step / ablation.steps) / objectives.length),
        });
        networks.push(trained);
      }
      shuffled?.dispose();
      const [inside, outside] = heldOut.map((data) => lossOver(data, networks));
      yield { contestant, seed, networks, loss: { inside, outside } };
    }
  } finally {
    trainer.dispose();
    tf.dispose([...objectives, ...heldOut.flat()].map(({ constants }) => constants));
  }
}

const optimiserOf = ({ steps, learningRate }: AblationTraining): OptimiserOptions => ({
  steps,
  learningRate,
  orthogonalRate: 0,
  warmUp: Math.ceil(steps / 20),
  finalFraction: 0.02,
  clip: 1,
  average: 0.99,
  betas: [0.9, 0.99],
});

/** Mean held-out loss over the regimes, each with its own network where there are several; NaN where one diverged. */
function lossOver(regimes: readonly Objective[], networks: readonly TrainedReplica[]): number {
  const of = (objective: Objective, r: number): number => {
    const { theta, diverged } = networks[networks.length > 1 ? r : 0];
    return diverged ? NaN : meanLoss(objective, theta, heldOutBatches);
  };
  return regimes.reduce((sum, objective, r) => sum + of(objective, r) / regimes.length, 0);
}

const file = "networks.safetensors";

async function exists(name: string): Promise<boolean> {
  return fs.access(name).then(
    () => true,
    () => false, // nothing to resume
  );
}

function writeRuns(name: string, { runs, costs }: AblationModels): Promise<void> {
  const key = ({ contestant, seed }: AblationRun, part: number): string => `${contestant}, seed ${seed}, ${part}`;
  const tensors = Object.fromEntries(
    runs.flatMap((run) =>
      run.networks.map(({ theta }, part) => [
        key(run, part),
        { dtype: "float32" as const, shape: [theta.length], data: theta },
      ]),
    ),
  );
  const described = runs.map(({ contestant, seed, networks, loss }) => ({
    contestant,
    seed,
    loss: [loss.inside, loss.outside].map((x) => (Number.isFinite(x) ? x : null)),
    networks: networks.map(({ losses, diverged }) => ({
      losses: losses.map((x) => (Number.isFinite(x) ? x : null)),
      diverged,
    })),
  }));
  return writeSafetensors(name, tensors, { runs: JSON.stringify(described), costs: JSON.stringify(costs) });
}

async function readRuns(name: string): Promise<AblationModels> {
  const { tensors, metadata } = await readSafetensors(name);
  type Described = {
    contestant: ContestantName;
    seed: number;
    loss: (number | null)[];
    networks: { losses: (number | null)[]; diverged: boolean }[];
  };
  const number = (x: number | null): number => x ?? NaN;
  const runs = (JSON.parse(metadata.runs) as Described[]).map(({ contestant, seed, loss, networks }) => ({
    contestant,
    seed,
    loss: { inside: number(loss[0]), outside: number(loss[1]) },
    networks: networks.map(({ losses, diverged }, part) => ({
      theta: tensors[`${contestant}, seed ${seed}, ${part}`].data as Float32Array,
      losses: losses.map(number),
      diverged,
    })),
  }));
  return { runs, costs: JSON.parse(metadata.costs) as AblationModels["costs"] };
}
