/**
 * A table of places and porosities as a person's instrument or spreadsheet writes it: columns separated by commas,
 * semicolons, tabs or blanks, a header that says what they are, lines that begin with # passed over.
 *   x_um;eps            the unit of x stands in its header: m, cm, mm, um (µm), nm, or x/L for a share of the thickness
 *   0,0;0,31            decimal commas where another sign separates the columns
 * A unit is never guessed: a header with a unit that is not understood is refused. Places without a unit are metres.
 */
import { UserError } from "../errors/user-error";
import { lengthUnits, metresIn } from "../fields/length-units";

export interface ProfileTable {
  /** [points]: metres, or shares of the thickness. */
  readonly x: Float64Array;
  /** What the header says of x; undefined where it names no unit, so that metres are taken. */
  readonly unit: "m" | "x/L" | undefined;
  /** Porosities [points] of each column after the first. */
  readonly profiles: readonly Float64Array[];
}

/** @throws UserError naming the file, the line, what was expected and what came */
export function readProfileTable(bytes: Uint8Array | string, name: string): ProfileTable {
  const lines = (typeof bytes === "string" ? bytes : decoded(bytes, name))
    .split(/\r\n|\r|\n/)
    .map((text, index) => ({ text: text.trim(), number: index + 1 }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
  const separator = separatorOf(lines.map(({ text }) => text));
  const rows = lines.map(({ text, number }) => ({ number, text, cells: cellsOf(text, separator) }));
  const hasHeader = rows.length > 0 && rows[0].cells.every((cell) => Number.isNaN(numberOf(cell, separator)));
  const header = hasHeader ? rows.shift()! : undefined;
  const columns = (header ?? rows[0])?.cells.length ?? 2;
  const place = placesOf(header?.cells[0], name);
  const scales = Array.from({ length: Math.max(1, columns - 1) }, (_, k) => shareOf(header?.cells[k + 1], name));
  const numbers = rows.map((row) => {
    const values = row.cells.map((cell) => numberOf(cell, separator));
    if (values.length === columns && columns >= 2 && values.every(Number.isFinite)) return values;
    const hint =
      separator === "," && values.length === 2 * columns
        ? ". Decimal commas? Remedy: semicolons between the columns, or decimal points"
        : "";
    throw new UserError(
      `${name}, line ${row.number}: expected ${columns <= 2 ? "two numbers, x and eps" : `${columns} numbers`}, ` +
        `got "${row.text.slice(0, 80)}"${hint}`,
    );
  });
  if (numbers.length < 2)
    throw new UserError(`${name}: expected at least two lines of x and eps, got ${numbers.length}`);
  const x = Float64Array.from(numbers, ([at]) => at * place.factor);
  const worst = x.findIndex((at, i) => i > 0 && !(at > x[i - 1]));
  if (worst > 0) {
    throw new UserError(
      `${name}: x must increase from point to point, got ${numbers[worst - 1][0]} and then ${numbers[worst][0]} ` +
        `(line ${rows[worst].number})`,
    );
  }
  const profiles = scales.map((scale, k) => Float64Array.from(numbers, (row) => row[k + 1] * scale));
  return { x, unit: place.unit, profiles };
}

/** UTF-8, or UTF-16 by its byte order mark, as spreadsheets write it. */
function decoded(bytes: Uint8Array, name: string): string {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    const text = new TextDecoder(mark, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // said below
  }
  throw new UserError(`${name}: it is no text in UTF-8 or UTF-16. Remedy: store the table as "CSV UTF-8"`);
}

type Separator = ";" | "\t" | "," | " ";

/** The sign that separates columns: a comma only where nothing else does, since it may be a decimal comma. */
function separatorOf(lines: readonly string[]): Separator {
  for (const sign of [";", "\t"] as const) if (lines.some((line) => line.includes(sign))) return sign;
  const withBlanks = lines.filter((line) => /^[-+.,\deE]+\s+[-+.,\deE]+/.test(line));
  return withBlanks.some((line) => !/,\s/.test(line)) || !lines.some((line) => line.includes(",")) ? " " : ",";
}

const cellsOf = (line: string, separator: Separator): string[] =>
  (separator === " " ? line.split(/\s+/) : line.split(separator)).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));

function numberOf(cell: string, separator: Separator): number {
  const text = separator === "," ? cell : cell.replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : NaN;
}

/** "x um", "eps %" */
const bareUnit = new RegExp(`^\\S+\\s+(${lengthUnits.join("|")}|%)$`);

/** "um" of x_um, x (um), x [um], x in um, x/um; "x/L"; undefined where a header names none. */
function unitOf(header: string): string | undefined {
  if (/(^|[\s_([])[xz]\s*\/\s*L\b/.test(header)) return "x/L";
  return (
    /[([]\s*([^)\]]*?)\s*[)\]]/.exec(header)?.[1] ??
    /^\S+\s+in\s+(\S+)$/.exec(header)?.[1] ??
    /^[^/]+\/\s*(\S+)$/.exec(header)?.[1] ??
    /_([^_\s\d]+)$/.exec(header)?.[1] ??
    bareUnit.exec(header)?.[1]
  );
}

function placesOf(header: string | undefined, name: string): { unit: ProfileTable["unit"]; factor: number } {
  const unit = header === undefined ? undefined : unitOf(header);
  if (unit === undefined) return { unit: undefined, factor: 1 };
  if (unit === "x/L") return { unit, factor: 1 };
  const factor = metresIn(unit);
  if (factor !== undefined) return { unit: "m", factor };
  throw new UserError(
    `${name}: the unit "${unit}" of the column "${header}" is not understood. Remedy: one of m, cm, mm, um, ` +
      "nm or x/L, as in x_um or x (um)",
  );
}

/** The factor of a porosity column: per cent where its header says so. */
function shareOf(header: string | undefined, name: string): number {
  const unit = header === undefined ? undefined : unitOf(header);
  if (unit === "%" || unit === "percent") return 0.01;
  if (unit !== undefined && (metresIn(unit) !== undefined || unit === "x/L"))
    throw new UserError(`${name}: the column "${header}" is a length, a porosity is expected after the first column`);
  return 1;
}
