/** `sample`: draws fields from a trained model. */
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { cellsAlong } from "../fields/grid";
import { gridOf } from "../transport/domain";
import type { ScoreModel } from "../model/score-model";
import type * as DrawModule from "../model/draw-fields";
import type * as ChosenModel from "./chosen-model";
import { stream } from "../random/stream";
import { sha256 } from "../storage/checksum";
import { UserError } from "../errors/user-error";
import { readJson, writeJson } from "../storage/json";
import { bytesOf } from "../storage/numeric-array";
import { listenForInterrupt } from "../cache/interrupt";
import type { Command } from "./command";
import { modelDetails, modelOptions } from "./model-options";
import { outsideTrainedBox, readModelConditions, requireStorable } from "./input-files";
import { progressOn } from "./progress";
import { storeResumably } from "./store-resumably";

export const sample: Command = {
  name: "sample",
  summary: "Draws fields from a trained model.",
  options: {
    ...modelOptions,
    conditions: { type: "string", value: "FILE", help: "the operating conditions, JSON", required: true },
    count: { type: "string", value: "N", help: "fields per condition", required: true },
    seed: { type: "string", value: "N", help: "the same seed gives the same fields", default: "0" },
    out: { type: "string", value: "PATH", help: "NAME.npy", required: true },
    extrapolate: { type: "boolean", help: "allow conditions outside the box that the model was trained in" },
  },
  details: `out.npy  float64 [conditions, count, channels, cells] ([.., nx, ny] on a grid of two axes), the channels in the order of the problem (c, phi in the electrodes), SI units, as from generate
An interrupted run goes on condition by condition. With --extrapolate, NAME.extrapolated.json beside the output lists the conditions outside the box.
${modelDetails}`,
  run: async (args) => {
    const file = args.path("conditions");
    const out = args.output("out", { endings: [".npy"], inputs: [file] });
    const [count, seed] = [args.whole("count", 1), args.whole("seed", 0)];
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { drawByCondition } = require("../model/draw-fields") as typeof DrawModule;
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { chosenModel } = require("./chosen-model") as typeof ChosenModel;
    const { model, sampler, schedule } = await chosenModel(args);
    const extrapolate = args.flag("extrapolate");
    const conditions = await readModelConditions(file, model.problem, extrapolate);
    await requireOwnMark(out);
    const progress = progressOn(args.terminal, "sample", "fields");
    const listening = listenForInterrupt();
    try {
      const grid = gridOf(model.problem, model.statistics.along ?? model.statistics.cells);
      const shape = [conditions.length, count, model.problem.channels.length, ...cellsAlong(grid)];
      requireStorable("sample", shape);
      const request = {
        command: "sample",
        model: identityOf(model),
        conditions: conditions.map((c) => ({ ...c })),
        seed,
        sampler: { ...sampler },
        schedule: { ...schedule },
      };
      const outside = extrapolate ? outsideTrainedBox(model.problem, conditions) : [];
      const options = {
        sampler,
        schedule,
        allowOutside: extrapolate,
        onProgress: (done: number, total: number) => progress.update(done, total),
        signal: listening.signal,
      };
      await storeResumably({ out, shape, request, progress, signal: listening.signal }, async (file, size) => {
        const drawn = drawByCondition(model, conditions, count, stream(seed).child("sample"), {
          ...options,
          first: Math.floor(file.stored / (size * count)),
        });
        for await (const fields of drawn) await file.append(fields);
        // Before the file gets its name: it must never be there without its mark.
        if (outside.length > 0)
          await writeJson(markOf(out), { file: path.basename(out), outsideTheTrainedBox: outside });
      });
      if (outside.length === 0) await fs.rm(markOf(out), { force: true }); // of an earlier file of that name
      for (const line of outside) progress.say(`EXTRAPOLATED: ${line}; ${markOf(out)} says so too`);
      progress.say(`${out}: float64 [${shape.join(", ")}]`);
      return 0;
    } finally {
      progress.end();
      listening.stop();
    }
  },
};

/** The file beside an output that says which of its conditions are extrapolated. */
const markOf = (out: string): string => out.replace(/\.npy$/, ".extrapolated.json");

/** The mark is written, or removed, with its output: a file of that name that is no mark stays. */
async function requireOwnMark(out: string): Promise<void> {
  const file = markOf(out);
  const there = await readJson(file).catch((error: unknown) => (existsSync(file) ? error : null));
  if (there === null || (typeof there === "object" && "outsideTheTrainedBox" in there)) return;
  throw new UserError(
    `${file} is in the way and is no mark of extrapolated fields. Remedy: move it, or choose another --out.`,
  );
}

/** What the drawn numbers depend on of a model. */
export function identityOf({ trained, statistics }: ScoreModel): string {
  const law =
    statistics.kind === "pairs"
      ? [statistics.mean, statistics.covariance]
      : statistics.tables.flatMap((table) => [table.basis, table.mean.coefficients, table.lower.coefficients]);
  const learned = [trained.theta, ...(trained.kind === "modes" && trained.varianceTerm ? [trained.varianceTerm] : [])];
  return sha256([...learned, ...law].map((part) => sha256(bytesOf(part))).join());
}
