/**
 * The model that a command works with: the one of the configuration, as `train` makes it, or the one that --model
 * names. What was used is said in one line on standard error, and a key of --set that changes neither the model nor its
 * sampling is refused.
 */
import * as path from "node:path";
import { manifestsOf, readManifest } from "../cache/manifest";
import { dataFolder } from "../cache/root";
import { UserError } from "../errors/user-error";
import type { SamplerSettings } from "../model/sampler-settings";
import type { ScoreModel } from "../model/score-model";
import { isFileName } from "../transport/problem-file";
import { referenceTo } from "../transport/problems";
import { canonicalJson } from "../storage/json";
import {
  type Configuration,
  configuration,
  modelParts,
  type Overrides,
  overridesFromText,
  valueOfKey,
} from "../study/configuration";
import { samplingFor } from "../study/sampling-for";
import { latestModel, openModel, requireItsProblem } from "../study/stored-model";
import { openStudy, type Study } from "../study/study";
import type { Arguments } from "./command";
import { leafKeys, modelKey, requireModelOrSampling, requireSampling } from "./keys-with-effect";
import { withProblemOfPerson } from "./problem-option";

export interface ChosenModel {
  readonly model: ScoreModel;
  readonly sampler: SamplerSettings;
  readonly schedule: Configuration["schedule"];
}

/** By the options of model-options.ts. @throws UserError for a model that is not there, and for a key without effect */
export async function chosenModel(args: Arguments): Promise<ChosenModel> {
  const changes = withProblemOfPerson(args, overridesFromText(args.list("set")));
  const which = args.optional("model");
  const folderOf = async (model: string): Promise<string> =>
    model === "latest" ? latestModel(dataFolder()) : args.fromThePerson(model);
  const named = changes.problem?.name; // a problem from a file is named by the person, never by the model's folder
  // To read the configuration is to run the file that it names: a model's problem is compared before.
  if (which !== undefined && named !== undefined && isFileName(named)) {
    await requireItsProblem(await folderOf(which), named);
  }
  configuration(changes); // a wrong key is said before the model is read
  const keys = leafKeys(changes);
  requireModelOrSampling(keys);
  if (which === undefined) return ofConfiguration(args, changes, keys);
  const isNamed = (key: string): boolean => key === "problem.name" && named !== undefined && isFileName(named);
  const fixed =
    keys.find((key) => modelKey.test(key) && !isNamed(key)) ??
    (args.optional("preset") === undefined ? undefined : "preset");
  if (fixed !== undefined) throw new UserError(fixedByModel(fixed));
  const folder = await folderOf(which);
  const model = await openModel(folder, named);
  if (named !== undefined && !isFileName(referenceTo(model.problem)?.name ?? ""))
    throw new UserError(fixedByModel("problem.name"));
  const sampling = samplingFor(model, changes);
  requireSampling(keys, sampling.sampler);
  await say(args, which === "latest" ? "the latest model" : "the model", folder);
  return { model, ...sampling };
}

async function ofConfiguration(args: Arguments, changes: Overrides, keys: readonly string[]): Promise<ChosenModel> {
  const preset = args.optional("preset");
  const outer = { ...(preset === undefined ? {} : { preset }), ...changes } as Overrides;
  const study = openStudy({}, outer);
  const { sampler, schedule } = study.configuration;
  requireSampling(keys, sampler);
  const folder = study.samplingModelFolder();
  if (!(await isComplete(folder))) throw new UserError(await notTrained(args, study, outer));
  const model = await openModel(folder, study.configuration.problem.name);
  await say(
    args,
    "the model of the preset " +
      `${study.configuration.preset}${keys.some((key) => modelKey.test(key)) ? " and --set" : ""}`,
    folder,
  );
  return { model, sampler, schedule };
}

function fixedByModel(key: string): string {
  if (key === "seed")
    return "--set seed is the seed of the training, which --model has behind it. Remedy: --seed draws other fields";
  const remedy = "Remedy: leave out --model; then preset and --set name the model that is sampled";
  return (
    `${key === "preset" ? "--preset" : `--set ${key}`} has no effect on a model that --model names: it was fixed ` +
    `when that one was trained. ${remedy}`
  );
}

const isComplete = (folder: string): Promise<boolean> =>
  readManifest(folder).then(
    () => true,
    () => false,
  );

/** Keys of which the model for white noise has values of its own. */
const ofWhiteNoise: readonly string[] = ["training.steps", "training.warmUp", "network.modes", "network.noiseGrading"];

/** What to do, and which models of the same configuration there are from other versions of the program. */
async function notTrained(args: Arguments, study: Study, outer: Overrides): Promise<string> {
  const { configuration: c, sampledConfiguration: sampled } = study;
  const usual = configuration({ preset: c.preset });
  const settings = leafKeys(outer).filter(
    (key) => modelKey.test(key) && key !== "preset" && !ofWhiteNoise.includes(key),
  );
  const differ = ofWhiteNoise.filter((key) => valueOfKey(sampled, key) !== valueOfKey(usual, key));
  const texts = [...settings, ...differ].map((key) => `${key}=${textOf(valueOfKey(sampled, key))}`);
  const train = ["npm run -s sgm -- train", `--preset ${c.preset}`, ...texts.map((text) => `--set ${text}`)].join(" ");
  const parts = (input: unknown): string => {
    const { seed, problem, ensemble, network, training } = input as Configuration;
    return canonicalJson({ seed, problem, ensemble, network, training });
  };
  const others = (await manifestsOf(path.dirname(study.samplingModelFolder())))
    .filter((m) => modelParts.safeParse(m.input).success && parts(m.input) === parts(sampled))
    .map((m) => args.shown(path.join(path.dirname(study.samplingModelFolder()), m.hash)));
  const white = sampled === c ? "" : `, for white noise, which sampler.method "${c.sampler.method}" needs`;
  const found =
    others.length === 0
      ? "--model latest takes the one that was trained last"
      : `--model ${others[0]} takes one that another version of the program trained`;
  return `the model of this configuration (preset ${c.preset}${white}) is not trained. Remedy: ${train}; or ${found}`;
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.+-]+$/.test(text) ? text : `'${text}'`;
}

async function say(args: Arguments, which: string, folder: string): Promise<void> {
  const { date, input } = await readManifest(folder);
  const { problem, network } = modelParts.parse(input);
  const made =
    `${problem.name} on ${problem.cells} cells, ${network.modes} modes, trained ` +
    `${date.slice(0, 16).replace("T", " ")} UTC`;
  args.terminal.err(`sampling ${which}: ${args.shown(folder)} (${made})\n`);
}
