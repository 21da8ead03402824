/** The presets, put together from the settings: `quick` is complete, the others say in what they differ from it. */
import { allSettings } from "../experiments/registry";
import { type PresetName, presetNames } from "../experiments/settings";
import { type Configuration, type Overrides, schema } from "./configuration-schema";

function differences(preset: PresetName, twoAxes = false): Overrides {
  const said = allSettings.flatMap(({ key, presets }) => {
    const values = twoAxes ? presets.twoAxes?.[preset] : presets[preset];
    return values === undefined ? [] : [[key, values] as const];
  });
  return { preset, ...Object.fromEntries(said) };
}

export const quick: Configuration = schema.parse(differences("quick"));

export const presets = Object.fromEntries(
  presetNames.map((name) => [name, name === "quick" ? {} : differences(name)]),
) as Record<PresetName, Overrides>;

/**
 * What a preset changes of `quick`, in the order in which it applies; more of it where the problem's grid has two axes.
 */
export function layersOf(preset: PresetName, { twoAxes }: { readonly twoAxes: boolean }): Overrides[] {
  if (!twoAxes) return [presets[preset]];
  const names = preset === "quick" ? (["quick"] as const) : (["quick", preset] as const);
  return names.flatMap((name) => [presets[name], differences(name, true)]);
}
