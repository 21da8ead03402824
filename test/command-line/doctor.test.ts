import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { checkDevice, checkNode, checkPython, checkRoom } from "../../lib/command-line/doctor-checks";
import { temporaryFolder } from "../temporary-folder";
import { sgm } from "./run";

describe("doctor", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  it("names versions, backend, device, threads, speed, disk and memory, and its status says whether the study can run", async () => {
    const { status, out } = await sgm("doctor", "--json");
    const { ready, checks } = JSON.parse(out) as {
      ready: boolean;
      checks: { name: string; found: string; state: string; remedy?: string }[];
    };
    assert.equal(status, ready ? 0 : 1);
    for (const name of [
      "Node",
      "npm",
      "Python",
      "TensorFlow",
      "threads",
      "free disk",
      "free memory",
      "Chromium",
      "device",
    ]) {
      assert.ok(
        checks.some((c) => c.name === name),
        name,
      );
    }
    const rate = checks.find((c) => c.name === "matrix product");
    if (rate !== undefined) assert.ok(Number.parseFloat(rate.found) > 0.1, rate.found);
    for (const check of checks) assert.ok((check.remedy === undefined) === (check.state === "good"), check.name);
  });

  it("says which device computes, and what keeps a wanted one from it with the remedy", async () => {
    const chosen = (choice: object) => {
      fs.mkdirSync(path.join(folder(), ".native"), { recursive: true });
      fs.writeFileSync(path.join(folder(), ".native", "device.json"), JSON.stringify(choice));
      return checkDevice(folder(), {});
    };
    if ((await checkDevice(folder(), { SGM_DEVICE: "cpu" })).found.includes("CUDA")) return; // a GPU build is installed
    assert.match((await chosen({ wanted: "auto", road: "cpu", why: "no driver" })).found, /^processor \(no driver\)$/);
    const failed = await chosen({ wanted: "cuda", road: "cpu", why: "the driver is too old" });
    assert.equal(failed.state, "without");
    assert.match(failed.found, /^processor; CUDA is wanted, but the driver is too old/);
    assert.match(failed.remedy!, /npm run setup -- --device cuda/);
    const wrong = await checkDevice(folder(), { SGM_DEVICE: "tpu" });
    assert.match(
      `${wrong.found} ${wrong.remedy}`,
      /must be one of auto, cpu, cuda, webgpu.* npm run setup -- --device auto/,
    );
  });

  it("knows which Node versions work", () => {
    const states = ["v18.20.0", "v20.10.0", "v20.11.0", "v22.3.0", "v23.0.0", "v24.1.0"].map((v) => checkNode(v).state);
    assert.deepEqual(states, ["missing", "missing", "good", "good", "missing", "missing"]);
  });

  it("an unprepared project is told what is missing and the command that mends it", async () => {
    const [python] = await checkPython(folder());
    assert.deepEqual([python.state, python.remedy], ["missing", "npm run setup"]);
    fs.mkdirSync(path.join(folder(), "data"));
    assert.ok(checkRoom(folder()).every((check) => check.state !== "missing"));
  });

  it("looks at room and rights where results are kept: SGM_DATA, also before that folder is made", () => {
    const outer = process.env.SGM_DATA;
    const found = (data: string): ReturnType<typeof checkRoom> => {
      process.env.SGM_DATA = data;
      return checkRoom(folder());
    };
    try {
      const elsewhere = path.join(folder(), "results", "of-mine");
      for (const check of found(elsewhere).filter(({ name }) => ["free disk", "results"].includes(name)))
        assert.ok(check.found.includes(elsewhere), check.found);
      fs.writeFileSync(path.join(folder(), "file"), "");
      const results = found(path.join(folder(), "file", "data")).find(({ name }) => name === "results");
      assert.deepEqual([results?.state, results?.found], ["missing", `${folder()}/file/data cannot be written`]);
    } finally {
      if (outer === undefined) delete process.env.SGM_DATA;
      else process.env.SGM_DATA = outer;
    }
  });
});
