/**
 * A sweep: the notebooks executed once for every value of one or several configuration keys, and what they claim
 * collected in one tidy table: a row for each claim of each notebook at each point.
 *   KEY .. , notebook, claim, value, expected, low, high, holds
 * A claim that does not hold is a row like any other. Stages that the points share are computed once, and a sweep that
 * was interrupted finds what it had computed in the cache.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { sha256 } from "../storage/checksum";
import { writeAtomically } from "../storage/atomic";
import { canonicalJson, isRecord } from "../storage/json";
import { UserError } from "../errors/user-error";
import { csv } from "../figures/csv";
import { type Claim, claimsIn } from "../notebook/claims";
import { configuration, type Overrides, overridesFromText, valueOfKey } from "../study/configuration";
import { executeNotebook } from "./execute-notebook";

export interface Point {
  /** The value of every swept key. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly overrides: Overrides;
}

/**
 * The points of `--sweep KEY=VALUE,VALUE,..`: the product of all keys' values, the last key fastest. A value of a
 * list-valued key is written [1,3]; a plain one stands for a list of it alone. @throws UserError for a wrong key or
 * value, before anything is run
 */
export function sweepPoints(sweeps: readonly string[], base: Overrides): Point[] {
  let points: Point[] = [{ values: {}, overrides: base }];
  for (const sweep of sweeps) {
    const at = sweep.indexOf("=");
    const key = sweep.slice(0, Math.max(0, at)).trim();
    const texts = at < 1 ? [] : split(sweep.slice(at + 1));
    if (texts.length === 0 || texts.some((text) => text === "")) {
      throw new UserError(`--sweep expects key=value,value,.., for instance schedule.betaMax=1,3,10, got "${sweep}"`);
    }
    if (key in points[0].values) throw new UserError(`--sweep: the key ${key} is swept twice`);
    const isList = Array.isArray(valueOfKey(configuration(base), key));
    points = points.flatMap((point) =>
      texts.map((text): Point => {
        const setting = `${key}=${isList && !text.startsWith("[") ? `[${quoted(text)}]` : text}`;
        const changed = overridesFromText([setting]);
        const overrides = overlay(point.overrides, changed);
        const value = valueOfKey(configuration(overrides), key);
        return { values: { ...point.values, [key]: value }, overrides };
      }),
    );
  }
  const texts = points.map((point) => canonicalJson(point.values));
  const twice = texts.find((text, k) => texts.indexOf(text) !== k);
  if (twice !== undefined) throw new UserError(`--sweep: the values ${twice} are asked for twice`);
  return points;
}

/** At commas outside brackets and quotation marks. */
function split(text: string): string[] {
  const pieces = text.match(/(?:\[[^\]]*\]|"[^"]*"|[^,[\]"])+/g) ?? [];
  return pieces.map((piece) => piece.trim());
}

function quoted(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

function overlay(base: Overrides, change: Overrides): Overrides {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    const before = result[key];
    const both = isRecord(before) && isRecord(value);
    result[key] = both ? overlay(before as Overrides, value as Overrides) : value;
  }
  return result as Overrides;
}

/** One row of the table, its columns in order. */
export type SweepRow = Readonly<Record<string, string | number | boolean | null>>;

export interface SweepResult {
  readonly rows: readonly SweepRow[];
  /** Of the notebook that stopped the sweep (interrupted), otherwise 0, or 1 where a notebook ended with an error. */
  readonly status: number;
  readonly table: string;
}

export interface SweepJob {
  readonly root: string;
  /** Paths of the notebooks. */
  readonly notebooks: readonly string[];
  readonly points: readonly Point[];
  /** Executed notebooks, figures and the table go there, a folder for each point. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** Where a sweep's results go: the same words find the same folder. */
export function sweepFolder(data: string, points: readonly Point[], names: readonly string[]): string {
  return path.join(data, "sweeps", sha256(canonicalJson([points.map((p) => p.overrides), names])).slice(0, 12));
}

/** Runs a sweep. The table is written anew after every notebook, so that an interrupted sweep leaves what it has. */
export async function runSweep({ root, notebooks, points, folder, say }: SweepJob): Promise<SweepResult> {
  const table = path.join(folder, "table.csv");
  const rows: SweepRow[] = [];
  let status = 0;
  for (const [k, point] of points.entries()) {
    const values = Object.entries(point.values).map(([key, value]) => [key, cell(value)] as const);
    say(`sweep ${k + 1}/${points.length}: ${values.map(([key, value]) => `${key} = ${value}`).join(", ")}`);
    const place = path.join(folder, String(k + 1).padStart(String(points.length).length, "0"));
    for (const file of notebooks) {
      const name = path.basename(file, ".ipynb");
      const claims = path.join(place, `${name}.claims.json`);
      await fs.mkdir(place, { recursive: true });
      const ended = await executeNotebook({
        root,
        notebook: file,
        output: path.join(place, `${name}.ipynb`),
        overrides: point.overrides,
        claims,
        environment: { SGM_FALSE_CLAIMS: "record", SGM_FIGURES: path.join(place, "figures") },
      });
      if (ended === 130 || ended === 143) return { rows, status: ended, table };
      const made = await claimsIn(claims);
      const stopped: Claim = { claim: "the notebook runs to its end", value: null, holds: false };
      if (ended !== 0) status = 1;
      for (const { claim, value, expected, low, high, holds } of ended === 0 ? made : [...made, stopped]) {
        rows.push({
          ...Object.fromEntries(values),
          notebook: name,
          claim,
          value,
          expected: expected ?? null,
          low: low ?? null,
          high: high ?? null,
          holds,
        });
      }
      if (rows.length > 0) await writeAtomically(table, csv(rows));
    }
  }
  return { rows, status, table };
}

/** A value as a cell of the table: lists as JSON. */
function cell(value: unknown): string | number | boolean {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean"
    ? value
    : JSON.stringify(value);
}

/**
 * The table for a reader: a row for each claim, a column for each point, numbers that break their claim marked with
 * "!".
 */
export function sweepOverview(rows: readonly SweepRow[], keys: readonly string[]): SweepRow[] {
  const overview = new Map<string, Record<string, string | number | boolean | null>>();
  const seen = new Map<string, number>(); // a notebook may make one claim several times
  for (const row of rows) {
    const point = keys.map((key) => `${key.split(".").pop()} ${row[key]}`).join(", ");
    const made = `${point} ${row.notebook} ${row.claim}`;
    const turn = (seen.get(made) ?? 0) + 1;
    seen.set(made, turn);
    const name = `${String(row.notebook).slice(0, 2)} ${row.claim}${turn > 1 ? ` (${turn})` : ""}`;
    const line = overview.get(name) ?? { claim: name };
    const value = typeof row.value === "number" ? Number(row.value.toPrecision(3)) : "–";
    line[point] = row.holds === true ? value : `${value} !`;
    overview.set(name, line);
  }
  return [...overview.values()];
}
