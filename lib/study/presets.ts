/** The presets, put together from the settings: `quick` is complete, the others say in what they differ from it. */
import { allSettings } from "../experiments/registry";
import { type PresetName, presetNames } from "../experiments/settings";
import { type Configuration, type Overrides, schema } from "./configuration-schema";

function differences(preset: PresetName): Overrides {
  const said = allSettings.flatMap(({ key, presets }) => {
    const values = presets[preset];
    return values === undefined ? [] : [[key, values] as const];
  });
  return { preset, ...Object.fromEntries(said) };
}

export const quick: Configuration = schema.parse(differences("quick"));

export const presets = Object.fromEntries(
  presetNames.map((name) => [name, name === "quick" ? {} : differences(name)]),
) as Record<PresetName, Overrides>;
