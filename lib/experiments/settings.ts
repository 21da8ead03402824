/**
 * The settings of one part of a study: a key of the configuration, the schema of what stands under it, its values for
 * each preset.
 */
import { type AnySchema, type Infer, type NumberSchema, z } from "./schema";

/**
 * `quick` runs the study in minutes, `smoke` is for tests, `full` has smaller error bars, `published` the original's
 * sizes.
 */
export const presetNames = ["smoke", "quick", "full", "published"] as const;
export type PresetName = (typeof presetNames)[number];

export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/**
 * `quick` is complete; the others say in what they differ from it. `twoAxes`: what is otherwise, in `quick` or in
 * another, where the problem lies on a grid of two axes.
 */
export type Presets<T> = { readonly quick: T } & { readonly [P in PresetName]?: DeepPartial<T> } & {
  readonly twoAxes?: { readonly [P in PresetName]?: DeepPartial<T> };
};

export interface Settings<K extends string, S extends AnySchema> {
  readonly key: K;
  readonly schema: S;
  readonly presets: Presets<Infer<S>>;
}

/** The part of a configuration that settings describe: `{ meanBias: { betaMax, .. } }`. */
export type Part<T> = T extends Settings<infer K, infer S> ? { readonly [key in K]: Infer<S> } : never;

export function settings<K extends string, S extends AnySchema>(
  key: K,
  schema: S,
  presets: Presets<Infer<S>>,
): Settings<K, S> {
  return { key, schema, presets };
}

export const whole = (min: number, max = 1e9): NumberSchema => z.number().int().min(min).max(max);
export const positive = z.number().positive();
/** The training log splits a batch evenly over so many bands of noise levels. */
export const noiseBands = 8;
