/** `train`: trains the score network, or reuses the trained one. */
import * as path from "node:path";
import { workFolder } from "../cache/cache";
import { logFile } from "../training/log-files";
import type * as StudyModule from "../study/study";
import { overridesFromText } from "../study/configuration";
import type { Command } from "./command";
import { requireTraining } from "./keys-with-effect";
import { withProblemOfPerson } from "./problem-option";

export const train: Command = {
  name: "train",
  summary: "Trains the score network, or reuses the trained one.",
  options: {
    preset: { type: "string", value: "NAME", help: "smoke, quick, full or published", default: "quick" },
    set: { type: "string", value: "KEY=VALUE", help: "another value of a configuration key", multiple: true },
    resume: { type: "boolean", help: "go on from the last checkpoint (always done; accepted for clarity)" },
  },
  details: `Ctrl-C saves a checkpoint at the next step; the same command goes on there. Prints one JSON object: where \
the model and its log are,
steps, losses, and the share of the loss that the network removes at each noise level.`,
  run: async (args) => {
    const changes = withProblemOfPerson(args, overridesFromText(args.list("set")));
    const outer = { preset: args.text("preset"), ...changes };
    // TensorFlow takes a second to load: only the commands that need it pay for it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { openStudy } = require("../study/study") as typeof StudyModule;
    // The sampler is no part of a training: one in time stands in the configuration where the preset's would not fit.
    const whole = changes.network?.preconditioning === "none";
    const inTime = whole ? { sampler: { method: "reverse-sde-heun" } as const } : {};
    const study = openStudy(inTime, outer as Parameters<typeof openStudy>[1]);
    requireTraining(changes, study.configuration);
    const folder = args.shown(study.modelFolder());
    args.terminal.err(
      `training log: ${path.join(workFolder(folder), logFile)} while training, ${folder}/${logFile} afterwards; ` +
        `TensorBoard: tensorboard --logdir ${path.dirname(folder)}\n`,
    );
    const model = await study.model();
    const last = model.log[model.log.length - 1];
    args.terminal.out(`${JSON.stringify({ model: folder, log: `${folder}/${logFile}`, ...last })}\n`);
    return 0;
  },
};
