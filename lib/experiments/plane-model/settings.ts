/**
 * Settings of the model of fields on a plane, and of its evaluation; its sizes are those of any problem on two axes.
 */
import { z } from "../schema";
import { problemSettings } from "../common-settings";
import { positive, type Presets, settings, whole } from "../settings";
import { bandsAsked, ensembleSettings, fillsBands, networkSettings, trainingSettings } from "../training/settings";
import { statisticsSettings } from "../training-data/settings";

export const planeModelSettings = settings(
  "planeModel",
  z
    .strictObject({
      /** Along each axis. */
      cells: whole(8, 128),
      /** Of the conditional Gaussian, as `statistics.nodes` and `statistics.porosities`. */
      nodes: whole(2, 1024),
      porosities: whole(32, 1e6),
      /** Of the training's pool, as `ensemble.conditions`, `ensemble.porosities` and `ensemble.heldOutConditions`. */
      conditions: whole(8, 1e6),
      fields: whole(8, 1e6),
      heldOutConditions: whole(8, 1e6),
      /** As `network.modes`, `training.steps`, `training.conditions`, `training.fields` and `training.trialFields`. */
      modes: whole(2, 400),
      steps: whole(1),
      batchConditions: whole(1, 65536),
      batchFields: whole(1, 65536),
      trialFields: trainingSettings.schema.shape.trialFields,
      /** Held-out conditions, and generated fields and solver fields at each. */
      heldOut: whole(1, 1000),
      generated: whole(50, 1e6),
      reference: whole(100, 1e6),
      /** Standard deviation of a sensor's noise, V. */
      noise: positive,
    })
    .refine(({ batchConditions, batchFields }) => fillsBands(batchConditions * batchFields), {
      path: ["batchFields"],
      message: bandsAsked("planeModel.batchConditions * planeModel.batchFields"),
    }),
  {
    quick: {
      ...sizesOf("quick"),
      heldOut: 20,
      generated: 1000,
      reference: 4000,
      noise: 0.05,
    },
    smoke: { ...sizesOf("smoke"), steps: 16, heldOut: 1, generated: 100, reference: 200 },
    full: { cells: 128, steps: 40000 },
  },
);

/** What the presets say of problems on two axes, in the order in which they apply. */
function sizesOf(preset: "quick" | "smoke") {
  const of = <T extends object>({ presets: { quick, smoke, twoAxes } }: { readonly presets: Presets<T> }): T => ({
    ...quick,
    ...(twoAxes?.quick as Partial<T>),
    ...(preset === "smoke" && { ...(smoke as Partial<T>), ...(twoAxes?.smoke as Partial<T>) }),
  });
  const [problem, statistics, ensemble] = [of(problemSettings), of(statisticsSettings), of(ensembleSettings)];
  const [network, training] = [of(networkSettings), of(trainingSettings)];
  return {
    cells: Number(problem.cells),
    nodes: statistics.nodes,
    porosities: statistics.porosities,
    conditions: ensemble.conditions,
    fields: ensemble.porosities,
    heldOutConditions: ensemble.heldOutConditions,
    modes: network.modes,
    steps: training.steps,
    batchConditions: training.conditions,
    batchFields: training.fields,
    trialFields: training.trialFields,
  };
}
