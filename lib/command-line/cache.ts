/** `cache`: what is stored in the data folder, why it was computed, and removing it. */
import { UserError } from "../errors/user-error";
import { Cache } from "../cache/cache";
import type { Entry } from "../cache/cache-entries";
import { dataFolder } from "../cache/root";
import type { Arguments, Command } from "./command";
import { duration } from "../notebook/progress";
import { textTable } from "./text-table";

export const cache: Command = {
  name: "cache",
  summary: "Lists, explains and prunes stored results.",
  positionals: "[list | explain STAGE/HASH | prune]",
  options: {
    stage: { type: "string", value: "NAME", help: "only this stage", multiple: true },
    days: { type: "string", value: "N", help: "prune: what was not used for so many days goes too (0: everything)" },
    "dry-run": { type: "boolean", help: "prune: only tell what would go" },
    json: { type: "boolean", help: "as JSON" },
    data: { type: "string", value: "FOLDER", help: "another data folder than data/ (or SGM_DATA)" },
  },
  details: `Without --days, prune removes damaged results and unfinished ones that were not touched for a week.
What a process is computing stays in any case. A hash may be shortened as long as it is unique.`,
  run: async (args: Arguments): Promise<number> => {
    const [action = "list", which, ...more] = args.positionals;
    if (more.length > 0 || (which !== undefined && action !== "explain")) {
      throw new UserError(`sgm cache: too many arguments: ${[which, ...more].join(" ")}`);
    }
    const stored = new Cache(args.optional("data") === undefined ? dataFolder() : args.path("data"));
    const stages = args.list("stage");
    switch (action) {
      case "list": {
        const all = await stored.list();
        show(args, stages.length > 0 ? all.filter((e) => stages.includes(e.stage)) : all);
        return 0;
      }
      case "explain": {
        if (which === undefined) throw new UserError("sgm cache explain: name an entry, STAGE/HASH");
        const [stage, hash] = which.includes("/") ? which.split("/") : [undefined, which];
        args.terminal.out(`${(await stored.explain({ stage, hash })).join("\n")}\n`);
        return 0;
      }
      case "prune": {
        const unusedForDays = args.optionalWhole("days", 0);
        const dryRun = args.flag("dry-run");
        show(args, await stored.prune({ ...(stages.length > 0 ? { stages } : {}), unusedForDays, dryRun }));
        if (!args.flag("json")) args.terminal.err(dryRun ? "nothing was removed (--dry-run)\n" : "removed\n");
        return 0;
      }
      default:
        throw new UserError(`sgm cache: expected list, explain or prune, got ${JSON.stringify(action)}`);
    }
  },
};

function show(args: Arguments, entries: readonly Entry[]): void {
  if (args.flag("json")) {
    args.terminal.out(`${JSON.stringify(entries)}\n`);
    return;
  }
  const rows = entries.map((e) => [
    `${e.stage}/${e.hash.slice(0, 8)}`,
    e.state,
    `${(e.bytes / 1e6).toFixed(1)} MB`,
    e.state === "complete" ? duration(e.seconds) : "",
    e.lastUsed.toISOString().slice(0, 16).replace("T", " "),
  ]);
  const header = ["entry", "state", "size", "computed in", "last used"];
  args.terminal.out(entries.length === 0 ? "nothing\n" : textTable(header, rows));
}
