import assert from "node:assert/strict";
import { modeScores, principalModes } from "../../lib/diagnostics/principal-modes";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { configuration } from "../../lib/study/configuration";
import { problem } from "../../lib/transport/problems";

/**
 * Modes that the network leaves out are drawn as Gaussian: those that are far from it must be among those that it
 * models.
 */
describe("the modes that the quick preset models", () => {
  it("reach the heavy-tailed one beyond the 48th at a long correlation length", async () => {
    const { network, problem: chosen } = configuration({ preset: "quick" });
    const count = 6000;
    const { fields: sample } = await generateEnsemble({
      problem: problem(chosen.name),
      conditions: [{ l: 1.96e-5, U0: -0.19, F_right: 12 }],
      count,
      cells: chosen.cells,
      stream: stream(1),
    });
    // Scaled to unit spread in every cell: the components of the correlation matrix, as the model's.
    const modes = principalModes(sample, { scaling: "cell" });
    const scores = modeScores(sample, modes, { count: network.modes, whitened: true });
    let largest = -Infinity;
    for (let k = 48; k < network.modes; k++) {
      let fourth = 0;
      for (let i = 0; i < count; i++) fourth += scores[i * network.modes + k] ** 4 / count;
      largest = Math.max(largest, fourth - 3);
    }
    // Of a Gaussian the excess kurtosis scatters by (24 / n)^(1/2) = 0.063.
    assert.ok(largest > 1, `the largest excess kurtosis of modes 49 to ${network.modes} is ${largest}`);
  });
});
