/** Chapter 11: the model of fields on a plane, trained for a test, and what its claims would notice. */
import assert from "node:assert/strict";
import { assertPlaneModel, distance } from "../../lib/experiments/plane-model/claims";
import {
  blindFigure,
  labelsTable,
  momentsFigure,
  planeTable,
  sensorsFigure,
  sensorsTable,
} from "../../lib/experiments/plane-model/figures";
import { planeModel } from "../../lib/experiments/plane-model/index";
import { trainingInput } from "../../lib/experiments/training/index";
import { configuration } from "../../lib/study/configuration";
import type { PlaneModel } from "../../lib/experiments/plane-model/stage";
import { openStudy } from "../../lib/study/study";
import { failedClaim } from "../notebook/claim-outcome";
import { resultsOfSuite } from "../own-results";
import { modelInputs } from "./model-inputs";

describe("the model of the chapter on two dimensions", () => {
  it("is the one that train makes of conduction-2d at the same preset", () => {
    for (const preset of ["quick", "smoke"] as const) {
      const inputs = modelInputs((chain) => planeModel.job(configuration({ preset }) as never, chain));
      const own = trainingInput(configuration({ preset, problem: { name: "conduction-2d" } }));
      assert.deepEqual(inputs, [{ ...own, training: { ...own.training, steps: inputs[0].training.steps } }]);
      if (preset === "quick") assert.equal(inputs[0].training.steps, own.training.steps);
    }
  });
});

describe("a model of fields on a plane", function () {
  this.timeout(300_000);
  resultsOfSuite();
  let result: PlaneModel;
  before(async () => {
    const small = { cells: 8, nodes: 4, porosities: 128, conditions: 16, fields: 32, modes: 8, steps: 8 };
    const study = openStudy({ preset: "smoke", planeModel: { ...small, heldOut: 1, generated: 100, reference: 200 } });
    result = await study.result("plane-model");
  });

  it("conduction-2d has a conditional Gaussian that stands its check, is trained, and its fields are compared", () => {
    assert.deepEqual(result.cells, [8, 8]);
    assert.equal(result.one.model.profile.mean.length, 64);
    assert.equal(planeTable(result).find(({ of }) => of === "rms")?.["second solver ensemble"] !== undefined, true);
    assert.equal(failedClaim(() => assertPlaneModel(result, { trained: false })), undefined); // prettier-ignore
  });

  it("a mean that is off by half a spread and a posterior that is elsewhere are noticed", () => {
    const { one, posterior } = result;
    const shifted = { ...one.model.profile, mean: one.solver.profile.mean.map((m, i) => m + 0.9 * one.solver.profile.std[i]) };
    const off = { ...result, one: { ...one, model: { ...one.model, profile: shifted, count: 1e4 }, solver: { ...one.solver, count: 1e4 } } };
    assert.ok(Math.abs(distance(shifted, one.solver.profile) - 0.9) < 1e-9);
    const sharp = { ...posterior, exact: { ...posterior.exact, ess: 1e4 }, model: { ...posterior.exact, ess: 1e4, mean: posterior.exact.mean.map((m, i) => m + posterior.exact.std[i]) } };
    // The network of a test fails the first claims, so the evaluation is that of the second solver ensemble.
    const perfect = { ...result.evaluation, conditions: result.evaluation.conditions.map((c) => ({ ...c, fidelity: { ...c.fidelity, network: { ...c.fidelity.solver!, squaredBias: [0], stdRatio: [1], energyZ: -5 } } })) };
    assert.match(failedClaim(() => assertPlaneModel({ ...off, evaluation: perfect })) ?? "", /mean at the condition shown/);
    const same = { ...one, model: one.solver };
    assert.match(failedClaim(() => assertPlaneModel({ ...result, one: same, evaluation: perfect, posterior: sharp })) ?? "", /posterior mean/);
  });

  it("the figures show as many solved as generated fields without saying which", () => {
    const { title } = { title: JSON.stringify(blindFigure(result)) };
    assert.doesNotMatch(title, /"(solver|generated|model)"/);
    const labels = Object.values(labelsTable(result)[0]);
    assert.equal(labels.filter((l) => l === "solver").length, labels.length / 2);
    for (const figure of [momentsFigure(result), sensorsFigure(result)]) assert.ok(figure.name.startsWith("11-"));
    assert.equal(sensorsTable(result).length, 2);
  });
}); // prettier-ignore
