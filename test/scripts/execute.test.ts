/**
 * Notebooks executed without JupyterLab, by the real kernel: what is saved, what is not, and what happens when a cell
 * fails.
 */
import * as assert from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { processAlive } from "../../lib/storage/atomic";
import { temporaryFolder } from "../temporary-folder";
import { root, type Outcome } from "./project-copy";

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string[];
  readonly data?: Record<string, unknown>;
}
interface Cell {
  readonly id: string;
  readonly source: string[];
  readonly metadata: { tags?: string[] };
  readonly outputs?: Output[];
}

/** A notebook of code cells; "#tag" in the first line of a cell's source gives it that tag. */
function notebook(file: string, ...sources: string[]): string {
  const cells = sources.map((source, i) => {
    const tag = /^#(\S+)\n/.exec(source);
    return {
      cell_type: "code",
      id: `c${i}`,
      metadata: {
        tags: tag ? [tag[1]] : [],
        execution: { "iopub.execute_input": "2026-01-01T00:00:00Z" },
        collapsed: true,
      },
      execution_count: null,
      outputs: [],
      source: source.replace(/^#\S+\n/, ""),
    };
  });
  const metadata = { kernelspec: { name: "tslab", display_name: "ts", language: "typescript" }, widgets: {} };
  fs.writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
  return file;
}
const read = (file: string): { metadata: Record<string, unknown>; cells: Cell[] } =>
  JSON.parse(fs.readFileSync(file, "utf8")) as { metadata: Record<string, unknown>; cells: Cell[] };

/** Runs execute.py; with `interrupt`, it gets the signal as soon as `when` holds. */
function execute(
  args: string[],
  environment: Record<string, string> = {},
  interrupt?: { kill: NodeJS.Signals; when: () => boolean },
): Promise<Outcome> {
  const started = Date.now();
  const script = path.join(root, "scripts/notebooks/execute.py");
  const child = spawn(path.join(root, ".venv/bin/python"), [script, ...args], {
    env: { ...process.env, ...environment },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const watch = setInterval(() => {
    if (!interrupt?.when()) return;
    clearInterval(watch);
    child.kill(interrupt.kill);
  }, 5);
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearInterval(watch);
      resolve({ code, stdout, stderr, seconds: (Date.now() - started) / 1000 });
    }),
  );
}

const said = (cell: Cell): string => (cell.outputs ?? []).flatMap((output) => output.text ?? []).join("");

describe("a notebook executed", () => {
  const folder = temporaryFolder();

  it("works in the project's folder, keeps no trace of the machine, and gives the same file when executed again", async () => {
    const file = notebook(
      path.join(folder(), "study.ipynb"),
      "#parameters\nlet points = 3;",
      "console.log(points, JSON.parse(process.env.SGM_OVERRIDES).preset);",
      `import { newDisplay } from "tslab";
       const progress = newDisplay();
       for (let i = 1; i <= 200; i++) progress.text("step " + i);`,
      'console.error("a warning"); console.log(process.cwd(), process.cwd() + "/lib/a.ts", ' +
        'require("os").homedir() + "/x");',
      'import { sentence } from "./test/scripts/kernel-import"; console.log(sentence);',
    );
    const environment = { SGM_OVERRIDES: '{"preset": "smoke"}' };
    const arguments_ = [file, "--inject", "points = 7;"];
    const first = await execute(arguments_, environment);
    assert.strictEqual(first.code, 0, first.stderr);
    const text = fs.readFileSync(file, "utf8");
    const { cells, metadata } = read(file);

    assert.deepStrictEqual(cells[1].metadata.tags, ["injected-parameters"]);
    assert.strictEqual(cells[1].source.join(""), "points = 7;");
    assert.strictEqual(said(cells[2]), "7 smoke\n");
    assert.deepStrictEqual(
      cells[3].outputs?.map((output) => output.data),
      [{ "text/plain": ["step 200"] }],
      "a display updated 200 times is saved once, as it was at the end",
    );
    assert.strictEqual(said(cells[4]), ". ./lib/a.ts ~/x\n");
    assert.ok(!cells[4].outputs?.some((output) => output.name === "stderr"));
    assert.strictEqual(said(cells[5]), "imported\n");
    assert.deepStrictEqual(Object.keys(metadata).sort(), ["kernelspec", "language_info"]);
    for (const trace of ["iopub", "2026-01-01", "collapsed", "display_id", root])
      assert.ok(!text.includes(trace), trace);
    assert.match(first.stderr, /study \[6\/6\] /, "each cell's progress is told");

    const second = await execute(arguments_, environment);
    assert.strictEqual(second.code, 0, second.stderr);
    assert.strictEqual(fs.readFileSync(file, "utf8"), text);
    assert.deepStrictEqual(fs.readdirSync(folder()), ["study.ipynb"], "no temporary file is left");
  });

  it("may write more outputs in one turn than the kernel's socket sends at once or holds, and loses none", async () => {
    const file = notebook(
      path.join(folder(), "study.ipynb"),
      'for (let i = 0; i < 5000; i++) process.stdout.write(i % 100 === 0 ? "\\n." : ".");',
      "console.log(1);",
    );
    const { code, stderr } = await execute([file]);
    assert.strictEqual(code, 0, stderr);
    const { cells } = read(file);
    assert.strictEqual(said(cells[0]).replace(/\n/g, "").length, 5000);
    assert.strictEqual(said(cells[1]), "1\n");
  });

  it("that fails says where, leaves the original as it was, and keeps what there is beside it", async () => {
    const file = notebook(
      path.join(folder(), "study.ipynb"),
      "console.log(1);",
      'throw new Error("the sky fell");',
      "console.log(3);",
    );
    const before = fs.readFileSync(file, "utf8");
    const { code, stderr } = await execute([file]);
    assert.strictEqual(code, 1);
    assert.strictEqual(fs.readFileSync(file, "utf8"), before);
    assert.match(stderr, /Cell 1 .*failed:\n-+\nthrow new Error\("the sky fell"\);\n-+\n[^]*Error: the sky fell/);
    const { cells } = read(path.join(folder(), "study.failed.ipynb"));
    assert.strictEqual(said(cells[0]), "1\n");
    assert.match(said(cells[1]), /the sky fell/);
    assert.strictEqual(said(cells[2]), "");
  });

  it("interrupted by SIGINT ends with 130 and stays as it was; executed again it goes on from what its stage had saved", async () => {
    const file = notebook(
      path.join(folder(), "study.ipynb"),
      `import * as fs from "fs";
       import { Cache } from "./lib/cache/cache";
       import type { Stage } from "./lib/cache/stage";
       const counting: Stage<string, number> = {
         name: "counting",
         module: "lib/random/philox.ts",
         run: async (_, { folder, signal }) => {
           const checkpoint = folder + "/step";
           let step = fs.existsSync(checkpoint) ? Number(fs.readFileSync(checkpoint, "utf8")) : 0;
           fs.appendFileSync(process.env.BEGUN!, step + "\\n");
           for (; step < 100; step++) {
             if (step > 0) signal.throwIfAborted();
             fs.writeFileSync(checkpoint, String(step + 1));
             await new Promise((resolve) => setTimeout(resolve, 20));
           }
           return step;
         },
         save: async (steps, folder) => fs.writeFileSync(folder + "/steps", String(steps)),
         load: async (folder) => Number(fs.readFileSync(folder + "/steps", "utf8")),
       };`,
      'console.log("steps", (await new Cache(process.env.SGM_DATA!).obtain(counting, "x")).artifact);',
    );
    const before = fs.readFileSync(file, "utf8");
    const begun = path.join(folder(), "begun");
    const environment = { SGM_DATA: path.join(folder(), "data"), BEGUN: begun };
    const interrupted = await execute([file], environment, { kill: "SIGINT", when: () => fs.existsSync(begun) });
    assert.strictEqual(interrupted.code, 130, interrupted.stderr);
    assert.strictEqual(fs.readFileSync(file, "utf8"), before);
    const again = await execute([file], environment);
    assert.strictEqual(again.code, 0, again.stderr);
    assert.strictEqual(said(read(file).cells[1]), "steps 100\n");
    const from = fs.readFileSync(begun, "utf8").trim().split("\n").map(Number);
    assert.ok(from.length === 2 && from[0] === 0 && from[1] > 0 && from[1] < 100, `begun at ${from.join(" and ")}`);
  });

  it("killed by SIGKILL takes its kernel along, and work that can save what it has saves it first", async () => {
    const at = (name: string): string => path.join(folder(), name);
    const file = notebook(
      at("study.ipynb"),
      `import * as fs from "fs";
       process.once("SIGTERM", () => fs.writeFileSync(${JSON.stringify(at("saved"))}, "x"));
       fs.writeFileSync(${JSON.stringify(at("pid"))}, String(process.pid));
       await new Promise((resolve) => setTimeout(resolve, 120_000));`,
    );
    const there = (): boolean => fs.existsSync(at("pid")) && fs.readFileSync(at("pid"), "utf8") !== "";
    await execute([file], {}, { kill: "SIGKILL", when: there });
    const pid = Number(fs.readFileSync(at("pid"), "utf8"));
    const until = Date.now() + 10_000;
    while (processAlive(pid) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(!processAlive(pid), `the kernel, process ${pid}, still runs`);
    assert.ok(fs.existsSync(at("saved")));
  });

  it("on a full disk ends with one line, and stays as it was", async function () {
    const disk = path.join(folder(), "disk");
    fs.mkdirSync(disk);
    const file = notebook(path.join(folder(), "study.ipynb"), 'console.log("x".repeat(100_000));');
    const line = `${path.join(root, ".venv/bin/python")} scripts/notebooks/execute.py ${disk}/study.ipynb 2>&1`;
    const inside = `cp ${file} ${disk} && ${line}; echo "status $?"; cmp ${file} ${disk}/study.ipynb && ls -A ${disk}`;
    const mounted = (commands: string): string => `mount -t tmpfs -o size=64k tmpfs ${disk} && { ${commands}; }`;
    const run = (commands: string): string =>
      execFileSync("unshare", ["-Urm", "sh", "-c", mounted(commands)], {
        encoding: "utf8",
        cwd: root,
        stdio: ["ignore", "pipe", "ignore"],
      });
    try {
      run("true");
    } catch {
      this.skip(); // no user namespaces here
    }
    const told = run(inside);
    const lines = told.split("\n").filter((text) => !/^study \[1\/1\]/.test(text));
    assert.match(lines[0], /^study\.ipynb: No space left on device.* The notebook is as it was\. Remedy: make room/);
    assert.deepStrictEqual(lines.slice(1), ["status 1", "study.ipynb", ""], told);
  });

  it("that does not exist is a user's error", async () => {
    const { code, stderr } = await execute([path.join(folder(), "none.ipynb")]);
    assert.strictEqual(code, 2);
    assert.match(stderr, /no notebook at/);
  });
});
