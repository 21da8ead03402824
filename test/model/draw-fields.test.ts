/**
 * Fields by the flow in whitened modes whose numbers overflow: the error names the condition among those that were
 * asked for.
 */
import assert from "node:assert/strict";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { UserError } from "../../lib/errors/user-error";
import { architectureOf } from "../../lib/experiments/training/architecture";
import { configuration } from "../../lib/study/configuration";
import { drawByCondition } from "../../lib/model/draw-fields";
import { samplingFor } from "../../lib/study/sampling-for";
import { assembleModel } from "../../lib/experiments/training/assemble-model";
import { problem } from "../../lib/transport/problems";

describe("fields drawn by the mode flow", function () {
  this.timeout(60_000);

  it("that are not finite end the draw, saying at which condition, field, mode and level", async () => {
    const asked = configuration({ preset: "smoke", problem: { cells: 20 }, network: { size: "smoke", modes: 4 } });
    const statistics = await fitGaussian({
      problem: problem(asked.problem.name),
      cells: 20,
      nodes: 4,
      porosities: 64,
      stream: stream(1),
    });
    const theta = new Float32Array(scoreNetwork(architectureOf(asked)).size).fill(1e30); // every product overflows
    const model = assembleModel(asked, statistics, { theta, log: [], range: { min: -3, max: 2 } });
    const conditions = [5e-6, 1e-5].map((l) => ({ l, U0: 0, F_right: 25 }));
    for (const calibrate of [false, true]) {
      const sampling = samplingFor(model, { sampler: { method: "mode-flow", steps: 2, calibrate } });
      const draw = drawByCondition(model, conditions, 2, stream(1), { ...sampling, first: 1 });
      const part = calibrate ? "calibration, " : "";
      await assert.rejects(
        draw.next(),
        (error) =>
          error instanceof UserError &&
          error.message.includes(
            `condition 1, ${part}field 0, whitened coordinate 0 is NaN after level 1 of 2. Remedy: `,
          ),
      );
    }
  });
});
