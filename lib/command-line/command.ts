/**
 * What a command of the command line is, and its arguments as it sees them: checked, and refused by name otherwise.
 * Results go to standard output and nothing else does; progress and notices go to standard error.
 */
import * as path from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../errors/user-error";
import { checkOutput } from "./output-path";

export interface Option {
  readonly type: "string" | "boolean";
  readonly help: string;
  /** What stands for the value in the help: "FILE". */
  readonly value?: string;
  readonly default?: string;
  readonly required?: boolean;
  readonly multiple?: boolean;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What comes without a leading --, for the help: "list | prune". Where absent, nothing may come. */
  readonly positionals?: string;
  /** More for the help: file formats, an example. */
  readonly details?: string;
  /** The exit status. UserError becomes 2, Interrupted 130, everything else that is thrown 1. */
  run(args: Arguments): Promise<number>;
}

/** Where a command writes; in the tests, strings. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Standard error is a person's terminal: lines may be overwritten. */
  readonly interactive: boolean;
  readonly columns: number;
  /** Where the person stands: relative paths begin there. Default: the working folder. */
  readonly folder?: string;
}

export class Arguments {
  private constructor(
    private readonly command: Command,
    private readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>,
    readonly positionals: readonly string[],
    readonly terminal: Terminal,
  ) {}

  /** @throws UserError for an unknown option, a missing value, a missing required option. */
  static parse(command: Command, argv: readonly string[], terminal: Terminal): Arguments {
    const options = Object.fromEntries(
      Object.entries(command.options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
    );
    const where = `sgm ${command.name}`;
    const seeHelp = `See: npm run -s sgm -- ${command.name} --help`;
    let parsed: { values: Arguments["values"]; positionals: string[] };
    try {
      parsed = parseArgs({
        args: [...argv],
        options,
        allowPositionals: command.positionals !== undefined,
        strict: true,
      });
    } catch (error) {
      const message = error instanceof Error ? error.message.split(". To specify")[0] : String(error);
      throw new UserError(`${where}: ${message.replace(/\n/g, " ").replace(/\.?$/, ".")} ${seeHelp}`);
    }
    for (const [name, option] of Object.entries(command.options)) {
      if (option.required === true && parsed.values[name] === undefined) {
        throw new UserError(`${where}: --${name} ${option.value ?? ""} is missing (${option.help}). ${seeHelp}`);
      }
    }
    return new Arguments(command, parsed.values, parsed.positionals, terminal);
  }

  /** The text of an option, its default, or undefined. */
  optional(name: string): string | undefined {
    const value = this.values[name] ?? this.command.options[name]?.default;
    return typeof value === "string" ? value : undefined;
  }

  /** A path as it can be opened from here: a relative one begins where the person stands. */
  fromThePerson(file: string): string {
    const { folder = process.cwd() } = this.terminal;
    return path.resolve(folder) === process.cwd() ? file : path.resolve(folder, file);
  }

  /** A path as a person sees it: from where they stand if it lies below, otherwise whole. */
  shown(file: string): string {
    const from = path.relative(this.terminal.folder ?? process.cwd(), file);
    return from.startsWith("..") ? file : from;
  }

  /** The path that an option gives, as it can be opened from here. */
  path(name: string): string {
    return this.fromThePerson(this.text(name));
  }

  /**
   * The path of a file or folder that this command will write, tried before any work begins: its ending must be one of
   * `endings`, its folder must be there and admit files, and it must be none of the `inputs` and no device. @throws
   * UserError
   */
  output(
    name: string,
    { endings = [], inputs = [] }: { endings?: readonly string[]; inputs?: readonly string[] },
  ): string {
    const given = this.text(name);
    const out = this.fromThePerson(given.replace(/[/\\]+$/, ""));
    if (endings.length > 0 && !endings.some((ending) => out.endsWith(ending))) {
      throw new UserError(
        `sgm ${this.command.name}: --${name} must end in ${endings.join(" or ")}, got ${JSON.stringify(given)}`,
      );
    }
    checkOutput(`sgm ${this.command.name}: --${name}`, out, inputs);
    return out;
  }

  /** The same where the option may be left out. */
  optionalOutput(name: string, check: Parameters<Arguments["output"]>[1]): string | undefined {
    return this.optional(name) === undefined ? undefined : this.output(name, check);
  }

  /** The text of an option that is required or has a default. */
  text(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw new UserError(`sgm ${this.command.name}: --${name} is missing`);
    return value;
  }

  /** A whole number of at least `min` and at most `max`. */
  whole(name: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const text = this.text(name);
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      const expected = `a whole number of at least ${min}${value > max ? ` and at most ${max}` : ""}`;
      throw new UserError(`sgm ${this.command.name}: --${name} must be ${expected}, got ${JSON.stringify(text)}`);
    }
    return value;
  }

  optionalWhole(name: string, min: number, max?: number): number | undefined {
    return this.optional(name) === undefined ? undefined : this.whole(name, min, max);
  }

  flag(name: string): boolean {
    return this.values[name] === true;
  }

  /** Every occurrence of an option that may be repeated. */
  list(name: string): readonly string[] {
    const value = this.values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const rows = Object.entries(command.options).map(([name, o]): [string, string] => [
    o.type === "string" ? `--${name} ${o.value ?? "TEXT"}` : `--${name}`,
    o.help +
      (o.default === undefined ? "" : ` (default ${o.default})`) +
      (o.multiple === true ? "; may be repeated" : ""),
  ]);
  rows.push(["--help", "this text"]);
  const required = Object.entries(command.options).filter(([, o]) => o.required === true);
  const usage = [
    ...(command.positionals === undefined ? [] : [command.positionals]),
    ...required.map(([name, o]) => `--${name} ${o.value ?? "TEXT"}`),
    "[options]",
  ];
  const lines = [command.summary, "", `npm run -s sgm -- ${command.name} ${usage.join(" ")}`, "", ...columns(rows)];
  if (command.details !== undefined) lines.push("", command.details);
  return `${lines.join("\n")}\n`;
}

/** Rows of two columns, indented and aligned. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
