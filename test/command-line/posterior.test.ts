/**
 * `posterior`: the same seed gives the same fields and the same evidence, readings pull them, and what cannot be is
 * refused.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { readNpy } from "../../lib/storage/npy";
import { sgm } from "./run";
import { resultsOfSuite } from "../own-results";

const cells = 10;
const settings = [
  `problem.cells=${cells}`,
  "statistics.nodes=4",
  "statistics.porosities=64",
  "ensemble.conditions=16",
  "ensemble.porosities=16",
  "network.modes=4",
  "training.steps=8",
  "training.heldOutEvery=8",
  "training.checkpointEvery=8",
];

interface Answer {
  readonly conditions: readonly { readonly logEvidence: number; readonly ess: number; readonly method: string }[];
}

describe("posterior", function () {
  this.timeout(180_000);
  const folder = resultsOfSuite();
  let model = "";
  const at = (name: string): string => path.join(folder(), name);
  const askAny = (sensors: string, ...more: string[]): ReturnType<typeof sgm> => {
    fs.writeFileSync(at("sensors.csv"), sensors);
    const files = ["--conditions", at("z.json"), "--sensors", at("sensors.csv"), "--out", at("x.npy")];
    return sgm("posterior", ...files, "--count", "200", "--seed", "3", ...more);
  };
  const ask = (sensors: string, ...more: string[]): ReturnType<typeof sgm> =>
    askAny(sensors, "--model", model, ...more);

  before(async () => {
    fs.writeFileSync(at("z.json"), JSON.stringify([{ l: 1e-5, U0: 0, F_right: 25 }]));
    const trained = await sgm("train", "--preset", "smoke", ...settings.flatMap((s) => ["--set", s]));
    assert.equal(trained.status, 0, trained.err);
    model = (JSON.parse(trained.out) as { model: string }).model;
  });
  afterEach(() => fs.rmSync(at("x.npy"), { force: true }));

  for (const method of ["gaussian", "bank", "latent"]) {
    it(`${method}: the bytes of the seed; a precise reading is met by every field, within its noise`, async () => {
      const sensors = "channel,x (um),value,std\nphi,95,6.5e-3,1e-5\n";
      const results: { bytes: Buffer; out: string }[] = [];
      for (let run = 0; run < 2; run++) {
        const { status, out, err } = await ask(
          method === "bank" ? sensors.replace("1e-5", "3e-4") : sensors,
          "--method",
          method,
        );
        assert.equal(status, 0, err);
        results.push({ bytes: fs.readFileSync(at("x.npy")), out });
        if (run === 0) fs.rmSync(at("x.npy"));
      }
      assert.deepEqual(results[0], results[1]);
      const { shape, data } = await readNpy(at("x.npy"));
      assert.deepEqual(shape, [1, 200, 2, cells]);
      const [answer] = (JSON.parse(results[0].out) as Answer).conditions;
      assert.equal(answer.method, method);
      assert.ok(Number.isFinite(answer.logEvidence) && answer.ess > 1 && answer.ess <= 200 * (1 + 1e-9));
      const std = method === "bank" ? 3e-4 : 1e-5;
      for (let i = 0; i < 200; i++) {
        const phi = Number(data[(i * 2 + 1) * cells + cells - 1]); // the last centre lies at 95 um
        assert.ok(Math.abs(phi - 6.5e-3) < 6 * std, `field ${i}: ${phi} V`);
      }
    });
  }

  for (const method of ["es-mda", "dps", "pigdm", "mmps"]) {
    it(`${method}: readings pull the fields, the evidence is said to be unknown`, async () => {
      const { status, out, err } = await ask("channel,x (um),value,std\nphi,95,6.5e-3,3e-4\n", "--method", method);
      assert.equal(status, 0, err);
      const [answer] = (JSON.parse(out) as Answer).conditions;
      assert.deepEqual([answer.method, answer.logEvidence], [method, null]);
      const { data } = await readNpy(at("x.npy"));
      let mean = 0;
      for (let i = 0; i < 200; i++) mean += Number(data[(i * 2 + 1) * cells + cells - 1]) / 200;
      // the model's own mean is several tenths of a millivolt away
      assert.ok(Math.abs(mean - 6.5e-3) < 2e-4, `${mean} V`);
    });
  }

  it("--infer draws a condition from its range, by what the readings say of it; another name is refused", async () => {
    // the potential at the far end rises with the current: a large reading says that it is large
    const drawn: number[][] = [];
    for (const value of ["1e-3", "9e-3"]) {
      const sensors = `channel,x (um),value,std\nphi,95,${value},2e-4\n`;
      const { status, out, err } = await ask(sensors, "--method", "gaussian", "--infer", "F_right");
      assert.equal(status, 0, err);
      const [answer] = (JSON.parse(out) as { conditions: { inferred: { F_right: number[] }; ess: number }[] })
        .conditions;
      drawn.push(answer.inferred.F_right);
      assert.equal(answer.inferred.F_right.length, 200);
      assert.ok(
        answer.inferred.F_right.every((F) => F >= 0 && F <= 50),
        "within its range",
      );
      assert.ok(answer.ess > 1 && answer.ess <= 256);
      const { shape, data } = await readNpy(at("x.npy"));
      assert.deepEqual(shape, [1, 200, 2, cells]);
      for (let i = 0; i < 200; i++) {
        const phi = Number(data[(i * 2 + 1) * cells + cells - 1]);
        assert.ok(Math.abs(phi - Number(value)) < 6 * 2e-4, `field ${i} at its own condition: ${phi} V`);
      }
      fs.rmSync(at("x.npy"));
    }
    const [low, high] = drawn.map((values) => [...values].sort((a, b) => a - b));
    assert.ok(
      low[190] < high[10],
      `95 % of the currents of the small reading lie below those of the large one: ${low[190]}, ${high[10]}`,
    );
    const { status, err } = await ask("channel,x,value,std\nphi,5e-5,2e-3,1e-4\n", "--infer", "voltage");
    assert.equal(status, 2);
    assert.match(err, /--infer voltage: electrode-published has the conditions l, U0, F_right/);
  });

  it("a condition that --infer names twice is refused", async () => {
    const { status, err } = await ask("channel,x,value,std\nphi,5e-5,2e-3,1e-4\n", "--infer", "l, l");
    assert.equal(status, 2);
    assert.match(err, /--infer names l twice, got "l, l"/);
  });

  it("without --model it is that of the configuration, and standard error says so; what has no effect is refused", async () => {
    const sensors = "channel,x,value,std\nphi,5e-5,2e-3,1e-4\n";
    const own = ["--preset", "smoke", ...settings.flatMap((s) => ["--set", s]), "--method", "gaussian"];
    const { status, err } = await askAny(sensors, ...own);
    assert.equal(status, 0, err);
    assert.match(err, /the model of the preset smoke and --set: .*10 cells, 4 modes/);
    fs.rmSync(at("x.npy"));
    const idle = await ask(sensors, "--set", "schedule.betaMax=3");
    assert.deepEqual([idle.status, fs.existsSync(at("x.npy"))], [2, false], idle.err);
    assert.match(idle.err, /schedule\.betaMax has no effect/);
    for (const key of ["sampler.calibrate=true", "sampler.steps=5"]) {
      const refused = await ask(sensors, "--method", "gaussian", "--set", key);
      assert.deepEqual([refused.status, fs.existsSync(at("x.npy"))], [2, false], refused.err);
      assert.match(refused.err, /has no effect on fields given readings by --method gaussian/);
    }
  });

  it("a condition outside the box is refused by file and number; --extrapolate draws there and leaves a mark", async () => {
    const sensors = "channel,x,value,std\nphi,5e-5,2e-3,1e-3\n";
    const inside = fs.readFileSync(at("z.json"), "utf8");
    const mark = at("x.extrapolated.json");
    try {
      fs.writeFileSync(at("z.json"), JSON.stringify([{}, { U0: 0.3 }]));
      const refused = await ask(sensors, "--method", "gaussian");
      assert.equal(refused.status, 2);
      assert.match(refused.err, /z\.json: condition 1: U0 = 0\.3 V lies outside .*--extrapolate/);
      const drawn = await ask(sensors, "--method", "gaussian", "--extrapolate");
      assert.equal(drawn.status, 0, drawn.err);
      assert.match(drawn.err, /EXTRAPOLATED: condition 1/);
      assert.match(fs.readFileSync(mark, "utf8"), /condition 1: U0 = 0\.3 V/);
      fs.rmSync(at("x.npy"));
      fs.writeFileSync(at("z.json"), JSON.stringify([{ k_rn: 0.4 }]));
      const untrained = await ask(sensors, "--method", "gaussian");
      assert.equal(untrained.status, 2);
      assert.match(untrained.err, /z\.json: condition 0: .*k_rn/);
    } finally {
      fs.writeFileSync(at("z.json"), inside);
    }
    assert.equal((await ask(sensors, "--method", "gaussian")).status, 0);
    assert.ok(!fs.existsSync(mark), "the mark of an earlier output of that name is gone");
  });

  for (const { what, sensors, says } of [
    { what: "no noise", sensors: "channel,x,value,std\nphi,5e-5,1e-3,0\n", says: /standard deviation/ },
    {
      what: "a place outside",
      sensors: "channel,x (um),value,std\nphi,120,1e-3,1e-4\n",
      says: /line 2.*x = 0\.00012 m lies outside/,
    },
    {
      what: "no such channel",
      sensors: "channel,x,value,std\nT,5e-5,1e-3,1e-4\n",
      says: /no channel "T"; these fields have c, phi/,
    },
    { what: "a unit that is none", sensors: "channel,x (furlong),value,std\nphi,5e-5,1e-3,1e-4\n", says: /furlong/ },
    {
      what: "readings beyond belief",
      sensors: "channel,x,value,std\nphi,9.5e-5,1,1e-6\n",
      says: /contradict each other or the model.*phi at x = 0\.000095 m/,
    },
  ]) {
    it(`${what} is refused, and nothing is written`, async () => {
      const { status, err } = await ask(sensors, "--method", "gaussian");
      assert.equal(status, 2, err);
      assert.match(err, says);
      assert.equal(fs.existsSync(at("x.npy")), false);
    });
  }
});
