import { runCommandLine } from "../../lib/command-line/main";

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process: exit status and what it wrote. */
export const sgm = (...argv: string[]): Promise<Ended> => sgmFrom(process.cwd(), ...argv);

/** The same for a person who stands in another folder. */
export async function sgmFrom(folder: string, ...argv: string[]): Promise<Ended> {
  let [out, err] = ["", ""];
  const status = await runCommandLine(argv, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    interactive: false,
    columns: 80,
    folder,
  });
  return { status, out, err };
}
