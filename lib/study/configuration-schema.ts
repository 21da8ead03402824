/**
 * What a configuration consists of: the settings of all experiments and what every stage may depend on, as one schema.
 */
import { z } from "zod";
import { allSettings, type Values } from "../experiments/registry";
import { type DeepPartial, type PresetName, presetNames } from "../experiments/settings";

export type { PresetName } from "../experiments/settings";

// The keys are those of the settings, which the type of entries made one by one cannot tell.
const shape = Object.fromEntries(allSettings.map(({ key, schema }) => [key, schema])) as unknown as {
  readonly [K in keyof Values]: z.ZodType<Values[K]>;
};

/**
 * A complete, checked configuration; what each key means stands in the settings of its experiment,
 * lib/experiments/NAME/settings.ts.
 */
export type Configuration = Values & { preset: PresetName };
export const schema = z.strictObject({ preset: z.enum(presetNames), ...shape });

/** The parts of a configuration of which a stored model is made. */
export const modelParts = schema
  .pick({ seed: true, problem: true, ensemble: true, network: true, training: true })
  .extend({ schedule: schema.shape.schedule.optional() });

type Problem = Configuration["problem"];
/** What differs from a preset; every key optional. The law of the porosity may be the path of a law.json. */
export type Overrides = DeepPartial<Omit<Configuration, "problem">> & {
  readonly problem?: Partial<Omit<Problem, "porosity">> & { readonly porosity?: string | Problem["porosity"] };
};
