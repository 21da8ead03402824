/**
 * A study: one configuration and the chain of stages that follows from it. Notebooks, command line and tests all go through here.
 *
 *   statistics (conditional Gaussian) -> model (training) -> evaluation at held-out conditions
 *                                              \-> mean bias            identifiability (needs no model)
 *
 * Every stage is computed once for its configuration and kept under data/; asking again reads it back.
 */
import * as path from "node:path";
import { conditionFeatures } from "../ensemble/conditions";
import { generateEnsemble } from "../ensemble/generate";
import { type FieldSample, fieldSample } from "../diagnostics/field-sample";
import { exportFigure } from "../figures/export";
import type { Figure } from "../figures/spec";
import type { GaussianStatistics } from "../gaussian/conditional-gaussian";
import type { ScoreModel } from "../model/score-model";
import { stream, type Stream } from "../random/stream";
import type { LogEntry } from "../training/train";
import type { Condition, Problem } from "../transport/problem";
import { UserError } from "../errors/user-error";
import { currentProblem, ownSource, problem } from "../transport/problems";
import { Cache } from "../cache/cache";
import { type Configuration, configuration, type Overrides, overridesFromEnvironment } from "./configuration";
import {
  duration,
  exportTable,
  progress,
  type Progress,
  showFigure,
  showTable,
  type Table,
  type TableOptions,
} from "../notebook/display";
import { kernelDisplay } from "../notebook/kernel";
import { dataFolder, projectRoot } from "../cache/root";
import type { Key, Stage } from "../cache/stage";
import { ablationModelsStage, type ExperimentName, trainingSettings } from "../experiments/film-ablation/models";
import { type FilmAblation, filmAblationStage } from "../experiments/film-ablation/stage";
import { type Evaluation, evaluationStage } from "../experiments/sampling/stage";
import { type IdentifiabilityResult, identifiabilityStage } from "../experiments/identifiability/stage";
import { type BiasBudget, biasBudgetStage } from "../experiments/bias-budget/stage";
import { type Confounder, confounderStage } from "../experiments/confounder/stage";
import { type FloorSpectra, floorSpectraStage } from "../experiments/floor-spectra/stage";
import { type ManifoldResult, manifoldStage } from "../experiments/manifold/stage";
import { type MeanBias, meanBiasStage } from "../experiments/mean-bias/stage";
import { isPlain, type LogListener, modelInput, modelStage } from "../experiments/training/stage";
import { type PosteriorResult, posteriorStage } from "../experiments/posterior/stage";
import { statisticsStage } from "../experiments/training-data/stage";
import { type WorkPrecision, workPrecisionStage } from "../experiments/work-precision/stage";
import { assembleModel } from "./stored-model";

/** A trained score model with the log of its training. */
export interface TrainedStudyModel extends ScoreModel {
  readonly log: readonly LogEntry[];
}

/** The smallest preset is for tests: it must not replace the figures of record. */
const smokeFigures = ".cache/figures";

/** Modes that the model for white noise has at most. */
const whiteNoiseModes = 32;

/** One configuration and what follows from it; each method gives a stage's result, read back where it was computed before. */
export class Study {
  readonly problem: Problem;
  readonly root: string;
  private readonly cache: Cache;
  private readonly done = new Map<string, Promise<unknown>>();

  constructor(readonly configuration: Configuration) {
    this.problem = currentProblem(configuration.problem.name);
    this.root = projectRoot();
    this.cache = new Cache(dataFolder(this.root), this.root);
  }

  /** The root stream of everything that a notebook draws itself; stages have their own children. */
  stream(name: string): Stream {
    return stream(this.configuration.seed).child("notebook").child(name);
  }

  /** The conditional Gaussian: mean, spread and correlation of the fields as functions of the condition. */
  statistics(): Promise<GaussianStatistics> {
    const { seed, problem: p, statistics } = this.configuration;
    return this.obtain(statisticsStage, { seed, problem: p, statistics });
  }

  /** The trained score model. `listener` hears every entry of the training log as it is made. */
  model(listener?: LogListener): Promise<TrainedStudyModel> {
    return this.trainedWith(this.configuration, listener);
  }

  /**
   * The model for white noise (network.noiseGrading 1): one network for every noise schedule and start law, which the reverse-time samplers
   * need. A network that learned the whole score is its own.
   */
  isotropicModel(listener?: LogListener): Promise<TrainedStudyModel> {
    return this.trainedWith(this.isotropic, listener);
  }

  private get isotropic(): Configuration {
    const c = this.configuration;
    // White noise covers the modes beyond, while the others are learned.
    const modes = Math.min(c.network.modes, whiteNoiseModes);
    return isPlain(c) ? c : { ...c, network: { ...c.network, noiseGrading: 1, modes } };
  }

  private async trainedWith(c: Configuration, listener?: LogListener): Promise<TrainedStudyModel> {
    const input = modelInput(c);
    let loss = "";
    const heard: LogListener = (entry) => {
      loss = `loss ${entry.loss.toPrecision(4)}`; // said beside the progress, also where no curve can be drawn
      listener?.(entry);
    };
    const stage = modelStage(() => this.statistics(), heard);
    const trained = await this.obtain(stage, input, [this.statisticsKey()], () => loss);
    const statistics = await this.statistics();
    return { ...assembleModel(c, statistics, trained), log: trained.log };
  }

  /** Where the trained model of this configuration is or would be, relative to the project. */
  modelFolder(): string {
    const { stage, hash } = this.modelKey(this.configuration);
    return path.posix.join("data", stage, hash);
  }

  /** Generated against solver ensembles at conditions held out from training. */
  evaluation(): Promise<Evaluation> {
    const { seed, problem: p, evaluation, sampler } = this.configuration;
    const input = { seed, problem: p, evaluation, sampler };
    if (isPlain(this.configuration) && sampler.method === "mode-flow") {
      return Promise.reject(
        new UserError(
          'sampler.method: "mode-flow" needs network.preconditioning "conditional gaussian", got "none". ' +
            "Remedy: another method, for instance sampler.method=reverse-sde-heun sampler.steps=200.",
        ),
      );
    }
    return this.obtain(
      evaluationStage(() => this.model()),
      input,
      [this.modelKey(this.configuration)],
    );
  }

  /** The mean-bias experiments at the published condition. */
  meanBias(): Promise<MeanBias> {
    const { seed, problem: p, meanBias, schedule } = this.configuration;
    return this.obtain(
      meanBiasStage(() => this.isotropicModel()),
      { seed, problem: p, meanBias, schedule },
      [this.modelKey(this.isotropic)],
    );
  }

  /** Each cause of the bias switched alone. */
  biasBudget(): Promise<BiasBudget> {
    const { seed, problem: p, meanBias, schedule } = this.configuration;
    return this.obtain(
      biasBudgetStage(() => this.isotropicModel()),
      { seed, problem: p, meanBias, schedule },
      [this.modelKey(this.isotropic)],
    );
  }

  /** Error against network evaluations for every sampler at the published condition. */
  workPrecision(): Promise<WorkPrecision> {
    const { seed, problem: p, network, schedule, workPrecision } = this.isotropic;
    return this.obtain(
      workPrecisionStage(() => this.isotropicModel()),
      { seed, problem: p, network, schedule, workPrecision },
      [this.modelKey(this.isotropic)],
    );
  }

  /** Models that are told more and more about the porosity; needs no network. */
  async confounder(): Promise<Confounder> {
    const { seed, problem: p, confounder, schedule } = this.configuration;
    const { normalisation } = await this.statistics();
    return this.obtain(confounderStage, { seed, problem: p, confounder, schedule, normalisation });
  }

  /** The original's sampler at the configured schedule with the exact score, with and without its last step; needs no network. */
  async floorSpectra(): Promise<FloorSpectra> {
    const { seed, problem: p, floorSpectra, schedule } = this.configuration;
    const { normalisation } = await this.statistics();
    return this.obtain(floorSpectraStage, { seed, problem: p, floorSpectra, schedule, normalisation });
  }

  identifiability(): Promise<readonly IdentifiabilityResult[]> {
    const { seed, problem: p, identifiability } = this.configuration;
    return this.obtain(identifiabilityStage, { seed, problem: p, identifiability });
  }

  /** One experiment of the ablation: contestants of equal cost that are told their condition in different ways, several trainings of each. */
  filmAblation(experiment: ExperimentName): Promise<FilmAblation> {
    const { seed, problem: own, schedule, ablation } = this.configuration;
    const p = experiment === "boundary configurations" ? { ...own, name: "conduction" as const } : own;
    const common = { seed, experiment, problem: p, schedule };
    const models = ablationModelsStage(() => this.statistics());
    const input = { ...common, ablation: trainingSettings(ablation) };
    const upstream = experiment === "preconditioned" ? [this.statisticsKey()] : [];
    return this.obtain(
      filmAblationStage(experiment, () => this.obtain(models, input, upstream)),
      { ...common, ablation },
      [this.cache.keyOf(models, input, upstream)],
    );
  }

  /** The linearised posterior of the porosity against one that is sampled on the true map. */
  posterior(): Promise<readonly PosteriorResult[]> {
    const { seed, problem: p, identifiability } = this.configuration;
    return this.obtain(posteriorStage, { seed, problem: p, identifiability });
  }

  /** How far from solving the equations fields are: the solver's, the model's and the conditional Gaussian's. */
  manifold(): Promise<ManifoldResult> {
    const { seed, problem: p, sampler, schedule, manifold } = this.configuration;
    return this.obtain(
      manifoldStage(() => this.model()),
      { seed, problem: p, sampler, schedule, manifold },
      [this.modelKey(this.configuration)],
    );
  }

  /** A fresh solver ensemble at one condition, named so that it can be drawn again; not stored. */
  async solve(
    condition: Condition,
    count: number,
    name: string,
    options: { precision?: "double" | "single" } = {},
  ): Promise<FieldSample> {
    conditionFeatures(this.problem, condition);
    const cells = this.configuration.problem.cells;
    const { fields } = await generateEnsemble({
      problem: this.problem,
      conditions: [condition],
      count,
      cells,
      stream: this.stream(name),
      ...options,
    });
    return fieldSample(fields, { channels: this.problem.channels.length, cells });
  }

  /** Writes figures/NAME.{svg,pdf,png,csv,vl.json} and shows the figure in a notebook. */
  async figure(figure: Figure): Promise<void> {
    await exportFigure(figure, this.exported());
    await showFigure(figure);
  }

  /** Writes figures/NAME.{csv,tex} and shows the table in a notebook: rows of results or a danfojs DataFrame. */
  async table(name: string, table: Table, options: TableOptions = {}): Promise<void> {
    await exportTable(name, table, { ...options, ...this.exported() });
    showTable(table, options);
  }

  /** Where figures and tables go, and what they say about their making. */
  private exported(): { folder: string; run: string; configuration: Configuration } {
    const { preset, seed } = this.configuration;
    return {
      folder: process.env.SGM_FIGURES ?? path.join(this.root, preset === "smoke" ? smokeFigures : "figures"),
      run: `preset ${preset}, seed ${seed}`,
      configuration: this.configuration,
    };
  }

  private statisticsKey(): Key {
    const { seed, problem: p, statistics } = this.configuration;
    return this.cache.keyOf(this.withOwnSource(statisticsStage), { seed, problem: p, statistics }, []);
  }

  private modelKey(c: Configuration): Key {
    const input = modelInput(c);
    const stage = modelStage(() => this.statistics());
    return this.cache.keyOf(this.withOwnSource(stage), input, [this.statisticsKey()]);
  }

  /** A problem from a file of the user's: results depend on that file too, and no stage may find another version of it than this study. */
  private withOwnSource<I, A>(stage: Stage<I, A>): Stage<I, A> {
    const file = ownSource(this.problem);
    if (file === undefined) return stage;
    const { name } = this.configuration.problem;
    if (problem(name) !== this.problem) {
      throw new UserError(`${name} was changed and opened by another study. Remedy: open this study again.`);
    }
    const source = path.relative(this.root, path.resolve(file)).split(path.sep).join("/");
    if (source.startsWith("..")) {
      throw new UserError(`${name} lies outside the project's folder. Remedy: put the file inside, anywhere.`);
    }
    return { ...stage, brought: [source] };
  }

  /** From memory, from data/, or computed with a progress bar; one line says which and why. */
  private obtain<I, A>(
    plain: Stage<I, A>,
    input: I,
    upstream: readonly Key[] = [],
    detail: () => string = () => "",
  ): Promise<A> {
    const stage = this.withOwnSource(plain);
    const { hash } = this.cache.keyOf(stage, input, upstream);
    const id = `${stage.name}/${hash}`;
    const known = this.done.get(id) as Promise<A> | undefined;
    if (known) return known;
    let bar: Progress | undefined; // none for what is only read back
    let phase = 0;
    /** A stage tells what it begins; that the last of it is done shows only afterwards. */
    const complete = (): void => {
      bar?.update(phase, phase, detail());
      bar?.finish();
      bar = undefined;
    };
    const result = this.cache
      .obtain(stage, input, upstream, {
        onProgress: (done, total, extra) => {
          if (total !== phase) complete(); // another phase counts other things: its rate and time left are its own
          phase = total;
          const facts = [extra, detail()].filter(Boolean).join(" · ");
          (bar ??= progress(stage.name)).update(done, total, facts);
        },
        onNotice: say,
      })
      .then(
        ({ artifact, reused, reason, seconds }) => {
          complete();
          say(`${stage.name}: ${reused ? "reused" : `computed in ${duration(seconds)} (${reason})`}`);
          return artifact;
        },
        (error: unknown) => {
          this.done.delete(id); // a later call tries again, from the checkpoint where there is one
          bar?.finish("not finished");
          throw error;
        },
      );
    this.done.set(id, result);
    return result;
  }
}

/** One line for the reader: under the cell in a notebook, on stderr elsewhere, since a command's stdout carries results only. */
function say(line: string): void {
  (kernelDisplay() ? process.stdout : process.stderr).write(`${line}\n`);
}

/** Opens a study: what differs from the preset, overridden by SGM_OVERRIDES and then by `outer`. */
export function openStudy(overrides: Overrides = {}, outer: Overrides = {}): Study {
  return new Study(configuration(overrides, overridesFromEnvironment(), outer));
}
