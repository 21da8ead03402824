/**
 * Readings from a CSV file: one line a reading, columns `channel`, one coordinate for each axis (`x`), `value` and
 * `std`, in any order:
 *
 *   channel, x (um), value,  std
 *   phi,     20,     1.2e-3, 1e-4
 *   c,       mean,   998.4,  0.3
 *
 * Coordinates are in m, or in the unit that the header gives in brackets; value and std in the channel's unit. The
 * word "mean" in the place of all coordinates reads the channel's mean. Lines that begin with # are passed over. What
 * is not understood is refused, with its line.
 */
import * as fs from "node:fs/promises";
import { explainReadError, UserError, withPlace } from "../errors/user-error";
import { lengthUnits, metresIn } from "../fields/length-units";
import { fieldSize } from "../fields/shape";
import { atPlace, type FieldSpace, meanOf } from "./functionals";
import { type Functional, type Observations, observed, sensors } from "./observations";

/** The readings of a file. @throws UserError naming file, line and remedy */
export async function readingsFromFile(file: string, space: FieldSpace): Promise<Observations> {
  return readingsFromText(await readingsText(file), space, file);
}

/**
 * The text of such a file: for who reads it again at every condition, or keeps it.
 * @throws UserError where it cannot be read
 */
export function readingsText(file: string): Promise<string> {
  return fs.readFile(file, "utf8").catch((error: unknown) => {
    throw explainReadError(error, file);
  });
}

/** The readings of a text in that form; `name` is used in messages. */
export function readingsFromText(text: string, space: FieldSpace, name = "readings"): Observations {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .map((line, i) => ({ words: wordsOf(line), place: `${name}, line ${i + 1}`, blank: /^\s*(#|$)/.test(line) }))
    .filter(({ blank }) => !blank);
  if (lines.length === 0) throw new UserError(`${name}: no reading in it. Remedy: a first line ${headerOf(space)}`);
  const columns = columnsOf(lines[0].words, space, lines[0].place);
  const functionals: Functional[] = [];
  const [value, std]: number[][] = [[], []];
  for (const { words, place } of lines.slice(1)) {
    if (words.length !== columns.length) {
      throw new UserError(`${place}: expected ${columns.length} entries (${headerOf(space)}), got ${words.length}`);
    }
    const entry = (column: string): string => words[columns.findIndex((c) => c.name === column)];
    const one = withPlace(place, () => {
      const functional = functionalOf(space, columns, entry);
      // one reading alone, so that what is wrong with it is told with its line
      observed(sensors([functional], numberFrom("std", entry("std")), fieldSize(space)), [
        numberFrom("value", entry("value")),
      ]);
      return functional;
    });
    functionals.push(one);
    value.push(Number(entry("value")));
    std.push(Number(entry("std")));
  }
  return withPlace(name, () => observed(sensors(functionals, std, fieldSize(space)), value));
}

interface Column {
  readonly name: string;
  /** Metres in one unit, for a coordinate. */
  readonly scale: number;
}

const headerOf = ({ grid }: FieldSpace): string =>
  ["channel", ...grid.axes.map(({ name }) => name), "value", "std"].join(",");

const wordsOf = (line: string): string[] => line.split(line.includes(";") ? ";" : ",").map((word) => word.trim());

function columnsOf(header: readonly string[], space: FieldSpace, place: string): Column[] {
  const axes = space.grid.axes.map(({ name }) => name);
  const known = ["channel", ...axes, "value", "std"];
  const columns = header.map((word) => {
    const [, name, unit] = /^(\w+)\s*(?:[([]\s*([^\])]*?)\s*[)\]])?$/.exec(word) ?? [undefined, word, undefined];
    if (!known.includes(name)) {
      const what = header.some((w) => Number.isFinite(Number(w || NaN)))
        ? "the first line names the columns"
        : "columns are";
      throw new UserError(`${place}: ${what} ${headerOf(space)}, got ${JSON.stringify(word)}`);
    }
    return { name, scale: scaleOf(name, unit, space, place) };
  });
  for (const name of known) {
    const times = columns.filter((c) => c.name === name).length;
    if (times === 1) continue;
    throw new UserError(`${place}: the column ${name} must be there once (${headerOf(space)}), got it ${times} times`);
  }
  return columns;
}

function scaleOf(name: string, unit: string | undefined, space: FieldSpace, place: string): number {
  if (unit === undefined) return 1;
  if (space.grid.axes.some((axis) => axis.name === name)) {
    const metres = metresIn(unit);
    if (metres !== undefined) return metres;
    throw new UserError(`${place}: the unit of ${name} is one of ${lengthUnits.join(", ")}, got "${unit}"`);
  }
  if (name !== "channel" && space.channels.every((channel) => channel.unit === unit)) return 1;
  const units = space.channels.map((channel) => `${channel.unit} for ${channel.name}`).join(", ");
  throw new UserError(`${place}: ${name} has no unit of its own but its channel's (${units}), got "${unit}"`);
}

function functionalOf(space: FieldSpace, columns: readonly Column[], entry: (name: string) => string): Functional {
  const words = space.grid.axes.map(({ name }) => entry(name));
  if (words.every((word) => word === "mean")) return meanOf(space, entry("channel"));
  const place = space.grid.axes.map(({ name }, a) => {
    return numberFrom(name, words[a]) * (columns.find((c) => c.name === name)?.scale ?? 1);
  });
  return atPlace(space, entry("channel"), ...place);
}

function numberFrom(name: string, word: string): number {
  const number = word === "" ? NaN : Number(word);
  if (Number.isFinite(number)) return number;
  throw new UserError(`${name} must be a finite number, got ${JSON.stringify(word)}`);
}
