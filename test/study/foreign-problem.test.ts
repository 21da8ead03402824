/**
 * A problem that shares no name, unit, length or number of cells with those of the study goes through commands and
 * chapters.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as ablation from "../../lib/experiments/film-ablation/figures";
import { confounderFigure, confounderTable } from "../../lib/experiments/confounder/figures";
import { budgetFigure, budgetTable } from "../../lib/experiments/bias-budget/figures";
import { floorFigure, floorTable, publishedRoughnessTable } from "../../lib/experiments/floor-spectra/figures";
import * as identifiability from "../../lib/experiments/identifiability/figures";
import * as meanBias from "../../lib/experiments/mean-bias/figures";
import * as porosity from "../../lib/experiments/porosity-and-transport/figures";
import * as sampling from "../../lib/experiments/sampling/figures";
import * as trainingData from "../../lib/experiments/training-data/figures";
import type { Figure } from "../../lib/figures/spec";
import { showTable } from "../../lib/notebook/display";
import { openStudy, type Study } from "../../lib/study/study";
import { sgm } from "../command-line/run";
import { resultsOfSuite } from "../own-results";

const name = "test/study/heated-slab.ts" as const;
const cells = 24; // its own number
const settings = {
  statistics: { nodes: 24, porosities: 128 },
  ensemble: { conditions: 8, porosities: 16, heldOutConditions: 8 },
  network: { modes: 6 },
  training: { steps: 8, conditions: 8, fields: 2, heldOutEvery: 8, checkpointEvery: 8, warmUp: 1 },
  evaluation: { conditions: 1, generated: 64, reference: 128 },
  meanBias: { betaMax: [3, 20], generated: 50, exact: 100, reference: 200, empirical: 100, sdeSteps: 8, flowSteps: 4 },
  confounder: { fields: 300, modes: [1, 2], exact: 100, generated: 50, nearest: 50, sdeSteps: 8, flowSteps: 4 },
  floorSpectra: { generated: 50, reference: 100, steps: 20 },
  identifiability: { correlationLengths: [0.2], draws: 2, chain: 1000 },
  manifold: { fields: 8, noise: { T: 1 } },
  ablation: {
    steps: 20,
    conditions: 16,
    porosities: 8,
    heldOutConditions: 8,
    generated: 16,
    reference: 50,
    samplerSteps: 4,
  },
};
const { statistics, ensemble, network, training } = settings;
const flags = Object.entries({ problem: { name }, statistics, ensemble, network, training }).flatMap(([key, values]) =>
  Object.entries(values).flatMap(([own, value]) => ["--set", `${key}.${own}=${JSON.stringify(value)}`]),
);

/** Every title, label and column that a figure shows. */
const wordsOf = (figure: Figure): string =>
  JSON.stringify([figure.spec, figure.rows[0], figure.rows.at(-1), figure.caption]);

describe("a problem with the channels T (K) and u (m/s) on 20 mm and 24 cells", function () {
  this.timeout(300_000);
  const folder = resultsOfSuite();
  let study: Study;
  before(() => {
    study = openStudy({ preset: "smoke", problem: { name }, ...settings });
  });

  /** Draws the figure; nothing of the study's own problem may stand on it. */
  const draw = (figure: Figure, ...says: readonly (string | RegExp)[]): void => {
    const words = wordsOf(figure);
    for (const word of says) assert.match(words, new RegExp(word), figure.name);
    assert.doesNotMatch(words, /φ|mV|mol|µm|"c"|"phi"/, figure.name);
  };

  it("is solved, generated, learned, sampled and compared by the commands, on its own number of cells", async () => {
    const at = (file: string): string => path.join(folder(), file);
    const run = async (...args: string[]): Promise<string> => {
      const { status, out, err } = await sgm(...args);
      assert.equal(status, 0, `${args[0]}: ${err}`);
      return out;
    };
    const z = { heating: 3e5, grain: 2e-3, flow: 0.3 };
    fs.writeFileSync(at("cases.json"), JSON.stringify([{ eps: [0.4, 0.5, 0.6], heating: 3e5, flow: 0.3 }]));
    fs.writeFileSync(at("z.json"), JSON.stringify([z]));
    await run("solve", "--problem", name, "--cases", at("cases.json"), "--out", at("solved.json"));
    const [solved] = JSON.parse(fs.readFileSync(at("solved.json"), "utf8")) as Record<string, number[]>[];
    assert.deepEqual(Object.keys(solved).sort(), ["T", "u"]);
    assert.ok(solved.T[0] > solved.T[2] && solved.T[2] > 300, "heat leaves at the end that is held at 300 K");
    const common = ["--conditions", at("z.json"), "--count", "64"];
    await run("generate", "--problem", name, ...common, "--out", at("solver.npy"));
    await run("train", "--preset", "smoke", ...flags);
    await run("sample", "--preset", "smoke", ...flags, ...common, "--out", at("model.npy"));
    const size = (file: string): number => fs.statSync(at(file)).size;
    assert.equal(size("model.npy"), size("solver.npy"), `both have 2 x ${cells} values a field`);
    const compared = ["compare", "--generated", at("model.npy"), "--reference", at("solver.npy"), "--problem", name];
    const { conditions } = JSON.parse(await run(...compared)) as { conditions: { channels: object }[] };
    assert.match(JSON.stringify(conditions), /"T"/);
  });

  it("chapters 1 and 2: figures in its own words, and by name what is about the published problem alone", async () => {
    const profiles = porosity.drawProfiles(study, 0.1, 2);
    draw(porosity.profilesFigure(study, profiles), "T − T_L \\(K\\)", "u \\(m s⁻¹\\)", "y \\(mm\\)");
    assert.equal(porosity.roughnessTable(study, profiles).length, 3);
    assert.equal(await porosity.comparePrecisions(study, 8), undefined);
    const ensembles = await trainingData.exampleEnsembles(study, 16);
    draw(trainingData.ensemblesFigure(study, ensembles), "d = 0.1\\d+ L", "G = 0.2\\d+ kg/\\(m² s\\)");
    const comparison = trainingData.compareWithPublished(study, ensembles[0].sample);
    assert.equal(comparison, undefined);
    assert.match(JSON.stringify(trainingData.publishedTable(study, comparison)), /nothing was published/);
    assert.equal(trainingData.normalisationTable(study, await study.statistics()).length, 2);
    const check = await trainingData.checkGaussian(study, trainingData.heldOutExample(study), 64);
    showTable(trainingData.gaussianTable(check));
  });

  it("chapters 3 and 4: trained and held against the solver at held-out conditions", async () => {
    const evaluation = await study.result("sampling");
    draw(sampling.overlayFigure(study, evaluation), "T − T_L \\(K\\)", "y \\(mm\\)");
    draw(sampling.spectrumFigure(study, evaluation), "variance ratio");
    assert.match(JSON.stringify(sampling.fidelityTable(study, evaluation)), /of u/);
  });

  it("chapter 5: the mean bias at its reference condition, and nothing published beside it", async () => {
    const result = await study.result("mean-bias");
    const { small, large } = meanBias.betasOf(result);
    draw(meanBias.biasProfileFigure(study, result, [small, large]), "T, β_max = 3", "y \\(mm\\)");
    draw(meanBias.biasAgainstBetaFigure(result), '"T"', '"u"');
    draw(meanBias.decisiveFigure(result, small, large), '"u"');
    draw(meanBias.meanBiasFigure(result, small, large), "u: start from N");
    assert.match(JSON.stringify(meanBias.biasTable(result)), /closed form u/);
    const told = await study.result("confounder");
    draw(confounderFigure(told), '"u"');
    assert.match(JSON.stringify(confounderTable(told)), /std T \(K\)/);
    const budget = await study.result("bias-budget");
    draw(budgetFigure(budget), '"T"');
    assert.match(JSON.stringify(budgetTable(budget)), /u in data units/);
    const floor = await study.result("floor-spectra");
    draw(floorFigure(floor), "u: 2nd difference \\(m s⁻¹\\)");
    assert.match(JSON.stringify(floorTable(floor)), /"u"/);
    assert.match(JSON.stringify(publishedRoughnessTable(floor)), /nothing was published/);
  });

  it("chapter 6: what T and u tell of the porosity, with a noise that follows from their spreads", async () => {
    const results = await study.result("identifiability");
    assert.deepEqual([...new Set(results.map(({ observed }) => observed))], ["T", "u", "both"]);
    draw(identifiability.spectrumFigure(results), "T alone", "both");
    draw(identifiability.resolvedFigure(results), "K, .* m s⁻¹");
    draw(identifiability.posteriorFigure(results), "y \\(mm\\)");
    draw(identifiability.posteriorCheckFigure(await study.result("posterior")), "y \\(mm\\)");
    const pairs = identifiability.findFarPairs(study);
    draw(identifiability.farPairsFigure(study, pairs), "differenceT", "difference of u");
    const manifold = await study.result("manifold");
    draw(identifiability.manifoldFigure(manifold), '"u"');
    draw(identifiability.nonIdentifiabilityFigure(study, results, await study.result("mean-bias")), "generated u");
    assert.ok(identifiability.worstJacobian(study) < 1e-3);
  });

  it("chapter 7: networks that are told the condition in several ways, on its own number of cells", async () => {
    const result = await study.result("film-ablation", "preconditioned");
    draw(ablation.ablationFigure(result), "held-out loss");
    assert.deepEqual(new Set(result.contestants.map(({ seeds }) => seeds.length)), new Set([2]));
  });
});
