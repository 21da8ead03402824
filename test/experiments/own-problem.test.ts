/** A study of a problem in the user's own file: the whole chain runs, and results depend on the file. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { assembleModel } from "../../lib/experiments/training/assemble-model";
import { projectRoot } from "../../lib/cache/root";
import { openStudy } from "../../lib/study/study";
import { resultsOfEachTest } from "../own-results";

const guide = "notebooks/guide/catalyst.ts" as const;
const tiny = {
  preset: "smoke",
  problem: { cells: 20 },
  statistics: { nodes: 48, porosities: 64 },
  ensemble: { conditions: 8, porosities: 16, heldOutConditions: 8 },
  network: { modes: 4 },
  training: { steps: 8, conditions: 8, fields: 2, heldOutEvery: 8, checkpointEvery: 8, warmUp: 1 },
  evaluation: { conditions: 1, generated: 50, reference: 100 },
} as const;

describe("a study of a problem in the user's own file", () => {
  const folder = resultsOfEachTest();
  // as deep as notebooks/guide: the imports hold
  const inside = path.join(projectRoot(), ".cache", `own-problem-${process.pid}`);
  beforeEach(() => {
    fs.mkdirSync(inside, { recursive: true });
  });
  afterEach(() => {
    fs.rmSync(inside, { recursive: true, force: true });
  });
  const open = (name: string) => openStudy({ ...tiny, problem: { ...tiny.problem, name: name as typeof guide } });

  it("runs from statistics to the evaluation, and its model belongs to that problem", async () => {
    const study = open(guide);
    assert.equal(study.problem.name, "catalyst");
    const model = await study.model();
    assert.equal(model.statistics.problem, "catalyst");
    const { conditions } = await study.result("sampling");
    assert.equal(conditions[0].fidelity.network?.stdRatio.length, 1);
    assert.ok(Object.values(conditions[0].condition).every(Number.isFinite));
    assert.equal(
      assembleModel(study.configuration, model.statistics, { ...model.trained, log: [] }).problem,
      study.problem,
    );
  });

  it("a changed file has results of its own, and a study that is open says so", () => {
    const copy = path.join(inside, "catalyst.ts");
    const text = fs.readFileSync(guide, "utf8");
    fs.writeFileSync(copy, text);
    const name = path.relative(process.cwd(), copy);
    const first = open(name);
    const folder = first.modelFolder();
    assert.equal(open(name).modelFolder(), folder);
    fs.writeFileSync(copy, text.replace("eps ** 1.5", "eps ** 1.8"));
    assert.throws(() => first.modelFolder(), /was changed after the problem catalyst had been loaded/);
    const second = open(name);
    assert.notEqual(second.modelFolder(), folder);
    assert.throws(() => first.modelFolder(), /was changed/);
    fs.writeFileSync(copy, text);
    assert.equal(open(name).modelFolder(), folder, "back to what it was: the stored results are found again");
  });

  it("a file outside the project is refused: its results could not be told apart", () => {
    const copy = path.join(folder(), "catalyst.ts");
    fs.writeFileSync(copy, fs.readFileSync(guide, "utf8").replace(/\.\.\/\.\.\/lib/g, path.resolve("lib")));
    assert.throws(() => open(copy).modelFolder(), /lies outside the project's folder\. Remedy: put the file inside/);
  });
});
