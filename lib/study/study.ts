/**
 * A study: one configuration and the chain of stages that follows from it. Notebooks, command line and tests all go
 * through here.
 *
 *   statistics (conditional Gaussian) -> model (training) -> evaluation at held-out conditions
 *                                              \-> mean bias            identifiability (needs no model)
 *
 * Every stage is computed once for its configuration and kept under data/; asking again reads it back.
 */
import * as path from "node:path";
import { conditionFeatures } from "../ensemble/conditions";
import { generateEnsemble } from "../ensemble/generate";
import type { Fields } from "../fields/fields";
import { exportFigure } from "../figures/export";
import type { Figure } from "../figures/spec";
import { unheeded } from "../model/sampler-settings";
import { sampleFields, type SampleOptions } from "../model/sample-fields";
import type { GaussianStatistics } from "../gaussian/conditional-gaussian";
import { stream, type Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";
import { currentProblemAs } from "../transport/problems";
import { Cache } from "../cache/cache";
import { type Configuration, configuration, type Overrides, overridesFromEnvironment } from "./configuration";
import { checkCombinations, checkWholeScore } from "./combinations";
import { exportTable, showFigure, showTable, type Table, type TableOptions } from "../notebook/display";
import { dataFolder, projectRoot } from "../cache/root";
import type { Artifact, Chain } from "../experiments/experiment";
import { type ExperimentName, type Options, registry, type Results } from "../experiments/registry";
import { training, whiteNoise } from "../experiments/training/index";
import { trainingData } from "../experiments/training-data/index";
import type { LogListener, TrainedScoreModel } from "../experiments/training/stage";
import { figuresFolder } from "./figures-folder";
import { say, StudyResults } from "./results";

/**
 * One configuration and what follows from it; each method gives a stage's result, read back where it was computed
 * before.
 */
export class Study {
  readonly problem: Problem;
  readonly root: string;
  private readonly results: StudyResults;
  private toldWhere = false;

  constructor(readonly configuration: Configuration) {
    this.problem = currentProblemAs(configuration.problem);
    this.root = projectRoot();
    const cache = new Cache(dataFolder(this.root), this.root);
    this.results = new StudyResults(cache, this.problem, configuration.problem, this.root);
  }

  /** The root stream of everything that a notebook draws itself; stages have their own children. */
  stream(name: string): Stream {
    return stream(this.configuration.seed).child("notebook").child(name);
  }

  /**
   * The result of an experiment, by the name of its folder in lib/experiments; `options`: which, where there are
   * several of one kind.
   */
  async result<N extends ExperimentName>(name: N, ...options: Options[N]): Promise<Results[N]> {
    return this.results.obtain(await registry[name].job(this.configuration, this.chain, ...options));
  }

  /** The conditional Gaussian: mean, spread and correlation of the fields as functions of the condition. */
  statistics(): Promise<GaussianStatistics> {
    return this.chain.statistics.value();
  }

  /** The trained score model. `listener` hears every entry of the training log as it is made. */
  model(listener?: LogListener): Promise<TrainedScoreModel> {
    return this.trained(this.configuration, listener).value();
  }

  /**
   * The model for white noise (network.noiseGrading 1): one network for every noise schedule and start law, which the
   * reverse-time samplers need. A network that learned the whole score is its own.
   */
  isotropicModel(listener?: LogListener): Promise<TrainedScoreModel> {
    return this.trained(whiteNoise(this.configuration), listener).value();
  }

  /** Where the trained model of this configuration is or would be. */
  modelFolder(): string {
    return this.folderOf(this.trained(this.configuration));
  }

  /**
   * The same of the model that the configured sampler draws from: the one for white noise, except for the mode flow.
   */
  samplingModelFolder(): string {
    return this.folderOf(this.trained(this.sampledConfiguration));
  }

  /** The configuration of that model. */
  get sampledConfiguration(): Configuration {
    const { configuration: c } = this;
    return c.sampler.method === "mode-flow" ? c : whiteNoise(c);
  }

  private folderOf(artifact: Artifact<unknown>): string {
    const { stage, hash } = artifact.key();
    return path.join(dataFolder(this.root), stage, hash);
  }

  /** A fresh solver ensemble at one condition, named so that it can be drawn again; not stored. */
  async solve(
    condition: Condition,
    count: number,
    name: string,
    options: { precision?: "double" | "single" } = {},
  ): Promise<Fields> {
    conditionFeatures(this.problem, condition);
    const { cells } = this.configuration.problem;
    const { fields } = await generateEnsemble({
      problem: this.problem,
      conditions: [condition],
      count,
      cells,
      stream: this.stream(name),
      ...options,
    });
    return fields;
  }

  /**
   * Fields of the trained model at one condition, named so that they can be drawn again; not stored. By the configured
   * sampler, with what `options` changes of it: method, start, steps. `fields.profile(i, "phi")` is one channel of one
   * field, `fields.shape.grid.axes[0].centres` is x.
   */
  async sample(
    condition: Condition,
    count: number,
    options: SampleOptions & { readonly name?: string } = {},
  ): Promise<Fields> {
    const { name = "sample", ...changes } = options;
    const { sampler, schedule } = this.configuration;
    const method = changes.method ?? sampler.method;
    const model = await (method === "mode-flow" ? this.model() : this.isotropicModel());
    // Steps that were configured for one method mean something else to another.
    const { steps, ...settings } = { ...schedule, ...sampler };
    const configured = method === sampler.method ? { ...settings, steps } : settings;
    const heeded = Object.entries(configured).filter(([key]) => !unheeded(method).includes(key));
    return sampleFields(model, condition, count, this.stream(name), {
      ...Object.fromEntries(heeded),
      ...changes,
      method,
    });
  }

  /**
   * Writes NAME.{svg,pdf,png,csv,vl.json}, to figures/ if this is the study of record and else where it says, and shows
   * the figure in a notebook.
   */
  async figure(figure: Figure): Promise<void> {
    await exportFigure(figure, this.exported());
    await showFigure(figure);
  }

  /**
   * Writes NAME.{csv,tex} to the same folder and shows the table in a notebook: rows of results or a danfojs DataFrame.
   */
  async table(name: string, table: Table, options: TableOptions = {}): Promise<void> {
    await exportTable(name, table, { ...options, ...this.exported() });
    showTable(table, options);
  }

  /** Where figures and tables go, and what they say about their making. */
  private exported(): { folder: string; run: string; configuration: Configuration } {
    const { preset, seed } = this.configuration;
    const { name, parameters, ranges, porosity } = this.configuration.problem;
    const own = JSON.stringify({ parameters, ranges, porosity }); // what is the problem's own is left out
    const { folder, ofRecord } = figuresFolder(this.root, this.configuration);
    if (!ofRecord && !this.toldWhere) say(`figures and tables go to ${path.relative(this.root, folder) || "."}`);
    this.toldWhere = true;
    return {
      folder,
      run: `preset ${preset}, seed ${seed}${own === "{}" ? "" : `, ${name} with ${own}`}`,
      configuration: this.configuration,
    };
  }

  private get chain(): Chain {
    const statistics = this.results.artifact(trainingData.job(this.configuration));
    return {
      statistics,
      model: this.trained(this.configuration),
      isotropicModel: this.trained(whiteNoise(this.configuration)),
      artifact: (job) => this.results.artifact(job),
    };
  }

  private trained(c: Configuration, listener?: LogListener): Artifact<TrainedScoreModel> {
    const statistics = this.results.artifact(trainingData.job(this.configuration));
    let loss = "";
    const heard: LogListener = (entry) => {
      loss = `loss ${entry.loss.toPrecision(4)}`; // said beside the progress, also where no curve can be drawn
      listener?.(entry);
    };
    const artifact = this.results.artifact(training.job(c, { statistics }, heard), () => loss);
    // Said where this very model is asked for: a chapter with a model of its own may heed what this one does not.
    return {
      key: () => {
        checkWholeScore(this.configuration);
        return artifact.key();
      },
      value: async () => {
        checkWholeScore(this.configuration);
        return artifact.value();
      },
    };
  }
}

/**
 * Opens a study: what differs from the preset, overridden by SGM_OVERRIDES and then by `outer`. @throws UserError for a
 * wrong key or value, and for values that exclude one another. A key that the study's own model cannot heed is refused
 * when that model is asked for.
 */
export function openStudy(overrides: Overrides = {}, outer: Overrides = {}): Study {
  const complete = configuration(overrides, overridesFromEnvironment(), outer);
  checkCombinations(complete);
  return new Study(complete);
}
