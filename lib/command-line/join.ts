/** `join`: the .npy files of shards (generate --shard K/N) as one file, the same bytes as without shards. */
import { createNpy, readNpy } from "../storage/npy";
import { UserError } from "../errors/user-error";
import type { Command } from "./command";

export const join: Command = {
  name: "join",
  summary: "Joins shards of an ensemble along their first axis.",
  positionals: "SHARD.npy ..",
  options: { out: { type: "string", value: "PATH", help: "NAME.npy", required: true } },
  details: `The shards in the order of their numbers; of one shape but for the first axis. Each is held in memory in its turn.`,
  run: async (args) => {
    const [out, shards] = [args.text("out"), args.positionals];
    if (!out.endsWith(".npy")) throw new UserError(`sgm join: --out must end in .npy, got ${JSON.stringify(out)}`);
    if (shards.length === 0) throw new UserError("sgm join: name at least one shard");
    if (shards.includes(out)) throw new UserError(`sgm join: ${out} cannot be a shard and the result`);
    const arrays = shards.map((file) => () => readNpy(file, { dtype: "float64" }));
    const [, ...fieldShape] = (await arrays[0]()).shape;
    let rows = 0;
    for (const [k, read] of arrays.entries()) {
      const { shape } = await read();
      if (shape.length === 0 || shape.slice(1).join() !== fieldShape.join()) {
        const [got, expected] = [shape.join(", "), ["any", ...fieldShape].join(", ")];
        throw new UserError(`sgm join: ${shards[k]} must have the shape [${expected}] of ${shards[0]}, got [${got}]`);
      }
      rows += shape[0];
    }
    const file = await createNpy(out, "float64", [rows, ...fieldShape]);
    try {
      for (const read of arrays) await file.append((await read()).data);
      await file.commit();
    } finally {
      await file.abandon();
    }
    args.terminal.err(`${out}: float64 [${[rows, ...fieldShape].join(", ")}]\n`);
    return 0;
  },
};
