/**
 * The configuration of a study, put together from four layers, later ones win: the preset, the notebook's first cell,
 * the environment variable SGM_OVERRIDES (JSON, set by the command that executes a notebook), and `--set key=value` of
 * the command line. A preset named in a later layer replaces the base of all.
 *
 * A notebook's first cell lists the keys of its chapter with the values of its own preset, to be changed in place. What
 * equals that preset's value is no change: where another preset is named from outside, that one's value holds.
 */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { UserError } from "../errors/user-error";
import type { Extent } from "../fields/grid";
import { type Configuration, type Overrides, type PresetName, schema } from "./configuration-schema";
import { samplerMethods, usualSteps } from "../model/sampler-settings";
import { porosityFromFile } from "./porosity-file";
import { isRecord } from "../storage/json";
import { layersOf, presets, quick } from "./presets";
import { ownSettings, problem, problemAs } from "../transport/problems";
import { declaredPhysics } from "../transport/with-physics";

export { type Configuration, modelParts, type Overrides, type PresetName } from "./configuration-schema";
export { overridesFromText } from "./setting-texts";

/** The layers merged and checked. Throws a UserError that names the key, what was expected and what came. */
export function configuration(...layers: readonly Overrides[]): Configuration {
  const name = layers.reduce<unknown>((last, layer) => layer.preset ?? last, "quick");
  if (typeof name !== "string" || !(name in presets)) {
    throw new UserError(
      `configuration: preset must be one of ${Object.keys(presets).join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
  const domain = domainOf(layers.reduce((last, layer) => layer.problem?.name ?? last, quick.problem.name));
  const twoAxes = domain.length === 2;
  const own: Overrides[] = domain.length === 1 ? [{ problem: { cells: domain[0].cells } }] : [];
  const base = [...layersOf(name as PresetName, { twoAxes }), ...own]; // the problem's usual cells along one axis
  const changes = layers.map((layer) => changesOf(withLaw(layer), twoAxes));
  const merged = [...base, ...stepsOfMethod(base, changes), ...changes].reduce<unknown>(merge, quick);
  const result = schema.safeParse({ ...(merged as object), preset: name });
  if (result.success) return { ...result.data, problem: ownSettings(result.data.problem) };
  const first = result.error.issues[0];
  const path = first.path.join(".");
  if (first.code === "unrecognized_keys") {
    const key = [path, first.keys[0]].filter((part) => part !== "").join(".");
    throw new UserError(`configuration: there is no key "${key}"; keys here: ${keysAt(first.path).join(", ")}`);
  }
  throw new UserError(`configuration: ${path}: ${first.message}, got ${JSON.stringify(valueAt(merged, first.path))}`);
}

/** The axes of the problem; none where it cannot be opened: what is wrong with a name or a file is said when it is. */
function domainOf(name: unknown): readonly Extent[] {
  if (typeof name !== "string") return [];
  try {
    return problem(name).domain;
  } catch {
    return [];
  }
}

/** The usual steps of a sampler that is not the preset's own. */
function stepsOfMethod(base: readonly Overrides[], changes: readonly Overrides[]): Overrides[] {
  const methodOf = (layers: readonly Overrides[]) =>
    layers.reduce<string | undefined>((last, { sampler }) => sampler?.method ?? last, undefined);
  const method = samplerMethods.find((name) => name === methodOf(changes));
  const own = methodOf(base) ?? quick.sampler.method;
  return method === undefined || method === own ? [] : [{ sampler: { steps: usualSteps(method) } }];
}

/** A layer with the law of the porosity in the place of the file that it names. */
function withLaw(layer: Overrides): Overrides {
  const file = layer.problem?.porosity;
  if (typeof file !== "string") return layer;
  return { ...layer, problem: { ...layer.problem, porosity: porosityFromFile(file) } };
}

/**
 * What a layer changes of the preset that it names itself; all of it where it names none, or one that does not exist.
 */
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

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((here, key) => (isRecord(here) ? here[String(key)] : undefined), value);
}

/** The value of a key such as "schedule.betaMax". @throws UserError if there is no such key. */
export function valueOfKey(configuration: Configuration, key: string): unknown {
  const path = key.split(".");
  const own = { problem: declaredPhysics(problemAs(configuration.problem)) };
  const value = valueAt(configuration, path) ?? valueAt(own, path);
  if (value === undefined) {
    const there = (here: readonly string[]): boolean =>
      [configuration, own].some((of) => valueAt(of, here) !== undefined);
    const known = path.findIndex((_, k) => !there(path.slice(0, k + 1)));
    const missing = path.slice(0, known + 1).join(".");
    const parent = path.slice(0, known);
    const keys = [...new Set([...keysAt(parent), ...Object.keys(valueAt(own, parent) ?? {})])];
    throw new UserError(`configuration: there is no key "${missing}"; keys here: ${keys.join(", ")}`);
  }
  return value;
}

/** From the schema: a preset does not hold the keys that may be left out. */
function keysAt(path: readonly PropertyKey[]): string[] {
  const here = path.reduce<unknown>((type, key) => shapeOf(type)[String(key)], schema);
  return Object.keys(shapeOf(here));
}

function shapeOf(type: unknown): Readonly<Record<string, unknown>> {
  if (type instanceof z.ZodOptional) return shapeOf(type.unwrap());
  return type instanceof z.ZodObject ? type.shape : {};
}
