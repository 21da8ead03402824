/** The command line's entry: the process's streams and exit status around lib/command-line/main.ts. */
import { runCommandLine } from "../lib/command-line/main";
import { standardOutput } from "../lib/command-line/standard-output";

const output = standardOutput(process.stdout, () => process.exit(0));
process.stderr.on("error", () => undefined);

const folder = process.env.SGM_CALLER; // where the person stands; set by scripts/run.mjs, for this process alone
delete process.env.SGM_CALLER;

const terminal = {
  out: (text: string) => output.write(text),
  err: (text: string) => void process.stderr.write(text),
  interactive: process.stderr.isTTY === true && process.env.CI === undefined,
  columns: process.stderr.columns ?? 80,
  ...(folder === undefined ? {} : { folder }),
};

async function main(): Promise<number> {
  const status = await runCommandLine(process.argv.slice(2), terminal);
  try {
    await output.finish(); // what was written to a pipe must arrive first
    return status;
  } catch (error) {
    terminal.err(`${(error as Error).message}\n`);
    return status === 0 ? 1 : status;
  }
}

// Idle threads and native libraries must not keep the process.
void main().then((status) => process.stderr.write("", () => process.exit(status)));
