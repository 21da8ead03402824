import { gaussianAt } from "../../lib/gaussian/conditional-gaussian";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { whiten } from "../../lib/training/whitening";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";

describe("covariances of the conditional Gaussian", () => {
  it("are those of fresh fields to 1.5 %: whitened by them, the leading modes have variance 1", async () => {
    const p = problem("electrode-published");
    const [cells, nodes, porosities, n, modes] = [20, 12, 4096, 6000, 6];
    const statistics = await fitGaussian({ problem: p, cells, nodes, porosities, margin: 0.2, stream: stream(31) });
    const conditions = [
      { l: 3e-6, U0: 0.1, F_right: 40 },
      { l: 6e-6, U0: -0.1, F_right: 20 },
      { l: 9e-6, U0: 0, F_right: 45 },
      { l: 1.5e-5, U0: 0.05, F_right: 30 },
    ];
    let total = 0;
    for (const [k, condition] of conditions.entries()) {
      const request = { problem: p, conditions: [condition], count: n, cells, stream: stream(32).child(k) };
      const { fields } = await generateEnsemble(request);
      const law = gaussianAt(statistics, p, condition, { components: "correlation" });
      const y = whiten(fields.values, law, statistics, modes);
      for (const v of y) total += (v * v) / (y.length * conditions.length);
    }
    // 24 squares of n fields each, against covariances behind which some 1.5 nodes stand: 2 (1 / n + 1 / 6144) / 24 is
    // (0.5 %)^2.
    assertClose("variance", total, 1, { within: 0.015 });
  });
});
