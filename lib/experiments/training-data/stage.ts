/**
 * Stage: the conditional Gaussian of the fields, estimated from solver responses (lib/gaussian/fit-gaussian), and how
 * good it is at conditions that it has not seen.
 */
import * as path from "node:path";
import { checkGaussian } from "../../gaussian/check-gaussian";
import type { Cells } from "../../fields/grid";
import type { GaussianStatistics } from "../../gaussian/conditional-gaussian";
import { fitGaussian } from "../../gaussian/fit-gaussian";
import { describeQuality } from "../../gaussian/gaussian-quality";
import { stream } from "../../random/stream";
import { readStatistics, writeStatistics } from "./statistics-file";
import { problemAs, type ProblemSettings } from "../../transport/problems";
import type { Stage } from "../../cache/stage";

export interface StatisticsInput {
  readonly seed: number;
  readonly problem: ProblemSettings & { readonly cells: Cells };
  readonly statistics: { readonly nodes: number; readonly porosities: number; readonly margin: number };
}

const file = "conditional-gaussian.safetensors";

export const statisticsStage: Stage<StatisticsInput, GaussianStatistics> = {
  name: "statistics",
  module: "lib/experiments/training-data/stage.ts",
  run: async (input, context) => {
    const p = problemAs(input.problem);
    const { signal } = context;
    const root = stream(input.seed);
    const statistics = await fitGaussian({
      problem: p,
      cells: input.problem.cells,
      ...input.statistics,
      stream: root.child("statistics"),
      signal,
      onProgress: (done, total) => context.progress(done, total),
    });
    const quality = await checkGaussian({ problem: p, statistics, stream: root.child("statistics check"), signal });
    process.stderr.write(`${p.name}: ${describeQuality(quality)}\n`);
    return { ...statistics, quality };
  },
  save: (s, folder) => writeStatistics(path.join(folder, file), s),
  load: (folder) => readStatistics(path.join(folder, file)),
};
