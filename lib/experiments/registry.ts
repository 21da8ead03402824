/**
 * The experiments of the study, each a folder of its own and one line here; what they are made of stands in
 * experiment.ts.
 */
import { boundaryConfigurations } from "./boundary-configurations/index";
import { boundaryContest } from "./boundary-contest/index";
import { biasBudget } from "./bias-budget/index";
import { confounder } from "./confounder/index";
import { problemSettings, scheduleSettings, seedSettings } from "./common-settings";
import type { Experiment, Job } from "./experiment";
import type { Infer } from "./schema";
import { fewEvaluations } from "./few-evaluations/index";
import { filmAblation } from "./film-ablation/index";
import { floorSpectra } from "./floor-spectra/index";
import { identifiability } from "./identifiability/index";
import { manifold } from "./manifold/index";
import { meanBias } from "./mean-bias/index";
import { measurements } from "./measurements/index";
import { planeModel } from "./plane-model/index";
import { posterior } from "./posterior/index";
import { sampling } from "./sampling/index";
import { training } from "./training/index";
import { trainingData } from "./training-data/index";
import { twoDimensions } from "./two-dimensions/index";
import { workPrecision } from "./work-precision/index";

const entries = {
  "training-data": trainingData,
  training,
  sampling,
  "mean-bias": meanBias,
  confounder,
  "bias-budget": biasBudget,
  "floor-spectra": floorSpectra,
  identifiability,
  posterior,
  manifold,
  "film-ablation": filmAblation,
  "work-precision": workPrecision,
  "few-evaluations": fewEvaluations,
  "boundary-configurations": boundaryConfigurations,
  "boundary-contest": boundaryContest,
  "two-dimensions": twoDimensions,
  "plane-model": planeModel,
  measurements,
};

type Entries = typeof entries;
/** Names of experiments: of their folders. */
export type ExperimentName = keyof Entries;

/** What an experiment results in. */
export type Results = {
  [N in ExperimentName]: Awaited<ReturnType<Entries[N]["job"]>> extends Job<infer A> ? A : never;
};
/** What is said of it beside the configuration. */
export type Options = {
  [N in ExperimentName]: Parameters<Entries[N]["job"]> extends readonly [unknown, unknown, ...infer O] ? O : [];
};

const ofAll = [seedSettings, problemSettings, scheduleSettings] as const;
type AllSettings = (typeof ofAll)[number] | Entries[ExperimentName]["settings"][number];

/** All that a configuration consists of beside the name of its preset, by key. */
export type Schemas = { [S in AllSettings as S["key"]]: S["schema"] };
export const allSettings: readonly AllSettings[] = [
  ...ofAll,
  ...Object.values(entries).flatMap((entry): readonly AllSettings[] => entry.settings),
];
/** A configuration without the name of its preset. */
export type Values = { [K in keyof Schemas]: Infer<Schemas[K]> };

export const registry: { readonly [N in ExperimentName]: Experiment<Values, Results[N], Options[N]> } = entries;
