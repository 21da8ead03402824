import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { Cache } from "../../lib/cache/cache";
import { Interrupted } from "../../lib/cache/interrupt";
import type { Key, Stage, StageContext } from "../../lib/cache/stage";
import { temporaryFolder } from "../temporary-folder";

interface Input {
  readonly training: { readonly steps: number; readonly rate: number };
}
const input: Input = { training: { steps: 2000, rate: 0.5 } };

/** A stage that stores its input and counts its runs. */
function recorder(
  work: (context: StageContext) => Promise<void> = async () => undefined,
): Stage<Input, string> & { runs: number } {
  const stage = {
    name: "recorder",
    module: "lib/model/net.ts",
    runs: 0,
    run: async (i: Input, context: StageContext) => {
      stage.runs++;
      await work(context);
      return JSON.stringify(i);
    },
    save: async (text: string, folder: string) => fs.writeFileSync(path.join(folder, "text"), text),
    load: async (folder: string) => fs.readFileSync(path.join(folder, "text"), "utf8"),
  };
  return stage;
}

describe("cached stages", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const data = (): string => path.join(folder(), "data");
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder(), file)), { recursive: true });
    fs.writeFileSync(path.join(folder(), file), text);
  };
  const cache = (): Cache => new Cache(data(), folder());
  beforeEach(() => {
    write("lib/model/net.ts", 'import { draw } from "../random/stream";\nimport type { T } from "../types";\n');
    write("lib/random/stream.ts", 'import { x } from "../storage/files";\nexport const draw = 1;\n');
    write("lib/storage/files.ts", "1");
    write("lib/types.ts", "1");
    write("lib/counting/a.ts", "");
  });

  it("what is asked for again is reused, with the same artifact, and nothing but the artifact is left", async () => {
    const stage = recorder();
    const first = await cache().obtain(stage, input);
    const second = await cache().obtain(stage, { training: { rate: 0.5, steps: 2000 } });
    assert.deepEqual([first.reused, first.reason], [false, "computed for the first time"]);
    assert.deepEqual([second.reused, second.reason], [true, "reused"]);
    assert.equal(second.artifact, first.artifact);
    assert.deepEqual(second.key, cache().keyOf(stage, input, []));
    assert.equal(stage.runs, 1);
    assert.deepEqual(fs.readdirSync(path.join(data(), "recorder")), [first.key.hash]);
  });

  it("a changed input, source file, imported source file or upstream artifact computes again and says why", async () => {
    const stage = recorder();
    const a: Key = { stage: "ensemble", hash: "0".repeat(20) };
    await cache().obtain(stage, input, [a]);
    const reasons: string[] = [];
    const again = async (i: Input, upstream: readonly Key[]): Promise<void> => {
      reasons.push((await cache().obtain(stage, i, upstream)).reason);
    };
    await again({ training: { ...input.training, steps: 4000 } }, [a]);
    await again(input, [{ ...a, hash: "1".repeat(20) }]);
    write("lib/random/stream.ts", "export const draw = 2;\n");
    await again(input, [a]);
    write("lib/model/net.ts", 'import { draw } from "../random/stream";\nimport "./layers";\n');
    write("lib/model/layers.ts", "");
    await again(input, [a]);
    write("lib/types.ts", "2"); // only its types are imported
    write("lib/storage/files.ts", "2"); // not followed
    await again(input, [a]);
    assert.deepEqual(reasons, [
      "computed: training.steps 2000 -> 4000",
      "computed: another ensemble",
      "computed: lib/random/stream.ts changed",
      "computed: lib/model/net.ts changed; lib/model/layers.ts is new",
      "reused",
    ]);
    assert.equal(stage.runs, 5);
  });

  it("an input that is not plain data, and a source that does not exist, are refused by name", async () => {
    const bad = { training: { steps: NaN, rate: 1 } };
    await assert.rejects(
      cache().obtain(recorder(), bad),
      /recorder: input\.training\.steps must be a finite number, got NaN/,
    );
    await assert.rejects(
      cache().obtain({ ...recorder(), module: "lib/none.ts" }, input),
      /names lib\/none\.ts as its module/,
    );
    await assert.rejects(
      cache().obtain({ ...recorder(), name: "../up" }, input),
      /letters, digits and hyphens, got "\.\.\/up"/,
    );
  });

  for (const { what, damage } of [
    {
      what: "a flipped bit",
      damage: (file: string) => fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("2000", "2001")),
    },
    { what: "a truncated file", damage: (file: string) => fs.truncateSync(file, 3) },
    { what: "a missing file", damage: (file: string) => fs.rmSync(file) },
    { what: "a missing manifest", damage: (file: string) => fs.rmSync(path.join(file, "../manifest.json")) },
    { what: "a broken manifest", damage: (file: string) => fs.truncateSync(path.join(file, "../manifest.json"), 99) },
  ]) {
    it(`${what} is noticed: the artifact is set aside with a notice and computed again`, async () => {
      const stage = recorder();
      const { key, artifact } = await cache().obtain(stage, input);
      damage(path.join(data(), "recorder", key.hash, "text"));
      const notices: string[] = [];
      const again = await cache().obtain(stage, input, [], { onNotice: (line) => notices.push(line) });
      assert.equal(again.artifact, artifact);
      assert.match(again.reason, /^computed again, since the stored result was damaged \((text|manifest\.json): /);
      assert.match(notices.join(), /is damaged .*set aside as .*damaged-/);
      assert.equal((await cache().obtain(stage, input)).reused, true);
      assert.deepEqual((await cache().list()).map((e) => e.state).sort(), ["complete", "damaged"]);
    });
  }

  it("a stage that fails leaves no artifact and no lock, and can be asked again", async () => {
    const failing = recorder(async () => Promise.reject(new Error("loss is NaN at step 12")));
    await assert.rejects(cache().obtain(failing, input), /loss is NaN at step 12/);
    assert.deepEqual(
      (await cache().list()).map((e) => e.state),
      ["partial"],
    );
    assert.equal((await cache().obtain(recorder(), input)).reused, false);
  });

  it("two calls of one process compute once", async () => {
    const stage = recorder(() => new Promise((resolve) => setTimeout(resolve, 50)));
    const got = await Promise.all([
      cache().obtain(stage, input),
      cache().obtain(stage, input),
      cache().obtain(stage, input),
    ]);
    assert.equal(stage.runs, 1);
    assert.deepEqual(got.map((o) => o.reused).sort(), [false, true, true]);
  });

  it("SIGINT stops a stage through its signal; it listens only while it works; the next call goes on from the work folder", async () => {
    let resumed = "";
    const long = recorder(async ({ folder: work, signal }) => {
      const file = path.join(work, "checkpoint");
      if (fs.existsSync(file)) {
        resumed = fs.readFileSync(file, "utf8");
        return;
      }
      process.kill(process.pid, "SIGINT");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      fs.writeFileSync(file, "step 7");
      signal.throwIfAborted();
    });
    const before = process.listenerCount("SIGINT");
    await assert.rejects(cache().obtain(long, input), Interrupted);
    assert.equal(process.listenerCount("SIGINT"), before);
    await cache().obtain(long, input);
    assert.equal(resumed, "step 7");
    await assert.rejects(
      cache().obtain(recorder(), { training: { steps: 1, rate: 1 } }, [], { signal: AbortSignal.abort() }),
      Interrupted,
    );
  });

  /** Starts the process of stage-process.ts. */
  function start(o: { value?: string; steps: number; pause: number }): ChildProcess & { output: () => string } {
    const script = path.join(__dirname, "stage-process.ts");
    const args = [data(), folder(), o.value ?? "A", String(o.steps), String(o.pause), path.join(folder(), "log")];
    const child = spawn(process.execPath, ["-r", "tsx/cjs", script, ...args], { cwd: path.join(__dirname, "../..") });
    let text = "";
    child.stdout.on("data", (piece: Buffer) => (text += piece.toString()));
    child.stderr.on("data", (piece: Buffer) => (text += piece.toString()));
    return Object.assign(child, { output: () => text });
  }
  const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once("close", resolve));
  const logged = (): string[] => fs.readFileSync(path.join(folder(), "log"), "utf8").trim().split("\n");

  it("four processes at once compute once, the others wait and read the same result", async () => {
    const children = Array.from({ length: 4 }, () => start({ steps: 10, pause: 20 }));
    assert.deepEqual(await Promise.all(children.map(ended)), [0, 0, 0, 0]);
    assert.deepEqual(logged(), ["begin 0", "end"]);
    const results = children.map((c) => c.output().trim().split("\n").pop()).sort();
    assert.deepEqual(results, ["computed 1048576 65", ...Array<string>(3).fill("reused 1048576 65")]);
    assert.equal(fs.readdirSync(path.join(data(), "counting")).length, 1, "no lock is left");
  });

  it("SIGTERM saves, exits with 130, and the next process goes on from there", async () => {
    const child = start({ steps: 200, pause: 10 });
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.kill("SIGTERM");
    assert.equal(await ended(child), 130);
    assert.match(child.output(), /Interrupted$/m);
    await ended(start({ steps: 20, pause: 1 }));
    assert.deepEqual([logged().length, logged()[0], logged()[2]], [3, "begin 0", "end"]);
    assert.ok(Number(logged()[1].split(" ")[1]) > 0, logged().join());
  });

  it("kill -9 at any moment leaves nothing half-written, the next process takes over at once and loses one step at most", async () => {
    for (const moment of [1, 4, 7]) {
      // the stage has six steps; from the seventh on it is being saved
      const value = String(moment);
      const child = start({ value, steps: 6, pause: 25 });
      const reached = (): boolean => child.output().split("\n").length > Math.min(moment, 6);
      while (!reached()) await new Promise((resolve) => setTimeout(resolve, 2));
      if (moment > 6) await new Promise((resolve) => setTimeout(resolve, 40));
      child.kill("SIGKILL");
      await ended(child);
      assert.deepEqual(
        (await cache().list()).filter((e) => e.state === "complete").length,
        moment === 1 ? 0 : moment === 4 ? 1 : 2,
      );
      const begun = Date.now();
      const next = start({ value, steps: 6, pause: 1 });
      assert.equal(await ended(next), 0);
      assert.ok(Date.now() - begun < 10_000, "the lock of a dead process is not waited for");
      assert.match(next.output(), new RegExp(`computed 1048576 ${value.charCodeAt(0)}\n$`));
      const from = Number(
        logged()
          .filter((line) => line.startsWith("begin"))
          .pop()
          ?.split(" ")[1],
      );
      assert.ok(from >= Math.min(moment, 6) && from <= 6, `went on from ${from}, killed at ${moment}`);
    }
    const entries = fs.readdirSync(path.join(data(), "counting"));
    assert.ok(entries.length === 3 && entries.every((name) => /^[0-9a-f]{20}$/.test(name)), entries.join());
  });

  it("a full disk ends a stage with the remedy; earlier results and the checkpoint stay, and with more room it goes on there", function () {
    const disk = path.join(folder(), "disk");
    fs.mkdirSync(disk);
    const ask = (value: string): string =>
      `${process.execPath} -r ${require.resolve("tsx/cjs")} ${path.join(__dirname, "stage-process.ts")} ${disk} ` +
      `${folder()} ${value} 6 1 ${folder()}/log | tail -1`;
    const run = (commands: readonly string[]): string =>
      execFileSync(
        "unshare",
        ["-Urm", "sh", "-c", [`mount -t tmpfs -o size=1536k tmpfs ${disk}`, ...commands].join(" && ")],
        { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
      );
    try {
      run(["true"]);
    } catch {
      this.skip(); // no user namespaces here
    }
    // "" is complete, ".partial" is not
    const entries = `ls ${disk}/counting | sed 's/[0-9a-f]*//' | sort | paste -sd,`;
    const report = run([ask("A"), ask("B"), entries, ask("A"), `mount -o remount,size=8m ${disk}`, ask("B"), entries]);
    assert.deepEqual(report.trimEnd().split("\n"), [
      "computed 1048576 65",
      "StorageError", // each result takes 1 MB
      ",.partial",
      "reused 1048576 65",
      "computed 1048576 66",
      ",",
    ]);
    assert.deepEqual(logged(), ["begin 0", "end", "begin 0", "end", "begin 6", "end"]);
  });

  it("a damaged note of the lock's owner counts as none", async () => {
    const stage = recorder();
    const { key } = await cache().obtain(stage, { training: { steps: 1, rate: 1 } });
    fs.rmSync(path.join(data(), "recorder", key.hash), { recursive: true });
    for (const note of ["", "null", "7", "{", '{"pid":"1"}', '{"pid":-1,"host":"x","started":""}']) {
      fs.writeFileSync(path.join(data(), "recorder", `${key.hash}.owner.json`), note);
      assert.equal((await cache().obtain(stage, { training: { steps: 1, rate: 1 } })).reused, false, note);
      fs.rmSync(path.join(data(), "recorder", key.hash), { recursive: true });
    }
  });

  it("the cache lists, explains and prunes what it holds, and leaves everything else alone", async () => {
    const stage = recorder();
    const first = await cache().obtain(stage, input);
    const second = await cache().obtain(stage, { training: { steps: 3, rate: 0.5 } });
    await assert.rejects(
      cache().obtain(
        recorder(async () => Promise.reject(new Error("no"))),
        { training: { steps: 4, rate: 0.5 } },
      ),
    );
    fs.writeFileSync(path.join(data(), "README.md"), "kept");
    fs.mkdirSync(path.join(data(), "recorder", "mine"));
    const lines = await cache().explain({ hash: second.key.hash.slice(0, 8) });
    assert.ok(
      lines.some((line) => line.includes("training.steps 2000 -> 3")),
      lines.join("\n"),
    );
    assert.ok(lines.includes('input {"training":{"rate":0.5,"steps":3}}'));
    await assert.rejects(cache().explain({ stage: "recorder" }), /3 match/);
    assert.equal((await cache().prune()).length, 0, "recent work is kept");
    assert.equal((await cache().prune({ unusedForDays: 0, dryRun: true })).length, 3);
    const gone = await cache().prune({ unusedForDays: 0, keep: [first.key] });
    assert.equal(gone.length, 2);
    assert.deepEqual(
      (await cache().list()).map((e) => e.hash),
      [first.key.hash],
    );
    assert.deepEqual(fs.readdirSync(path.join(data(), "recorder")).sort(), [first.key.hash, "mine"].sort());
    await assert.rejects(cache().prune({ stages: ["modle"] }), /nothing of a stage "modle"; stages here: recorder/);
  });
});
