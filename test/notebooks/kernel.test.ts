/** The notebooks' kernel as JupyterLab talks to it: what the configuration's types offer and refuse, interruption, who can reach it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { temporaryFolder } from "../temporary-folder";

const root = path.resolve(__dirname, "../..");

interface Run {
  readonly status: string;
  readonly outputs: string[];
  readonly stderr: string;
}

interface Seen {
  readonly listening: string[] | null;
  readonly imported: Run;
  readonly completions: string[];
  readonly topLevel: string[];
  readonly values: string[];
  readonly wrongKey: Run;
  readonly wrongValue: Run;
  readonly wrongNumber: Run;
  readonly interrupted: Run;
  readonly after: Run;
  readonly checkpoint: number | null;
  readonly toldBefore: number[];
  readonly resumed: Run;
  readonly toldAfter: number[];
  readonly log: Run;
}

function session(data: string): Promise<Seen> {
  const script = path.join(root, "test/notebooks/kernel_session.py");
  const child = spawn(path.join(root, ".venv/bin/python"), [script], {
    env: { ...process.env, SGM_DATA: data, SGM_OVERRIDES: "" },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) =>
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(stdout) as Seen);
      else reject(new Error(`kernel_session.py ended with ${code}:\n${stderr}`));
    }),
  );
}

describe("the notebooks' kernel", function () {
  this.timeout(900_000); // its first cell compiles the library
  const data = temporaryFolder();

  it("completes and checks the configuration, stops a training at a step, keeps the checkpoint, goes on, and listens on loopback only", async function () {
    const seen = await session(data());
    assert.equal(seen.imported.status, "ok", seen.imported.stderr);

    // Parameters are typed by the schema.
    for (const [offered, expected] of [
      [seen.completions, ["steps", "stepsPerCall"]],
      [seen.topLevel, ["sampler"]],
    ] as const) {
      for (const name of expected) assert.ok(offered.includes(name), `${name} is not among ${offered.join(", ")}`);
    }
    assert.ok(seen.values.some((value) => value.includes("reverse-sde-heun")), seen.values.join(", ")); // prettier-ignore
    assert.equal(seen.wrongKey.status, "error");
    assert.match(seen.wrongKey.stderr, /stepz/);
    assert.match(seen.wrongKey.stderr, /'?steps'?|does not exist in type/);
    assert.equal(seen.wrongValue.status, "error");
    assert.match(seen.wrongValue.stderr, /"magic"/);
    assert.equal(seen.wrongNumber.status, "error", "what types cannot say the schema does");
    assert.match(seen.wrongNumber.stderr, /training\.steps.*got -5/);

    // Interruption.
    assert.equal(seen.interrupted.status, "error");
    assert.equal(seen.after.status, "ok");
    assert.equal(seen.after.outputs.join(""), "2\n");
    const { checkpoint } = seen;
    assert.ok(checkpoint !== null, "the interrupted training left a checkpoint");
    const told = seen.toldBefore[seen.toldBefore.length - 1];
    assert.ok(checkpoint >= told && checkpoint < 1600, `checkpoint ${checkpoint} after step ${told} was told`);
    assert.equal(checkpoint % 8, 0, "between two calls of the compiled steps");
    assert.equal(seen.resumed.status, "ok", seen.resumed.stderr);
    assert.ok(
      seen.toldAfter.every((step) => step > checkpoint || step === 1600),
      `resumed after ${checkpoint}, told ${seen.toldAfter.join(", ")}`,
    );
    assert.equal(seen.log.outputs.join(""), "400,800,1200,1600\n", "the log is that of one training");

    if (seen.listening === null) return; // the system's table of sockets is read on Linux only
    assert.ok(seen.listening.length >= 5, "shell, iopub, stdin, control, heartbeat");
    assert.deepEqual([...new Set(seen.listening)], ["tcp 0100007F"]);
  });
});
