/** The benchmarks' command line: which groups, printed as lines or as one JSON object. */
import { report, type Group } from "./report";

export interface Output {
  out(line: string): void;
  err(line: string): void;
}

/** Runs what the arguments name (all groups without --only); 0, or 2 for arguments that are none. */
export async function runBenchmarks(
  args: readonly string[],
  groups: readonly string[],
  load: (name: string) => Group,
  { out, err }: Output,
): Promise<number> {
  const refuse = (message: string): number => {
    err(`bench: ${message}`);
    return 2;
  };
  let only = groups;
  let json = false;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--json") json = true;
    else if (args[i] === "--only" && i + 1 < args.length) only = args[++i].split(",");
    else if (args[i].startsWith("--only=")) only = args[i].slice(7).split(",");
    else return refuse(`expected --json or --only GROUP, got "${args[i]}"`);
  }
  const unknown = only.find((name) => !groups.includes(name));
  if (unknown !== undefined) return refuse(`there is no group "${unknown}"; there are ${groups.join(", ")}`);
  const results = report(json ? err : out);
  for (const name of only) await load(name).measure(results);
  if (json) out(JSON.stringify(results.figures, null, 2));
  return 0;
}
