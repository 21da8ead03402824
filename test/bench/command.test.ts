import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as path from "node:path";
import { runBenchmarks } from "../../bench/command";
import type { Group } from "../../bench/report";

const quick: Group = {
  measure: async (report) => {
    report.add("quick.time", { value: 1.23456, unit: "s", reference: "C, 1 s", ratio: 1.23456 });
    report.add("quick.size", { value: 7, unit: "MB" });
    report.skip("quick.other", "no compiler");
  },
};

async function bench(...args: string[]): Promise<{ status: number; out: string[]; err: string[]; loaded: string[] }> {
  const [out, err, loaded]: string[][] = [[], [], []];
  const load = (name: string): Group => {
    loaded.push(name);
    return quick;
  };
  const status = await runBenchmarks(args, ["quick", "slow"], load, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { status, out, err, loaded };
}

describe("the benchmarks' command line", () => {
  it("prints a line for each figure with its reference and ratio, and says what could not be measured", async () => {
    const { status, out, err } = await bench("--only", "quick");
    assert.deepEqual([status, err.length, out.length], [0, 0, 3]);
    assert.match(out[0], /^quick\.time +1\.23 s {2}beside C, 1 s {2}ratio 1\.23$/);
    assert.match(out[1], /^quick\.size +7 MB$/);
    assert.match(out[2], /^quick\.other +not measured: no compiler$/);
  });

  it("--json gives one object on standard output, unrounded, and the lines on standard error", async () => {
    const { status, out, err } = await bench("--json", "--only=quick");
    assert.deepEqual([status, out.length, err.length], [0, 1, 3]);
    assert.deepEqual(JSON.parse(out[0]), {
      "quick.time": { value: 1.23456, unit: "s", reference: "C, 1 s", ratio: 1.23456 },
      "quick.size": { value: 7, unit: "MB" },
    });
  });

  it("runs all groups, or those that are named", async () => {
    assert.deepEqual((await bench()).loaded, ["quick", "slow"]);
    assert.deepEqual((await bench("--only", "slow,quick")).loaded, ["slow", "quick"]);
  });

  for (const { args, says } of [
    { args: ["--only", "fast"], says: /there is no group "fast"; there are quick, slow/ },
    { args: ["--jsn"], says: /expected --json or --only GROUP, got "--jsn"/ },
    { args: ["--only"], says: /got "--only"/ },
  ]) {
    it(`refuses ${args.join(" ")} with status 2 and measures nothing`, async () => {
      const { status, out, err, loaded } = await bench(...args);
      assert.deepEqual([status, out, loaded], [2, [], []]);
      assert.match(err.join(), says);
    });
  }

  it("knows the groups of the project, and exits with 2 for any other", async () => {
    const run = path.join(__dirname, "..", "..", "bench", "run.ts");
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) =>
      execFile(process.execPath, ["-r", "tsx/cjs", run, "--only", "nothing"], (error, _, stderr) =>
        resolve({ code: error?.code, stderr }),
      ),
    );
    assert.equal(code, 2);
    assert.match(stderr, /there is no group "nothing"; there are ensemble, .*training/);
  }).timeout(60_000);
});
