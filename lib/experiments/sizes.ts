/**
 * The sizes that claims are about where no theory says from which size on they hold: those of the preset, at which they
 * were seen to hold, or of `quick` where the preset is larger. A shorter training, a coarser sampler or a smaller
 * sample may break such a claim, and says nothing then of the method.
 */
import type { SamplerSettings } from "../model/sampler-settings";
import type { Size } from "../notebook/claims";
import type { Problem } from "../transport/problem";
import { ablationSettings } from "./film-ablation/settings";
import { boundariesSettings } from "./boundary-configurations/settings";
import { confounderSettings } from "./confounder/settings";
import { identifiabilitySettings } from "./identifiability/settings";
import { manifoldSettings } from "./manifold/settings";
import { meanBiasSettings } from "./mean-bias/settings";
import { measurementsSettings } from "./measurements/settings";
import { planeModelSettings } from "./plane-model/settings";
import { evaluationSettings, samplerSettings } from "./sampling/settings";
import type { PresetName } from "./settings";
import { trainingSettings } from "./training/settings";
import { statisticsSettings } from "./training-data/settings";
import { workPrecisionSettings } from "./work-precision/settings";

/** A study: its configuration, of which the keys of `sizes` are read, and the axes of its problem. */
export interface Sized {
  readonly configuration: object & { readonly preset: PresetName };
  readonly problem: Pick<Problem, "domain">;
}

/** Keys of the configuration that count something. */
export type SizeKey =
  | "training.steps"
  | "sampler.steps"
  | `statistics.${"nodes" | "porosities"}`
  | `evaluation.${"conditions" | "generated"}`
  | `meanBias.${"generated" | "empirical"}`
  | "confounder.fields"
  | `identifiability.${"draws" | "chain"}`
  | "manifold.fields"
  | `ablation.${"seeds" | "steps" | "testConditions" | "generated"}`
  | "workPrecision.generated"
  | `measurements.${"bank" | "candidates"}`
  | `boundaries.${"steps" | "porosities" | "generated"}`
  | `planeModel.${"steps" | "generated"}`;

const settingsOf = {
  training: trainingSettings,
  sampler: samplerSettings,
  statistics: statisticsSettings,
  evaluation: evaluationSettings,
  meanBias: meanBiasSettings,
  confounder: confounderSettings,
  identifiability: identifiabilitySettings,
  manifold: manifoldSettings,
  ablation: ablationSettings,
  workPrecision: workPrecisionSettings,
  measurements: measurementsSettings,
  boundaries: boundariesSettings,
  planeModel: planeModelSettings,
};

/** Steps of methods other than the preset's at which their own error is small beside what is allowed of a network. */
const enoughSteps: Readonly<Record<Exclude<SamplerSettings["method"], "mode-flow">, number>> = {
  "reverse-sde-euler": 1000,
  "reverse-sde-heun": 200,
  "flow-euler": 1000,
  "flow-heun": 200,
};

/** What a claim is about that was seen to hold at the preset: so much of each key at least. */
export function sizes(study: Sized, ...keys: readonly SizeKey[]): Size[] {
  return keys.map((key) => ({ of: key, least: leastOf(study, key), here: Number(valueAt(study.configuration, key)) }));
}

function leastOf(study: Sized, key: SizeKey): number {
  const { configuration, problem } = study;
  if (key === "sampler.steps") {
    const method = valueAt(configuration, "sampler.method") as SamplerSettings["method"];
    if (method !== "mode-flow") return enoughSteps[method];
  }
  const [part, own] = key.split(".") as [keyof typeof settingsOf, string];
  const { twoAxes, ...oneAxis } = settingsOf[part].presets;
  const of = (preset: PresetName): unknown => {
    const layers = [oneAxis[preset], ...(problem.domain.length === 2 ? [twoAxes?.[preset]] : [])];
    return layers.reduce<unknown>(
      (value, layer) => (layer as Readonly<Record<string, unknown>>)?.[own] ?? value,
      undefined,
    );
  };
  const quick = Number(of("quick"));
  return Math.min(quick, Number(of(configuration.preset) ?? quick));
}

const valueAt = (values: unknown, key: string): unknown =>
  key.split(".").reduce((inner, name) => (inner as Readonly<Record<string, unknown>>)[name], values);

/**
 * Whether claims about a trained network are made: `false` where it was trained for a test only, `true` of whatever
 * network there is, sizes where networks were trained and fields drawn so long at least.
 */
export type Trained = boolean | readonly Size[];

/** What a claim about a trained network is about. */
export const sizesOf = (trained: Trained): readonly Size[] => (typeof trained === "boolean" ? [] : trained);

/** Claims about a network: none at the preset smoke, which trains for tests only. */
export function trainedFor(study: Sized, ...keys: readonly SizeKey[]): Trained {
  return study.configuration.preset !== "smoke" && sizes(study, ...keys);
}
