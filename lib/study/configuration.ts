/**
 * The configuration of a study, put together from four layers, later ones win: the preset, the notebook's first cell, the environment variable
 * SGM_OVERRIDES (JSON, set by the command that executes a notebook), and `--set key=value` of the command line. A preset named in a later layer
 * replaces the base of all.
 *
 * A notebook's first cell lists the keys of its chapter with the values of its own preset, to be changed in place. What equals that preset's
 * value is no change: where another preset is named from outside, that one's value holds.
 */
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../errors/user-error";
import { problem } from "../transport/problems";
import { type Configuration, type Overrides, type PresetName, schema } from "./configuration-schema";
import { layersOf, presets, quick } from "./presets";

export { type Configuration, modelParts, type Overrides, type PresetName } from "./configuration-schema";

/** The layers merged and checked. Throws a UserError that names the key, what was expected and what came. */
export function configuration(...layers: readonly Overrides[]): Configuration {
  const name = layers.reduce<unknown>((last, layer) => layer.preset ?? last, "quick");
  if (typeof name !== "string" || !(name in presets)) {
    throw new UserError(
      `configuration: preset must be one of ${Object.keys(presets).join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
  const twoAxes = hasTwoAxes(layers.reduce((last, layer) => layer.problem?.name ?? last, quick.problem.name));
  const base = layersOf(name as PresetName, { twoAxes });
  const changes = layers.map((layer) => changesOf(layer, twoAxes));
  const merged = [...base, ...changes].reduce<unknown>(merge, quick);
  const result = schema.safeParse({ ...(merged as object), preset: name });
  if (result.success) return result.data;
  const first = result.error.issues[0];
  const path = first.path.join(".");
  if (first.code === "unrecognized_keys") {
    const key = [path, first.keys[0]].filter((part) => part !== "").join(".");
    throw new UserError(`configuration: there is no key "${key}"; keys here: ${keysAt(first.path).join(", ")}`);
  }
  throw new UserError(`configuration: ${path}: ${first.message}, got ${JSON.stringify(valueAt(merged, first.path))}`);
}

/** Does the problem's grid have two axes? What is wrong with a name or a file is said when the problem is opened. */
function hasTwoAxes(name: unknown): boolean {
  if (typeof name !== "string") return false;
  try {
    return problem(name).domain.length === 2;
  } catch {
    return false;
  }
}

/** What a layer changes of the preset that it names itself; all of it where it names none, or one that does not exist. */
function changesOf(layer: Overrides, twoAxes: boolean): Overrides {
  const { preset } = layer;
  if (preset === undefined || !Object.hasOwn(presets, preset)) return layer;
  return (without(layer, layersOf(preset, { twoAxes }).reduce<unknown>(merge, quick)) ?? {}) as Overrides;
}

/** `value` less what stands in `base` with the same value; undefined where nothing is left. */
function without(value: unknown, base: unknown): unknown {
  if (!isRecord(value)) return isDeepStrictEqual(value, base) ? undefined : value;
  const entries = Object.entries(value).map(([key, v]) => [key, without(v, isRecord(base) ? base[key] : undefined)]);
  const kept = entries.filter(([, v]) => v !== undefined);
  return kept.length === 0 && isRecord(base) ? undefined : Object.fromEntries(kept);
}

/** `key=value` texts of a command line as overrides: values are JSON where they parse, plain text otherwise. */
export function overridesFromText(settings: readonly string[]): Overrides {
  const fresh = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>; // "__proto__" is a key like any other
  const root = fresh();
  for (const setting of settings) {
    const at = setting.indexOf("=");
    if (at < 1) throw new UserError(`--set expects key=value, for instance sampler.steps=20, got "${setting}"`);
    const keys = setting.slice(0, at).trim().split(".");
    let here = root;
    for (const key of keys.slice(0, -1)) {
      const next = (here[key] ??= fresh());
      if (!isRecord(next)) throw new UserError(`--set ${setting}: an earlier --set gave ${key} a value of its own`);
      here = next;
    }
    here[keys[keys.length - 1]] = parsed(setting.slice(at + 1).trim());
  }
  return root as Overrides;
}

/** The overrides of the environment variable SGM_OVERRIDES; none if it is not set. */
export function overridesFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Overrides {
  const text = environment.SGM_OVERRIDES;
  if (text === undefined || text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Overrides;
  } catch (error) {
    throw new UserError(`SGM_OVERRIDES is not JSON: ${(error as Error).message}`);
  }
  throw new UserError(`SGM_OVERRIDES must hold a JSON object such as {"preset": "smoke"}, got ${text.slice(0, 80)}`);
}

function parsed(text: string): unknown {
  if (text.includes(",") && !text.startsWith("[")) return text.split(",").map((part) => parsed(part.trim()));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // a word such as reverse-sde-heun
  }
}

function merge(base: unknown, change: unknown): unknown {
  if (change === undefined) return base;
  if (!isRecord(base) || !isRecord(change)) return change;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (key === "__proto__") throw new UserError('configuration: there is no key "__proto__"');
    result[key] = merge(base[key], value);
  }
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((here, key) => (isRecord(here) ? here[String(key)] : undefined), value);
}

/** The value of a key such as "schedule.betaMax". @throws UserError if there is no such key. */
export function valueOfKey(configuration: Configuration, key: string): unknown {
  const path = key.split(".");
  const value = valueAt(configuration, path);
  if (value === undefined) {
    const known = path.findIndex((_, k) => valueAt(configuration, path.slice(0, k + 1)) === undefined);
    const missing = path.slice(0, known + 1).join(".");
    throw new UserError(
      `configuration: there is no key "${missing}"; keys here: ${keysAt(path.slice(0, known)).join(", ")}`,
    );
  }
  return value;
}

function keysAt(path: readonly PropertyKey[]): string[] {
  const here = valueAt(quick, path);
  return isRecord(here) ? Object.keys(here) : [];
}
