import { gaussianAt } from "../../lib/gaussian/conditional-gaussian";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { thirdCumulantsAt } from "../../lib/gaussian/third-cumulants";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { closePool } from "../../lib/threads/pool";
import { stream } from "../../lib/random/stream";
import { whiten } from "../../lib/training/whitening";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";

describe("third cumulants of the conditional law", () => {
  after(() => closePool());
  const p = problem("electrode-published");
  const [modes, innerModes, count] = [4, 3, 20000];

  it("equal those of fresh fields at a condition between the nodes, within their sampling error", async () => {
    const statistics = await fitGaussian({ problem: p, cells: 20, nodes: 12, porosities: 3000, stream: stream(11) });
    const condition = { l: 1.3e-5, U0: 0.11, F_right: 31 };
    const law = gaussianAt(statistics, p, condition);
    const T = thirdCumulantsAt(statistics, p, condition, law, { modes, innerModes });
    const { fields } = await generateEnsemble({
      problem: p,
      conditions: [condition],
      count,
      cells: 20,
      stream: stream(12),
    });
    const y = whiten(fields.values, law, statistics, modes);
    let largest = 0;
    for (let i = 0; i < innerModes; i++) {
      for (let j = 0; j < innerModes; j++) {
        for (let k = 0; k < modes; k++) {
          let [sum, square] = [0, 0];
          for (let n = 0; n < count; n++) {
            const product = y[n * modes + i] * y[n * modes + j] * y[n * modes + k];
            sum += product / count;
            square += (product * product) / count;
          }
          // 4 standard errors of this estimate and of the fit's, which uses half of 3000 fields at each of the nodes
          // around
          const error = Math.sqrt(square / count + square / 1500);
          const got = T[(i * innerModes + j) * modes + k];
          const within = 4 * error + 0.02; // 0.02: the mean's and covariance's own error
          assertClose(`T[${i},${j},${k}]`, got, sum, { within });
          largest = Math.max(largest, Math.abs(sum) / within);
        }
      }
    }
    // The check has power: with zeros in place of T it would fail.
    if (!(largest > 1)) throw new Error(`all third moments vanish within ${largest} tolerances: the test sees nothing`);
  });
});
