import assert from "node:assert/strict";
import type { GaussianStatistics } from "../../lib/gaussian/conditional-gaussian";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { responseDirections } from "../../lib/gaussian/response-directions";
import { drawConditions } from "../../lib/ensemble/conditions";
import { stream } from "../../lib/random/stream";
import { closePool } from "../../lib/threads/pool";
import { trainingConditions, turning } from "../../lib/training/training-conditions";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";

const p = problem("electrode-published");

describe("conditions of the training pool", () => {
  let statistics: GaussianStatistics;
  before(async () => {
    statistics = await fitGaussian({ problem: p, cells: 20, nodes: 4, porosities: 256, stream: stream(11) });
  });
  after(closePool);

  it("without refinement are those drawn evenly from the box", () => {
    assert.deepEqual(trainingConditions(statistics, p, 50, 0, stream(1)), drawConditions(p, 50, stream(1)));
  });

  it("the turning is the angle by which the response directions turn, per unit of the features", () => {
    const at = { l: 1e-5, U0: 0.05, F_right: 0.2 };
    const range = p.conditions.find(({ name }) => name === "F_right")!;
    const du = 1e-3;
    const near = { ...at, F_right: at.F_right + (du * (range.max - range.min)) / 2 };
    const [w, next] = [at, near].map((condition) => responseDirections(statistics, p, condition));
    const alongCurrent = Math.hypot(...w.map((x, i) => next[i] - x)) / du;
    assert.ok(turning(statistics, p, at) >= 0.95 * alongCurrent, "at least that along one condition");
    assert.ok(
      turning(statistics, p, at) > 10 * turning(statistics, p, { ...at, F_right: 40 }),
      "largest at small current",
    );
  });

  it("are as dense as 1 - a + a tau / E tau: their mean of any function is the box's with that weight", () => {
    const [refinement, count] = [0.6, 500];
    const drawn = trainingConditions(statistics, p, count, refinement, stream(2));
    assert.equal(drawn.length, count);
    const box = drawConditions(p, 4000, stream(3));
    const tau = box.map((condition) => Math.sqrt(turning(statistics, p, condition)));
    const mean = tau.reduce((sum, t) => sum + t, 0) / tau.length;
    const small = (condition: { F_right: number }): number => (condition.F_right < 2.5 ? 1 : 0);
    const expected =
      box.reduce(
        (sum, condition, i) => sum + small(condition as never) * (1 - refinement + (refinement * tau[i]) / mean),
        0,
      ) / box.length;
    const share = drawn.filter((condition) => small(condition as never)).length / count;
    // Both are shares of independent conditions: 500 here, 4000 with weights of order one there.
    assertClose("share of small currents", share, expected, { within: 4 * Math.sqrt((expected / count) * 1.2) });
    const even = 0.05; // F_right is uniform on [0, 50]
    const error = Math.sqrt((even * (1 - even)) / box.length);
    assert.ok(expected > even + 4 * error, `the box has ${even} of them, the density gives ${expected}`);
  });

  it("are no condition twice where the density is below the number of candidates each", () => {
    const drawn = trainingConditions(statistics, p, 200, 0.6, stream(4));
    assert.equal(new Set(drawn.map((condition) => JSON.stringify(condition))).size, 200);
  });
});
