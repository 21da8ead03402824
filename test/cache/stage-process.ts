/**
 * A process that asks for one stage, for the tests of several at once and of kills:
 *   node -r tsx/cjs stage-process.ts DATA PROJECT INPUT STEPS MILLISECONDS LOG
 * The stage counts to STEPS with a checkpoint after each, writes a line to LOG at its start and end, and saves 1 MB.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Cache } from "../../lib/cache/cache";
import type { Stage } from "../../lib/cache/stage";
import { writeAtomically } from "../../lib/storage/atomic";

const [data, project, input, steps, milliseconds, log] = process.argv.slice(2);

const counting: Stage<{ value: string }, Buffer> = {
  name: "counting",
  module: "lib/counting/a.ts",
  async run({ value }, { folder, signal, progress }) {
    const file = path.join(folder, "checkpoint");
    let k = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) : 0;
    fs.appendFileSync(log, `begin ${k}\n`);
    for (; k < Number(steps); k++) {
      signal.throwIfAborted();
      await pause(Number(milliseconds));
      await writeAtomically(file, String(k + 1));
      progress(k + 1, Number(steps));
    }
    fs.appendFileSync(log, "end\n");
    return Buffer.alloc(1 << 20, value);
  },
  async save(artifact, folder) {
    for (let part = 0; part < 4; part++) {
      fs.writeFileSync(path.join(folder, `part${part}`), artifact.subarray(part << 18, (part + 1) << 18));
      await pause(Number(milliseconds));
    }
  },
  load: async (folder) => Buffer.concat([0, 1, 2, 3].map((part) => fs.readFileSync(path.join(folder, `part${part}`)))),
};

const options = { onProgress: (done: number) => process.stdout.write(`${done}\n`) };
new Cache(data, project).obtain(counting, { value: input }, [], options).then(
  ({ artifact, reused }) =>
    process.stdout.write(`${reused ? "reused" : "computed"} ${artifact.length} ${artifact[0]}\n`),
  (error: Error) => {
    process.stdout.write(`${error.name}\n`);
    process.exitCode = error.name === "Interrupted" ? 130 : 1;
  },
);
