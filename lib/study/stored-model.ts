/** A trained model as a folder of data/: opened by path, or the one that was trained last. */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { scoreNetwork } from "../network/score-network";
import type { ScoreModel } from "../network/score-model";
import { UserError } from "../storage/user-error";
import { problem } from "../transport/problems";
import { architectureOf } from "./architecture";
import { Cache } from "./cache";
import { readManifest } from "./manifest";
import { dataFolder } from "./root";
import { isPlain, type ModelInput, modelStage, noiseGrading, type TrainedModel } from "./stages/model";
import { statisticsStage } from "./stages/statistics";

/** `which`: "latest", or the folder of a model (data/model/HASH). */
export async function openModel(which: string): Promise<ScoreModel> {
  const data = dataFolder();
  const folder = which === "latest" ? await latestModel(data) : path.resolve(which);
  await fs.access(path.join(folder, "manifest.json")).catch(() => {
    throw new UserError(
      `openModel: ${which} is not the folder of a trained model. Remedy: "latest", or a folder data/model/HASH.`,
    );
  });
  const manifest = await readManifest(folder);
  const statisticsKey = manifest.upstream.find((key) => key.stage === "statistics");
  if (manifest.stage !== "model" || !statisticsKey) {
    throw new UserError(`openModel: ${which} holds a result of the stage "${manifest.stage}", not a trained model`);
  }
  const statistics = await statisticsStage.load(
    path.join(path.dirname(path.dirname(folder)), "statistics", statisticsKey.hash),
  );
  const input = manifest.input as unknown as ModelInput;
  const stage = modelStage(input, () => Promise.resolve(statistics));
  return assembleModel(input, statistics, await stage.load(folder));
}

/** What samplers need, from a training's input and its result. */
export function assembleModel(
  input: Pick<ModelInput, "problem" | "network" | "schedule">,
  statistics: ScoreModel["statistics"],
  trained: TrainedModel,
): ScoreModel {
  const p = problem(input.problem.name);
  const { theta, range } = trained;
  const common = { network: scoreNetwork(architectureOf(input)), theta, channels: p.channels.length };
  const { schedule } = input;
  if (isPlain(input) && schedule) return { problem: p, statistics, trained: { kind: "score", ...common, schedule } };
  if (!isPlain(input) && range) {
    const { modes } = input.network;
    return { problem: p, statistics, trained: { kind: "modes", ...common, range, modes, gamma: noiseGrading } };
  }
  throw new Error(
    `assembleModel: a model with preconditioning "${input.network.preconditioning}" lacks its ${range ? "schedule" : "noise range"}`,
  );
}

async function latestModel(data: string): Promise<string> {
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
