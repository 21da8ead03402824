import assert from "node:assert/strict";
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stream } from "../../lib/random/stream";
import { Cache } from "../../lib/cache/cache";
import type { Stage } from "../../lib/cache/stage";
import { readCheckpoint } from "../../lib/training/checkpoint";
import { logFile, logLines } from "../../lib/training/log-files";
import type { TrainingState } from "../../lib/training/train";
import { temporaryFolder } from "../temporary-folder";
import { freshState, size, stepped, steps } from "./checkpoint-process";

const kills = Number(process.env.SGM_TEST_KILLS ?? 20);

const bits = (state: TrainingState): string =>
  [state.theta, state.average, state.window]
    .map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString("base64"))
    .join() + JSON.stringify(state.log);

describe(`a training killed ${kills} times`, function () {
  this.timeout(900_000);
  const folder = temporaryFolder();

  it("at random moments, mostly in the middle of a checkpoint's write, loses one step at most, never a checkpoint, never the cache", async () => {
    const [data, project] = [path.join(folder(), "data"), folder()];
    fs.mkdirSync(path.join(project, "lib/training"), { recursive: true });
    fs.writeFileSync(path.join(project, "lib/training/a.ts"), "");
    // A finished artifact of the same cache, which must stay as it is.
    const finished: Stage<string, string> = {
      name: "statistics",
      module: "lib/training/a.ts",
      run: async () => "kept",
      save: async (text, at) => fs.writeFileSync(path.join(at, "text"), text),
      load: async (at) => fs.readFileSync(path.join(at, "text"), "utf8"),
    };
    const cache = new Cache(data, project);
    await cache.obtain(finished, "one");

    const prepare = (): ChildProcessWithoutNullStreams & { output: () => string } => {
      const script = path.join(__dirname, "checkpoint-process.ts");
      const child = spawn(process.execPath, ["-r", "tsx/cjs", script, data, project], {
        cwd: path.join(__dirname, "../.."),
      });
      let text = "";
      child.stdout.on("data", (piece: Buffer) => (text += piece.toString()));
      child.stderr.on("data", (piece: Buffer) => (text += piece.toString()));
      return Object.assign(child, { output: () => text });
    };
    // Each process is begun while the one before it runs, so that loading the library costs no time of its own.
    let waiting = prepare();
    const start = (): ReturnType<typeof prepare> => {
      const child = waiting;
      waiting = prepare();
      child.stdin.write("begin\n");
      return child;
    };
    const ended = (child: ChildProcess): Promise<number | null> =>
      new Promise((resolve) => child.once("close", resolve));
    const begun = async (child: ReturnType<typeof start>): Promise<void> => {
      while (!/from \d+\n/.test(child.output())) {
        assert.equal(child.exitCode, null, child.output());
        await pause(2);
      }
    };
    const work = (): string => {
      const name = fs.readdirSync(path.join(data, "model")).find((n) => n.endsWith(".partial"))!;
      return path.join(data, "model", name, "work");
    };
    const halfWritten = (): boolean =>
      fs.readdirSync(work()).some((name) => name.startsWith(".checkpoint") && name.endsWith(".tmp"));
    const moments = stream(17).uniforms(kills);
    let expected = freshState();
    let inTheMiddle = 0;
    for (let kill = 0; kill < kills; kill++) {
      const child = start();
      await begun(child);
      const opened = performance.now();
      while (child.output().trim().split("\n").length < 2) await pause(1);
      // within the next two steps, however slow the machine
      await pause(2 * moments[kill] * (performance.now() - opened));
      // Every other kill waits until a checkpoint is being written.
      while (kill % 2 === 1 && !halfWritten()) await new Promise((resolve) => setImmediate(resolve));
      child.kill("SIGKILL");
      await ended(child);
      const [from, ...written] = child.output().trim().split("\n");
      assert.equal(from, `from ${expected.step}`, "it goes on where the checkpoint was");
      const state =
        (await readCheckpoint(path.join(work(), "checkpoint.safetensors"), { size, steps })) ?? freshState();
      const told = written.length > 0 ? Number(written[written.length - 1]) : expected.step;
      assert.ok(
        state.step === told || state.step === told + 1,
        `checkpoint of step ${state.step}, step ${told} was told`,
      );
      while (expected.step < state.step) expected = stepped(expected);
      assert.equal(bits(state), bits(expected), `the state of step ${state.step}`);
      if (halfWritten()) inTheMiddle++;
      const kept = await cache.obtain(finished, "one");
      assert.deepEqual([kept.reused, kept.artifact], [true, "kept"]);
    }
    assert.ok(inTheMiddle >= kills / 10, `${inTheMiddle} of ${kills} kills came in the middle of a write`);
    assert.ok(expected.step > kills / 4, `${expected.step} steps were made between the kills`);

    const last = start();
    waiting.stdin.end(); // nobody needs another one
    await begun(last);
    last.kill("SIGTERM");
    assert.equal(await ended(last), 130, last.output());
    const state = await readCheckpoint(path.join(work(), "checkpoint.safetensors"), { size, steps });
    while (expected.step < state!.step) expected = stepped(expected);
    assert.equal(bits(state!), bits(expected));
    assert.equal(
      fs.readFileSync(path.join(work(), logFile), "utf8"),
      logLines(expected.log),
      "no entry twice, none lost",
    );
    assert.deepEqual(
      fs.readdirSync(work()).filter((name) => name.endsWith(".tmp")),
      [],
      "stale temporaries are cleaned",
    );
  });
});
