/** `join`: the .npy files of shards (generate --shard K/N) as one file, the same bytes as without shards. */
import * as path from "node:path";
import { createNpy, readNpy } from "../storage/npy";
import { UserError } from "../errors/user-error";
import type { Command } from "./command";

export const join: Command = {
  name: "join",
  summary: "Joins shards of an ensemble along their first axis.",
  positionals: "SHARD.npy ..",
  options: { out: { type: "string", value: "PATH", help: "NAME.npy", required: true } },
  details: `Names that differ in one number only are joined in the order of that number, s-2.npy before s-10.npy, \
however the shell lists
them; other names as they are given. All of one shape but for the first axis. Each is held in memory in its turn.`,
  run: async (args) => {
    if (args.positionals.length === 0) throw new UserError("sgm join: name at least one shard");
    const shards = inOrderOfTheirNumbers(args.positionals).map((file) => args.fromThePerson(file));
    const twice = shards.find((file, k) => shards.indexOf(file) !== k);
    if (twice !== undefined) throw new UserError(`sgm join: ${twice} is named twice`);
    const out = args.output("out", { endings: [".npy"], inputs: shards });
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
    const order = shards.map((name) => path.basename(name)).join(", ");
    args.terminal.err(`${out}: float64 [${[rows, ...fieldShape].join(", ")}], in this order: ${order}\n`);
    return 0;
  },
};

/**
 * A shell lists s-10.npy before s-2.npy. Where the names differ in one number only, that number is their order;
 * otherwise the order is the one in which they are given.
 */
export function inOrderOfTheirNumbers(files: readonly string[]): string[] {
  const pieces = files.map((file) => file.split(/(\d+)/)); // numbers stand at the odd places
  const [first] = pieces;
  const alike = pieces.every(
    (p) => p.length === first.length && p.every((text, k) => k % 2 === 1 || text === first[k]),
  );
  if (!alike) return [...files];
  const varying = first.map((_, k) => k).filter((k) => new Set(pieces.map((p) => p[k])).size > 1);
  if (varying.length !== 1) return [...files];
  const [k] = varying;
  const order = files.map((_, i) => i).sort((a, b) => Number(pieces[a][k]) - Number(pieces[b][k]));
  return order.map((i) => files[i]);
}
