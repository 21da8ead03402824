/**
 * The command line: npm run -s sgm -- COMMAND. Exit status 0 on success, 2 on a user's error, 130 when interrupted, 1
 * otherwise. Errors are one paragraph on standard error; a stack is shown only for faults of the program itself.
 */
import { StorageError, UserError } from "../errors/user-error";
import { errorOfOwnCode } from "../transport/problem-file";
import { Interrupted } from "../cache/interrupt";
import { cache } from "./cache";
import { Arguments, columns, helpOf, type Command, type Terminal } from "./command";
import { compare } from "./compare";
import { doctor } from "./doctor";
import { generate } from "./generate";
import { join } from "./join";
import { porosity } from "./porosity";
import { posterior } from "./posterior";
import { pybamm } from "./pybamm";
import { sample } from "./sample";
import { solve } from "./solve";
import { study } from "./study";
import { train } from "./train";

export const commands: readonly Command[] = [
  solve,
  generate,
  join,
  train,
  sample,
  posterior,
  porosity,
  pybamm,
  compare,
  study,
  cache,
  doctor,
];

export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  available: readonly Command[] = commands,
): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      const text = generalHelp(available);
      if (name === undefined) terminal.err(text);
      else terminal.out(text);
      return name === undefined ? 2 : 0;
    }
    const command = available.find((c) => c.name === name);
    if (command === undefined) {
      const names = available.map((c) => c.name).join(", ");
      throw new UserError(`sgm: there is no command ${JSON.stringify(name)}; commands are ${names}`);
    }
    const options = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
    if (options.includes("--help") || options.includes("-h")) {
      terminal.out(helpOf(command));
      return 0;
    }
    return await command.run(Arguments.parse(command, rest, terminal));
  } catch (error) {
    return report(error, terminal);
  }
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof UserError) {
    terminal.err(`${error.message}\n`);
    return 2;
  }
  if (error instanceof Interrupted) {
    terminal.err(`${error.message}\n`);
    return 130;
  }
  const ofOwnProblem = errorOfOwnCode(error);
  if (ofOwnProblem !== undefined) {
    terminal.err(`${ofOwnProblem}\n`);
    return 2;
  }
  const explained = error instanceof StorageError;
  terminal.err(
    `${error instanceof Error ? ((explained ? undefined : error.stack) ?? error.message) : String(error)}\n`,
  );
  return 1;
}

function generalHelp(available: readonly Command[]): string {
  return [
    "Conditional score-based generative models of the fields in a porous electrode.",
    "",
    "npm run -s sgm -- COMMAND [options]",
    "",
    ...columns(available.map((c) => [c.name, c.summary] as const)),
    "",
    "COMMAND --help says more. Results go to files or standard output, progress to standard error.",
    "",
  ].join("\n");
}
