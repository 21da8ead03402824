import { runCommandLine } from "../../lib/command-line/main";

/** Runs a command line in this process: exit status and what it wrote. */
export async function sgm(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const status = await runCommandLine(argv, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    interactive: false,
    columns: 80,
  });
  return { status, out, err };
}
