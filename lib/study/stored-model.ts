/** A trained model as a folder of data/: opened by path, or the one that was trained last. */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { ScoreModel } from "../model/score-model";
import { checkedValue } from "../storage/checked-json";
import { DamagedFileError, UserError } from "../errors/user-error";
import { assembleModel, trainAgain } from "../experiments/training/assemble-model";
import { Cache } from "../cache/cache";
import { contentHash, isFileName } from "../transport/problem-file";
import { modelParts } from "./configuration";
import { type Manifest, manifestFile, readManifest, verifyArtifact } from "../cache/manifest";
import { dataFolder } from "../cache/root";
import { modelFile } from "../experiments/training/stage";
import { readTrainedModel } from "../experiments/training/trained-model";
import { statisticsStage } from "../experiments/training-data/stage";

/**
 * `which`: "latest", or the folder of a model (data/model/HASH). Nothing in the folder is taken on trust: the manifest
 * must have its hash, every file its checksum, and statistics and network must be those of the problem and grid that
 * the manifest tells. A problem from a file is loaded, and so executed, only where the person names that file: `named`,
 * whose content must be the one that the model was made with.
 * @throws UserError | DamagedFileError naming file, problem and remedy
 */
export async function openModel(which: string, named?: string): Promise<ScoreModel> {
  const data = dataFolder();
  const folder = which === "latest" ? await latestModel(data) : path.resolve(which);
  await fs.access(path.join(folder, manifestFile)).catch(() => {
    throw new UserError(
      `openModel: ${which} is not the folder of a trained model. Remedy: "latest", or a folder data/model/HASH.`,
    );
  });
  const manifest = await readManifest(folder);
  const statisticsKey = manifest.upstream.find((key) => key.stage === "statistics");
  if (manifest.stage !== "model" || !statisticsKey) {
    throw new UserError(`openModel: ${which} holds a result of the stage "${manifest.stage}", not a trained model`);
  }
  await verifyArtifact(folder, manifest);
  const input = checkedValue(modelParts, manifest.input, path.join(folder, manifestFile), "input", trainAgain);
  const statisticsFolder = path.join(path.dirname(path.dirname(folder)), "statistics", statisticsKey.hash);
  await verifyArtifact(statisticsFolder, await readManifest(statisticsFolder));
  const statistics = await statisticsStage.load(statisticsFolder);
  const problem = { ...input.problem, name: problemNameOf(which, manifest, input.problem.name, named) };
  return assembleModel({ ...input, problem }, statistics, await readTrainedModel(path.join(folder, modelFile)), folder);
}

/** Refuses a problem from a file whose content is not what the model was made with; the file is not run. */
export async function requireItsProblem(folder: string, named: string): Promise<void> {
  const manifest = await readManifest(folder).catch(() => undefined); // openModel says what is wrong with the folder
  const input = modelParts.safeParse(manifest?.input);
  if (manifest && input.success) problemNameOf(folder, manifest, input.data.problem.name, named);
}

/**
 * The problem's name, or the person's file in the place of the one that the manifest tells: a stored artifact never
 * names code to run, since whoever made it made its checksums too.
 */
function problemNameOf<N extends string>(which: string, { sources }: Manifest, told: N, named: string | undefined): N {
  if (!isFileName(told)) return told;
  const wanted = sources[path.posix.normalize(told)];
  if (wanted === undefined) throw new DamagedFileError(which, `it does not tell the content of ${told}`, trainAgain);
  const whose = `openModel: ${which} is a model of a problem from a file: ${told}, whose SHA-256 begins with ${wanted}`;
  if (named === undefined || !isFileName(named)) {
    throw new UserError(
      `${whose}. A file is only run when you name it. Remedy: --set problem.name=FILE, after a look into that file.`,
    );
  }
  const content = contentHash(named);
  if (!content.startsWith(wanted)) {
    throw new UserError(
      `${whose}; the one of ${named} begins with ${content.slice(0, wanted.length)}. Remedy: name the file as it was.`,
    );
  }
  return named as N & `${string}.ts`;
}

/** The folder of the model that was trained last. @throws UserError where there is none */
export async function latestModel(data: string): Promise<string> {
  const models = (await new Cache(data).list()).filter((e) => e.stage === "model" && e.state === "complete");
  if (models.length === 0)
    throw new UserError("openModel: no model has been trained yet. Remedy: npm run -s sgm -- train");
  const dated = await Promise.all(
    models.map(async ({ hash }) => {
      const folder = path.join(data, "model", hash);
      return { folder, date: (await readManifest(folder)).date };
    }),
  );
  return dated.reduce((a, b) => (a.date > b.date ? a : b)).folder;
}
