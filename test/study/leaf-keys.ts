/** The keys of a configuration one by one, as a person writes them, and another value for each. */
import { isRecord } from "../../lib/storage/json";

/** `[key, value]` of every leaf of a configuration; a list is one. */
export function leaves(value: unknown, place: readonly string[] = []): [key: string, value: unknown][] {
  if (!isRecord(value)) return [[place.join("."), value]];
  return Object.entries(value).flatMap(([name, part]) => leaves(part, [...place, name]));
}

/** The same without the name of the preset, which is a name for values of all others. */
export const keysOf = (configuration: object): [key: string, value: unknown][] =>
  leaves(configuration).filter(([key]) => key !== "preset");

/** Where one more, or the other of two, is no value. */
const others: Readonly<Record<string, unknown>> = {
  "problem.name": "electrode",
  "network.size": "fast",
  "network.conditioning": "none",
  "network.preconditioning": "none",
  "ablation.batch": 64,
  "ablation.testConditions": 12, // shared out between regimes
  "training.conditions": 24,
  "training.fields": 3,
  "training.trialFields": 22,
  "planeModel.batchConditions": 24,
  "planeModel.batchFields": 3,
  "planeModel.trialFields": 22,
  "training.convolutions": "float32",
  "sampler.method": "reverse-sde-heun",
  "sampler.spacing": "uniform",
  "sampler.start": "standard normal",
  "measurements.infer": ["l"],
};

/** Another value of a key; of a list another last number, or one entry less. */
export function changed(key: string, value: unknown): unknown {
  if (key in others) return others[key];
  if (typeof value === "boolean") return !value;
  if (Array.isArray(value)) {
    const last: unknown = value[value.length - 1];
    return [...value.slice(0, -1), ...(typeof last === "number" ? [changed(key, last)] : [])] as unknown[];
  }
  if (typeof value === "number") return Number.isInteger(value) && value >= 1 ? value + 1 : value * 0.9;
  throw new Error(`${key}: this test needs another value for it`);
}

/** `--set` of a key and its value. */
export const text = (key: string, value: unknown): string =>
  `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`;
