/** Stage: the conditional Gaussian of the fields, estimated from solver responses (lib/diffusion/fit-gaussian). */
import * as path from "node:path";
import type { GaussianStatistics } from "../../diffusion/conditional-gaussian";
import { fitGaussian } from "../../diffusion/fit-gaussian";
import { stream } from "../../random/stream";
import { readSafetensors, writeSafetensors } from "../../storage/safetensors";
import { problem } from "../../transport/problems";
import type { Stage } from "../stage";

export interface StatisticsInput {
  readonly seed: number;
  readonly problem: { readonly name: string; readonly cells: number };
  readonly statistics: { readonly nodes: number; readonly porosities: number };
}

const file = "conditional-gaussian.safetensors";

export const statisticsStage: Stage<StatisticsInput, GaussianStatistics> = {
  name: "statistics",
  sources: [
    "lib/random",
    "lib/porosity",
    "lib/transport",
    "lib/ensemble",
    "lib/diffusion/fit-gaussian.ts",
    "lib/diffusion/node-interpolation.ts",
  ],
  run: (input, context) =>
    fitGaussian({
      problem: problem(input.problem.name),
      cells: input.problem.cells,
      ...input.statistics,
      stream: stream(input.seed).child("statistics"),
      signal: context.signal,
      onProgress: (done, total) => context.progress(done, total),
    }),
  save: (s, folder) => {
    const rank = s.scale.length;
    const dimension = s.basis.length / rank;
    return writeSafetensors(
      path.join(folder, file),
      {
        nodes: { dtype: "float64", shape: [s.nodes.length], data: s.nodes },
        mean: { dtype: "float64", shape: [s.mean.length / dimension, dimension], data: s.mean },
        basis: { dtype: "float64", shape: [dimension, rank], data: s.basis },
        scale: { dtype: "float64", shape: [rank], data: s.scale },
        covariance: { dtype: "float32", shape: [s.covariance.length / rank ** 2, rank, rank], data: s.covariance },
      },
      {
        problem: s.problem,
        description: JSON.stringify({
          cells: s.cells,
          degree: s.degree,
          shapeDimensions: s.shapeDimensions,
          normalisation: s.normalisation,
        }),
      },
    );
  },
  load: async (folder) => {
    const { tensors, metadata } = await readSafetensors(path.join(folder, file));
    const described = JSON.parse(metadata.description) as Pick<
      GaussianStatistics,
      "cells" | "degree" | "shapeDimensions" | "normalisation"
    >;
    return {
      problem: metadata.problem,
      ...described,
      nodes: tensors.nodes.data as Float64Array,
      mean: tensors.mean.data as Float64Array,
      basis: tensors.basis.data as Float64Array,
      scale: tensors.scale.data as Float64Array,
      covariance: tensors.covariance.data as Float32Array,
    };
  },
};
