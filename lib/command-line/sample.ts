/** `sample`: draws fields from a trained model. */
import { cellsAlong } from "../fields/grid";
import { gridOf } from "../transport/domain";
import type { ScoreModel } from "../model/score-model";
import type * as DrawModule from "../model/draw-fields";
import type * as ChosenModel from "./chosen-model";
import { stream } from "../random/stream";
import { sha256 } from "../storage/checksum";
import { bytesOf } from "../storage/numeric-array";
import { listenForInterrupt } from "../cache/interrupt";
import type { Command } from "./command";
import { requireOwnMark, settleMark, writeMark } from "./extrapolation-mark";
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
  details: `out.npy  float64 [conditions, count, channels, cells] ([.., nx, ny] on a grid of two axes), the channels \
in the order of the problem (c, phi in the electrodes), SI units, as from generate
An interrupted run goes on condition by condition. With --extrapolate, NAME.extrapolated.json beside the output lists \
the conditions outside the box.
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
        await writeMark(out, outside);
      });
      await settleMark(out, outside, (line) => progress.say(line));
      progress.say(`${out}: float64 [${shape.join(", ")}]`);
      return 0;
    } finally {
      progress.end();
      listening.stop();
    }
  },
};

/** What the drawn numbers depend on of a model. */
export function identityOf({ trained, statistics }: ScoreModel): string {
  const law =
    statistics.kind === "pairs"
      ? [statistics.mean, statistics.covariance]
      : statistics.tables.flatMap((table) => [table.basis, table.mean.coefficients, table.lower.coefficients]);
  const ofTheFlow =
    trained.kind === "modes"
      ? [
          ...(trained.varianceTerm ? [trained.varianceTerm] : []),
          ...(trained.learntSteps ?? []).flatMap(({ levels, weights }) => [levels, weights]),
        ]
      : [];
  return sha256([trained.theta, ...ofTheFlow, ...law].map((part) => sha256(bytesOf(part))).join());
}
