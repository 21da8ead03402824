/** Settings of the model of fields on a plane, and of its evaluation; its sizes are those of any problem on two axes. */
import { z } from "../schema";
import { problemSettings } from "../common-settings";
import { positive, settings, whole } from "../settings";
import { ensembleSettings, networkSettings, trainingSettings } from "../training/settings";
import { statisticsSettings } from "../training-data/settings";

export const planeModelSettings = settings(
  "planeModel",
  z.strictObject({
    /** Along each axis. */
    cells: whole(8, 128),
    /** Of the conditional Gaussian, as `statistics.nodes` and `statistics.porosities`. */
    nodes: whole(2, 1024),
    porosities: whole(32, 1e6),
    /** Of the training, as `ensemble.conditions`, `ensemble.porosities`, `network.modes` and `training.steps`. */
    conditions: whole(8, 1e6),
    fields: whole(8, 1e6),
    modes: whole(2, 400),
    steps: whole(1),
    /** Held-out conditions, and generated fields and solver fields at each. */
    heldOut: whole(1, 1000),
    generated: whole(50, 1e6),
    reference: whole(100, 1e6),
    /** Standard deviation of a sensor's noise, V. */
    noise: positive,
  }),
  {
    quick: {
      ...sizesOf("quick"),
      heldOut: 16,
      generated: 1000,
      reference: 4000,
      noise: 0.05,
    },
    smoke: { ...sizesOf("smoke"), steps: 16, heldOut: 1, generated: 100, reference: 200 },
    full: { cells: 128, steps: 40000 },
  },
);

/** What the presets say of problems on two axes. */
function sizesOf(preset: "quick" | "smoke"): {
  cells: number;
  nodes: number;
  porosities: number;
  conditions: number;
  fields: number;
  modes: number;
  steps: number;
} {
  const [problem, statistics, ensemble, network, training] = [
    { ...problemSettings.presets.twoAxes?.quick, ...problemSettings.presets.twoAxes?.[preset] },
    { ...statisticsSettings.presets.quick, ...statisticsSettings.presets.twoAxes?.[preset] },
    { ...ensembleSettings.presets.quick, ...ensembleSettings.presets.twoAxes?.[preset] },
    { ...networkSettings.presets.quick, ...networkSettings.presets.twoAxes?.[preset] },
    { ...trainingSettings.presets.quick, ...trainingSettings.presets.twoAxes?.[preset] },
  ];
  return {
    cells: Number(problem.cells),
    nodes: statistics.nodes,
    porosities: statistics.porosities,
    conditions: ensemble.conditions,
    fields: ensemble.porosities,
    modes: network.modes,
    steps: training.steps,
  };
}
