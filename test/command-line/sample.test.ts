/**
 * `sample` and the model that it takes: the one of the configuration, or the one that is named; what has no effect is
 * refused by name.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { hashOf, type Manifest, manifestFile } from "../../lib/cache/manifest";
import { projectRoot } from "../../lib/cache/root";
import { openStudy } from "../../lib/study/study";
import { sgm } from "./run";
import { resultsOfSuite } from "../own-results";

const small = {
  "problem.cells": 10,
  "statistics.nodes": 4,
  "statistics.porosities": 64,
  "ensemble.conditions": 16,
  "ensemble.porosities": 16,
  "network.modes": 4,
  "training.steps": 8,
  "training.heldOutEvery": 8,
  "training.checkpointEvery": 8,
  "evaluation.conditions": 1,
  "evaluation.generated": 50,
  "evaluation.reference": 100,
};
const flagsOf = (settings: Record<string, unknown>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${String(value)}`]);
const flags = flagsOf(Object.fromEntries(Object.entries(small).filter(([key]) => !key.startsWith("evaluation"))));

describe("sample and the model that it takes", function () {
  this.timeout(120_000);
  const folder = resultsOfSuite();
  let model = "";
  const at = (name: string): string => path.join(folder(), name);
  const put = (name: string, content: unknown): string => {
    fs.writeFileSync(at(name), JSON.stringify(content));
    return at(name);
  };
  const sample = (...more: string[]): ReturnType<typeof sgm> =>
    sgm("sample", "--conditions", at("z.json"), "--count", "2", "--out", at("x.npy"), ...more);
  const refused = async (says: RegExp, ...args: string[]): Promise<void> => {
    fs.rmSync(at("x.npy"), { force: true });
    const { status, out, err } = await sample(...args);
    assert.deepEqual([status, out, fs.existsSync(at("x.npy"))], [2, "", false], err);
    assert.match(err, says);
  };

  before(async () => {
    put("z.json", [{ l: 1e-5, U0: 0.1, F_right: 20 }]);
    const trained = await sgm("train", "--preset", "smoke", ...flags);
    assert.equal(trained.status, 0, trained.err);
    model = (JSON.parse(trained.out) as { model: string }).model;
    assert.ok(fs.existsSync(path.join(model, manifestFile)), "train prints where the model is, wherever SGM_DATA lies");
  });
  afterEach(() => fs.rmSync(at("x.npy"), { force: true }));

  it("without --model it is the one of the configuration; latest and a path say what they found, and from when; all give the same bytes", async () => {
    const bytes: Buffer[] = [];
    for (const [which, says] of [
      [
        ["--preset", "smoke", ...flags],
        /sampling the model of the preset smoke and --set: .*\/model\/\w{20} \(electrode-published on 10 cells, 4 modes, trained 20\d\d-\d\d-\d\d \d\d:\d\d UTC\)/,
      ],
      [["--model", "latest"], /sampling the latest model: .*\/model\/\w{20} \(electrode-published on 10 cells/],
      [["--model", model], /sampling the model: .*\/model\/\w{20}/],
    ] as const) {
      const { status, err, out } = await sample(...which);
      assert.deepEqual([status, out], [0, ""], err);
      assert.match(err, says);
      bytes.push(fs.readFileSync(at("x.npy")));
    }
    assert.ok(bytes.every((b) => b.equals(bytes[0])));
  });

  it("a model that was trained last does not stand for the one of the configuration, which is missing", async () => {
    await refused(
      /the model of this configuration \(preset quick\) is not trained\. Remedy: npm run -s sgm -- train --preset quick; or --model latest/,
    );
    await refused(/train --preset smoke --set problem\.cells=12;/, "--preset", "smoke", "--set", "problem.cells=12");
  });

  it("values other than those that the model was trained with are refused by name, those that it was trained with are not", async () => {
    put("other.json", [{ l: 1e-5, U0: 0.1, F_right: 20 }, { l: 1e-5, k_rn: 0.4 }]); // prettier-ignore
    await refused(
      /other\.json: condition 1: .*made with k_rn = 0\.1 .*got k_rn = 0\.4; it may be asked for l, U0, F_right\n/,
      "--model",
      model,
      "--conditions",
      at("other.json"),
    );
    put("other.json", [{ l: 1e-5, voltage: 1 }]);
    await refused(
      /the model has no condition "voltage"; it has l, U0, F_right\n/,
      "--model",
      model,
      "--conditions",
      at("other.json"),
    );
    const [plain, usual] = [put("a.json", [{ l: 1e-5 }]), put("b.json", [{ l: 1e-5, k_rn: 0.1 }])];
    const bytes = [];
    for (const conditions of [plain, usual]) {
      assert.equal((await sample("--model", model, "--conditions", conditions)).status, 0);
      bytes.push(fs.readFileSync(at("x.npy")));
    }
    assert.ok(bytes[0].equals(bytes[1]));
    put("far.json", [{ l: 1e-5 }, { U0: 0.3 }]);
    await refused(
      /far\.json: condition 1: U0 = 0\.3 V lies outside the range \[-0\.2, 0\.2\].*Remedy: --extrapolate/,
      "--model",
      model,
      "--conditions",
      at("far.json"),
    );
  });

  it("a key of --set without effect is refused, and the message says what has one", async () => {
    for (const [setting, says] of [
      ["seed=77", /seed of the training.*Remedy: --seed draws other fields/],
      ["network.modes=4", /network\.modes has no effect on a model that --model names.*leave out --model/],
      ["problem.cells=50", /problem\.cells has no effect/],
      ["problem.name=electrode", /problem\.name has no effect/],
      ["preset=smoke", /--preset has no effect/],
      [
        "schedule.betaMax=3",
        /schedule\.betaMax has no effect with sampler\.method "mode-flow", which heeds sampler\.steps and sampler\.calibrate; .*sampler\.method=reverse-sde-heun/,
      ],
      ['sampler.start="standard normal"', /sampler\.start has no effect/],
      ["evaluation.conditions=3", /evaluation\.conditions has no effect on sampling/],
    ] as const)
      await refused(says, "--model", model, "--set", setting);
    const bytes = [];
    for (const more of [[], ["--set", "sampler.steps=5"], ["--set", "sampler.calibrate=true"]]) {
      assert.equal((await sample("--model", model, ...more)).status, 0);
      bytes.push(fs.readFileSync(at("x.npy")).toString("base64"));
    }
    assert.equal(new Set(bytes).size, 3, "keys that have an effect");
  });

  it("a method in time takes the model for white noise: the command that the message gives trains it, and chapter 4's evaluation reaches every method", async () => {
    const reverse = ["--set", "sampler.method=reverse-sde-heun", "--set", "sampler.steps=4"];
    const missing = await sample("--preset", "smoke", ...flags, ...reverse);
    const [, command] =
      /for white noise, which sampler\.method "reverse-sde-heun" needs\) is not trained\. Remedy: npm run -s sgm -- (.*?);/.exec(
        missing.err,
      ) ?? [];
    assert.ok(command, missing.err);
    assert.equal((await sgm(...command.split(" "))).status, 0);
    const drawn = await sample("--preset", "smoke", ...flags, ...reverse, "--set", "sampler.start=standard normal");
    assert.equal(drawn.status, 0, drawn.err);
    await refused(
      /sampler\.calibrate has no effect with sampler\.method "reverse-sde-heun".*mode-flow has it/,
      "--preset",
      "smoke",
      ...flags,
      ...reverse,
      "--set",
      "sampler.calibrate=false",
    );
    for (const method of ["mode-flow", "reverse-sde-euler", "reverse-sde-heun", "flow-euler", "flow-heun"] as const) {
      const keys: Record<string, Record<string, unknown>> = { sampler: { method, steps: 4 } };
      for (const [key, value] of Object.entries(small)) (keys[key.split(".")[0]] ??= {})[key.split(".")[1]] = value;
      const { conditions } = await openStudy({ preset: "smoke", ...keys }).result("sampling");
      assert.ok(conditions[0].fidelity.network!.stdRatio.every(Number.isFinite), method);
    }
  });

  it("combinations that exclude one another are refused when the study is opened, with a remedy that works", () => {
    for (const [settings, says, remedy] of [
      [
        { network: { preconditioning: "none" } },
        /"mode-flow" needs/,
        { sampler: { method: "reverse-sde-heun", steps: 200 } },
      ],
      [
        { sampler: { method: "flow-heun", calibrate: true } },
        /calibrate corrects the mode flow/,
        { sampler: { method: "flow-heun", calibrate: false } },
      ],
      [{ problem: { cells: 20 } }, /network\.modes is 56, .* 40 modes in all/, { network: { modes: 20 } }],
    ] as const) {
      assert.throws(() => openStudy(settings), says);
      assert.doesNotThrow(() => openStudy({ ...settings, ...remedy }));
    }
  });

  it("a model folder from somebody else runs no code: a file is loaded only when the person names it, and only the one it was made with", async () => {
    const marker = at("executed");
    const own = path.join(projectRoot(), ".cache", `stranger-${process.pid}.ts`);
    const told = path.relative(projectRoot(), own);
    const stolen = path.join(at("data"), "model", "0".repeat(20));
    fs.cpSync(model, stolen, { recursive: true });
    fs.mkdirSync(path.dirname(own), { recursive: true });
    fs.writeFileSync(own, `require("node:fs").writeFileSync(${JSON.stringify(marker)}, ""); export const problem = 1;`);
    try {
      const file = path.join(stolen, manifestFile);
      const { hash: _, ...manifest } = JSON.parse(fs.readFileSync(file, "utf8")) as Manifest;
      const input = { ...(manifest.input as object), problem: { name: told, cells: 10 } };
      const write = (sources: Record<string, string>): void => {
        const changed = {
          ...manifest,
          date: "2999-01-01T00:00:00Z",
          input,
          sources: { ...manifest.sources, ...sources },
        };
        fs.writeFileSync(file, JSON.stringify({ ...changed, hash: hashOf(changed) }));
      };
      write({});
      await refused(/does not tell the content of \.cache\/stranger/, "--model", stolen);
      write({ [told]: "0123456789abcdef" });
      await refused(
        /problem from a file: \.cache\/stranger-\d+\.ts, whose SHA-256 begins with 0123456789abcdef\. A file is only run when you name it/,
        "--model",
        stolen,
      );
      await refused(/problem from a file/, "--model", "latest");
      await refused(
        /the one of .*stranger-\d+\.ts begins with [0-9a-f]{16}\. Remedy: name the file as it was/,
        "--model",
        stolen,
        "--set",
        `problem.name=${told}`,
      );
      assert.ok(!fs.existsSync(marker), "nothing was executed");
    } finally {
      fs.rmSync(own);
      fs.rmSync(stolen, { recursive: true });
    }
  });
});
