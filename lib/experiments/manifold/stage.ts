/**
 * Stage: do generated fields solve the equations? From one channel of each field (the potential, of an electrode) an
 * admissible porosity is recovered (regularised inverse), the problem is solved forward with it, and all channels are
 * compared with the field as it was given. The same is asked of solver fields, which are the null, and of draws of the
 * conditional Gaussian, which has the right mean and covariance and no more.
 */
import { fieldMap } from "../../inverse/field-map";
import { manifoldResiduals } from "../../inverse/manifold";
import { moments } from "../../diagnostics/moments";
import { generateEnsemble } from "../../ensemble/generate";
import { Fields } from "../../fields/fields";
import { atCondition, generateFields, type ScoreModel } from "../../model/score-model";
import { axisOf, referenceCondition, shapeOf } from "../../transport/domain";
import { stream } from "../../random/stream";
import type { Common } from "../common-settings";
import { type OfProblem, ofProblem } from "../../transport/of-problem";
import type { ManifoldSettings } from "./settings";
import { drawFields } from "../../model/draw-fields";
import type { SamplerSettings } from "../../model/sampler-settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { rowAt } from "../../numerics/rows";
import { sumOfSquares } from "../../numerics/statistics";
import { firstOf, noiseFor } from "../identifiability/noise";

const manifoldSources = ["PDE", "PDE again", "model", "Gaussian baseline"] as const;
export type ManifoldSource = (typeof manifoldSources)[number];

export interface ManifoldResult extends OfProblem {
  /**
   * Residual of each field by source and channel: rms over the cells in units of the channel's rms standard deviation.
   */
  readonly residuals: Readonly<Record<ManifoldSource, Readonly<Record<string, readonly number[]>>>>;
  /** Share of the fields whose inverse converged. */
  readonly converged: Readonly<Record<ManifoldSource, number>>;
  /** Of the ensemble by channel, SI. */
  readonly scale: Readonly<Record<string, number>>;
}

export interface ManifoldInput extends Common {
  readonly sampler: SamplerSettings;
  readonly manifold: ManifoldSettings;
}

export function manifoldStage(model: () => Promise<ScoreModel>): Stage<ManifoldInput, ManifoldResult> {
  return jsonStage({
    name: "manifold",
    module: "lib/experiments/manifold/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const { problem } = m;
      const { cells } = axisOf(problem, input.problem.cells);
      const { fields: count } = input.manifold;
      const noise = firstOf(noiseFor(problem, cells, input.manifold.noise, 0.01));
      const condition = referenceCondition(problem);
      const shape = shapeOf(problem, cells);
      const root = stream(input.seed).child("manifold");
      const solve = async (name: string, size: number): Promise<Fields> => {
        const request = { problem, conditions: [condition], count: size, cells, signal: context.signal };
        return (await generateEnsemble({ ...request, stream: root.child(name) })).fields;
      };
      const { sampler, schedule } = input;
      const own = root.child("model");
      const fields: Record<ManifoldSource, Fields> = {
        PDE: await solve("PDE", count),
        "PDE again": await solve("PDE again", count),
        model: new Fields(
          await drawFields(m, [condition], count, own, { sampler, schedule, signal: context.signal }),
          shape,
        ),
        "Gaussian baseline": new Fields(
          await generateFields(m, atCondition(m, condition), count, root.child("Gaussian")),
          shape,
        ),
      };
      const { std } = moments(await solve("scale", 1000));
      const rms = (channel: number): number => Math.sqrt(sumOfSquares(rowAt(std, channel, cells)) / cells);
      const scale = Object.fromEntries(problem.channels.map(({ name }, channel) => [name, rms(channel)]));
      const map = fieldMap(problem, { condition, cells });
      const residuals = {} as Record<ManifoldSource, Record<string, number[]>>;
      const converged = {} as Record<ManifoldSource, number>;
      const group = 4; // short enough to be interrupted
      for (const [index, source] of manifoldSources.entries()) {
        const found = Object.fromEntries(problem.channels.map(({ name }) => [name, [] as number[]]));
        residuals[source] = found;
        let solved = 0;
        for (let first = 0; first < count; first += group) {
          context.signal.throwIfAborted();
          context.progress(index * count + first, manifoldSources.length * count, source);
          const last = Math.min(first + group, count);
          const some = fields[source].slice(first, last).values;
          const part = manifoldResiduals(map, some, { noise, scale });
          for (const { name } of problem.channels) found[name].push(...part.residuals[name]);
          solved += part.converged * (last - first);
          await new Promise((resolve) => setImmediate(resolve));
        }
        converged[source] = solved / count;
      }
      context.progress(manifoldSources.length * count, manifoldSources.length * count);
      return { ...ofProblem(problem), residuals, converged, scale };
    },
  });
}
