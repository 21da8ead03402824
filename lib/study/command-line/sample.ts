/** `sample`: draws fields from a trained model. */
import type * as DrawModule from "../draw-fields";
import type * as StoredModel from "../stored-model";
import { stream } from "../../random/stream";
import { writeNpy } from "../../storage/npy";
import { UserError } from "../../storage/user-error";
import { configuration, overridesFromText } from "../configuration";
import { listenForInterrupt } from "../interrupt";
import type { Command } from "./command";
import { readConditions } from "./input-files";
import { progressOn } from "./progress";

export const sample: Command = {
  name: "sample",
  summary: "Draws fields from a trained model.",
  options: {
    model: { type: "string", value: "PATH", help: "a folder data/model/HASH, or latest", default: "latest" },
    conditions: { type: "string", value: "FILE", help: "the operating conditions, JSON", required: true },
    count: { type: "string", value: "N", help: "fields per condition", required: true },
    seed: { type: "string", value: "N", help: "the same seed gives the same fields", default: "0" },
    out: { type: "string", value: "PATH", help: "NAME.npy", required: true },
    set: { type: "string", value: "KEY=VALUE", help: "a key of sampler or schedule", multiple: true },
    extrapolate: { type: "boolean", help: "allow conditions outside the box that the model was trained in" },
  },
  details: `out.npy  float64 [conditions, count, 2, cells], channels (c, phi), SI units, as from generate
Examples of --set: sampler.steps=20, sampler.method=reverse-sde-heun, schedule.betaMax=3, sampler.start="standard normal"`,
  run: async (args) => {
    const out = args.text("out");
    if (!out.endsWith(".npy")) throw new UserError(`sgm sample: --out must end in .npy, got ${JSON.stringify(out)}`);
    const [count, seed] = [args.whole("count", 1), args.whole("seed", 0)];
    const changes = overridesFromText(args.list("set"));
    configuration(changes); // a wrong key is said before the model is read
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { openModel } = require("../stored-model") as typeof StoredModel;
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { drawFields, samplingFor } = require("../draw-fields") as typeof DrawModule;
    const model = await openModel(args.text("model"));
    const { sampler, schedule } = samplingFor(model, changes);
    const conditions = await readConditions(args.text("conditions"), model.problem);
    const progress = progressOn(args.terminal, "sample", "fields");
    const listening = listenForInterrupt();
    try {
      const fields = await drawFields(model, conditions, count, stream(seed).child("sample"), {
        sampler,
        schedule,
        allowOutside: args.flag("extrapolate"),
        onProgress: (done, total) => progress.update(done, total),
        signal: listening.signal,
      });
      const shape = [conditions.length, count, model.problem.channels.length, model.statistics.cells];
      await writeNpy(out, { dtype: "float64", shape, data: fields });
      progress.say(`${out}: float64 [${shape.join(", ")}]`);
      return 0;
    } finally {
      progress.end();
      listening.stop();
    }
  },
};
