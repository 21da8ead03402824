/** The command line's entry: the process's streams and exit status around lib/command-line/main.ts. */
import { runCommandLine } from "../lib/command-line/main";

// A reader that has seen enough (| head) closes the pipe: that is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.stderr.on("error", () => undefined);

const terminal = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  interactive: process.stderr.isTTY === true && process.env.CI === undefined,
  columns: process.stderr.columns ?? 80,
};

void runCommandLine(process.argv.slice(2), terminal).then((status) => {
  // Idle threads and native libraries must not keep the process; what was written to a pipe must arrive first.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
});
