import assert from "node:assert/strict";
import { assertContest } from "../../lib/experiments/boundary-contest/claims";
import { boundaryContest } from "../../lib/experiments/boundary-contest/index";
import { contestTable } from "../../lib/experiments/boundary-contest/figures";
import type { BoundaryContest, Contestant, Errors } from "../../lib/experiments/boundary-contest/stage";
import type { ModelInput } from "../../lib/experiments/training/stage";
import { stream } from "../../lib/random/stream";
import { configuration } from "../../lib/study/configuration";
import { modelInputs } from "./model-inputs";

/** Errors at 16 conditions, scattered about what is given. */
function contest(squaredBias: Record<Contestant, number>, energyZ: Record<Contestant, number>): BoundaryContest {
  const noise = stream(5).normals(16 * 10);
  const errors = (who: Contestant, k: number): Errors => ({
    squaredBias: squaredBias[who] + 1e-5 * noise[10 * k],
    squaredBiasError: 1e-5,
    stdRatio: 1,
    energyZ: energyZ[who] + 0.3 * noise[10 * k + 1 + who.length],
  });
  return {
    conditions: Array.from({ length: 16 }, (_, k) => ({
      condition: { boundary: k % 8 },
      errors: Object.fromEntries(
        (["film", "channels", "each", "gaussian", "solver"] as const).map((who) => [who, errors(who, k)]),
      ) as Record<Contestant, Errors>,
    })),
  };
}

describe("the contest of one model for all boundary configurations", () => {
  const bias = { film: 1e-4, channels: 1e-4, each: 4e-4, gaussian: 9e-4, solver: 0 };
  const energy = { film: 0.5, channels: 0.5, each: 2, gaussian: 4, solver: 0 };

  it("holds where the small models are worse or equal, and fails where they are better, or solver ensembles differ", () => {
    assertContest(contest(bias, energy));
    assertContest(contest({ ...bias, each: 1e-4 }, { ...energy, each: 0.5 }));
    assert.throws(
      () => assertContest(contest({ ...bias, film: 4e-4, each: 1e-4 }, energy)),
      /squared bias .*eight small/,
    );
    assert.throws(
      () => assertContest(contest(bias, { ...energy, film: 2, each: 0.5 })),
      /z of the energy distance: eight small/,
    );
    assert.throws(() => assertContest(contest(bias, { ...energy, solver: 4 })), /the null of the contest/);
  });

  it("has a line for each contestant, with its disadvantage in an interval", () => {
    const rows = contestTable(contest(bias, energy));
    assert.deepEqual(rows.map((row) => row.contestant).length, 5);
    const each = rows.find((row) => row.contestant === "a small model for each pair")!;
    assert.ok(Number(each["bias² beyond, from"]) < 3e-4 && Number(each["bias² beyond, to"]) > 3e-4);
  });

  it("trains eight models of one pair each, for the steps of one model in all and on as many conditions", () => {
    const c = configuration({ preset: "quick" });
    const inputs = modelInputs((chain) => boundaryContest.job(c as never, chain));
    const [film, channels, ...each] = inputs;
    assert.equal(film.network.conditioning, "film");
    assert.equal(channels.network.conditioning, "concatenated");
    assert.deepEqual(each.map(({ held }) => held?.boundary), [0, 1, 2, 3, 4, 5, 6, 7]); // prettier-ignore
    const total = (of: (input: ModelInput) => number): number => each.reduce((sum, input) => sum + of(input), 0);
    assert.equal(total(({ training }) => training.steps), film.training.steps); // prettier-ignore
    assert.equal(total(({ ensemble }) => ensemble.conditions), film.ensemble.conditions); // prettier-ignore
  });
});
