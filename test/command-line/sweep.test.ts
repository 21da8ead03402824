import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../lib/errors/user-error";
import { runSweep, sweepOverview, sweepPoints } from "../../lib/command-line/sweep";
import { sgm } from "./run";
import { temporaryFolder } from "../temporary-folder";

const root = path.join(__dirname, "../..");

describe("a sweep", () => {
  const folder = temporaryFolder();
  const valuesOf = (...sweeps: string[]) => sweepPoints(sweeps, { preset: "smoke" }).map((p) => p.values);

  it("takes every value of a key, every combination of several, the last fastest, and lists for list-valued keys", () => {
    assert.deepEqual(valuesOf("schedule.betaMax=3,20"), [{ "schedule.betaMax": 3 }, { "schedule.betaMax": 20 }]);
    assert.deepEqual(
      valuesOf("training.steps=10, 20", 'sampler.start=standard normal,"matched moments"').map((v) =>
        Object.values(v).join(),
      ),
      ["10,standard normal", "10,matched moments", "20,standard normal", "20,matched moments"],
    );
    const lists = valuesOf("meanBias.betaMax=[1,3],[20],5").map((v) => v["meanBias.betaMax"]);
    assert.deepEqual(lists, [[1, 3], [20], [5]]);
    const [point] = sweepPoints(["schedule.betaMax=3"], { preset: "smoke", schedule: { tMin: 1e-3 } });
    assert.deepEqual(point.overrides.schedule, { tMin: 1e-3, betaMax: 3 }, "what --set changed beside it stays");
  });

  for (const { sweeps, says } of [
    { sweeps: ["schedule.betaMax"], says: /--sweep expects key=value,value/ },
    { sweeps: ["schedule.betaMax="], says: /--sweep expects key=value,value/ },
    { sweeps: ["schedule.betamax=1,2"], says: /there is no key "schedule.betamax"; keys here: betaMin, betaMax, tMin/ },
    { sweeps: ["nothing.at.all=1"], says: /there is no key "nothing"/ },
    { sweeps: ["schedule.betaMax=1,fast"], says: /schedule\.betaMax: .*number/ },
    { sweeps: ["schedule.betaMax=1,1.0"], says: /asked for twice/ },
    { sweeps: ["seed=1", "seed=2"], says: /seed is swept twice/ },
  ]) {
    it(`${sweeps.join(" and ")} is refused before anything runs`, async () => {
      assert.throws(() => sweepPoints(sweeps, {}), { name: UserError.name, message: says });
      const { status, out } = await sgm("study", ...sweeps.flatMap((sweep) => ["--sweep", sweep]));
      assert.deepEqual([status, out], [2, ""]);
    });
  }

  it("collects what the notebooks claim at each value in one table; a false claim and a broken notebook are rows", async function () {
    this.timeout(240_000);
    const notebook = path.join(folder(), "05-fixture.ipynb");
    const cells = [
      {
        tags: ["parameters"],
        source: `import { assertAtMost, assertClose } from "./lib/notebook/claims";
import { configuration, overridesFromEnvironment } from "./lib/study/configuration";
const { schedule } = configuration(overridesFromEnvironment());`,
      },
      {
        tags: [],
        source: `assertClose("twice beta", 2 * schedule.betaMax, 6, { within: 0.5 });
if (schedule.betaMax > 15) throw new Error("too much noise");
assertAtMost("beta", schedule.betaMax, 12);`,
      },
    ].map(({ tags, source }, k) => ({
      cell_type: "code",
      id: `c${k}`,
      metadata: { tags },
      execution_count: null,
      outputs: [],
      source,
    }));
    const metadata = { kernelspec: { name: "tslab", display_name: "ts", language: "typescript" } };
    fs.writeFileSync(notebook, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
    const said: string[] = [];
    const { rows, status, table } = await runSweep({
      root,
      notebooks: [notebook],
      points: sweepPoints(["schedule.betaMax=10,20"], { preset: "smoke" }),
      folder: path.join(folder(), "sweep"),
      say: (line) => said.push(line),
    });
    assert.equal(status, 1, "a notebook that broke is told by the exit status");
    assert.deepEqual(fs.readFileSync(table, "utf8").trim().split("\n"), [
      "schedule.betaMax,notebook,claim,value,expected,low,high,holds",
      "10,05-fixture,twice beta,20,6,5.5,6.5,false",
      "10,05-fixture,beta,10,,,12,true",
      "20,05-fixture,twice beta,40,6,5.5,6.5,false",
      "20,05-fixture,the notebook runs to its end,,,,,false",
    ]);
    assert.deepEqual(sweepOverview(rows, ["schedule.betaMax"])[0], {
      claim: "05 twice beta",
      "betaMax 10": "20 !",
      "betaMax 20": "40 !",
    });
    assert.deepEqual(said[0], "sweep 1/2: schedule.betaMax = 10");
    const executed = fs.readFileSync(path.join(folder(), "sweep/1/05-fixture.ipynb"), "utf8");
    assert.match(executed, /injected-parameters[^]*betaMax\\":10[^]*DOES NOT HOLD: twice beta; 20, expected 6 ± 0\.5/);
    assert.ok(fs.existsSync(path.join(folder(), "sweep/2/05-fixture.failed.ipynb")));
  });
});
