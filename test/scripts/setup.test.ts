/**
 * Set-up run again: quick and silent where nothing is to do, and a repair of exactly what is missing where something
 * is.
 */
import * as assert from "node:assert";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { bindingFile, finishedClone, operationsFile, programs, removeCopies, root, setUp, start } from "./project-copy";

const kernelspec = ".venv/share/jupyter/kernels/tslab/kernel.json";
const forbidden = (folder: string): string => `echo "$0 $*" >> "${folder}/called"; exit 1`;
const calls = (folder: string): string =>
  fs.existsSync(path.join(folder, "called")) ? fs.readFileSync(path.join(folder, "called"), "utf8") : "";

/** None of the programs that install things may be called. */
const offline = (folder: string, more: Record<string, string> = {}): string =>
  programs(
    Object.fromEntries([
      ...["npm", "python3", "pip", "g++", "clang++", "c++", "curl"].map((name) => [name, forbidden(folder)]),
      ...Object.entries(more),
    ]) as Record<string, string>,
  );

/** A compiler that "compiles" by copying the finished binding, slowly where asked, and counts. */
const compiler = (folder: string, seconds = 0): string => `case "$*" in *-fsyntax-only*) exit 0;; esac
echo compile >> "${folder}/compiled"
sleep ${seconds}
while [ $# -gt 1 ]; do if [ "$1" = -o ]; then cp "${path.join(root, bindingFile)}" "$2"; fi; shift; done`;
const compiled = (folder: string): number =>
  fs.existsSync(path.join(folder, "compiled"))
    ? fs.readFileSync(path.join(folder, "compiled"), "utf8").split("\n").length - 1
    : 0;

async function until(condition: () => boolean): Promise<void> {
  for (const started = Date.now(); !condition();) {
    if (Date.now() - started > 30_000) throw new Error("until: the condition did not come true within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("set-up run again", () => {
  after(removeCopies);

  it("is done in under 3 s, says nothing, and calls no package client and no compiler", async () => {
    const folder = finishedClone();
    const { code, stderr, stdout, seconds } = await setUp(folder, offline(folder));
    assert.deepStrictEqual(
      { code, stderr, stdout, calls: calls(folder) },
      { code: 0, stderr: "", stdout: "", calls: "" },
    );
    assert.ok(seconds < 3, `it took ${seconds} s`);
  });

  it("writes a deleted kernelspec again, without the network", async () => {
    const folder = finishedClone(kernelspec);
    const { code, stderr } = await setUp(folder, offline(folder));
    assert.strictEqual(code, 0, stderr);
    assert.strictEqual(calls(folder), "");
    assert.strictEqual(
      fs.readFileSync(path.join(folder, kernelspec), "utf8"),
      fs.readFileSync(path.join(root, kernelspec), "utf8"),
    );
  });

  it("leaves no path of this machine in the kernelspec, so that the folder may be moved", () => {
    const spec = JSON.parse(fs.readFileSync(path.join(root, kernelspec), "utf8")) as { argv: string[] };
    assert.ok(!spec.argv.some((part) => path.isAbsolute(part)), spec.argv.join(" "));
    const launcher = spec.argv[1].replace("{resource_dir}", path.join(root, path.dirname(kernelspec)));
    assert.ok(fs.existsSync(launcher), launcher);
  });

  it("builds a deleted binding again, and tries it", async () => {
    const folder = finishedClone(bindingFile);
    const { code, stderr } = await setUp(folder, offline(folder, { "g++": compiler(folder) }));
    assert.strictEqual(code, 0, stderr);
    assert.strictEqual(compiled(folder), 1);
    assert.ok(fs.existsSync(path.join(folder, bindingFile)));
    assert.match(stderr, /TensorFlow binding: ready/);
    assert.strictEqual((await setUp(folder, offline(folder))).stderr, "");
  });

  it("asked for by name, mends a binding whose content changed and whose size did not", async () => {
    const folder = finishedClone(bindingFile);
    const path_ = offline(folder, { "g++": compiler(folder) });
    assert.strictEqual((await setUp(folder, path_)).code, 0);
    const [file, before] = [path.join(folder, bindingFile), fs.readFileSync(path.join(folder, bindingFile))];
    const damaged = Buffer.from(before);
    damaged.fill(0, 0, 4096);
    fs.writeFileSync(file, damaged);
    const { code, stderr } = await setUp(folder, path_);
    assert.strictEqual(code, 0, stderr);
    assert.strictEqual(compiled(folder), 2);
    assert.ok(fs.readFileSync(file).equals(before));
  });

  it("finds the same results for a command that is called from elsewhere", () => {
    const folder = finishedClone();
    const path_ = offline(folder);
    const elsewhere = fs.mkdtempSync(path.join(folder, "elsewhere "));
    const program = `import { setUp } from ${JSON.stringify(path.join(folder, "scripts/setup/main.mjs"))}; await setUp();`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: elsewhere,
      env: { ...process.env, PATH: path_ },
      encoding: "utf8",
    });
    assert.deepStrictEqual([status, stderr, calls(folder)], [0, "", ""]);
  });

  it("builds the binding again when its sources are others than those it was built from", async () => {
    const folder = finishedClone();
    const stamp = path.join(folder, path.dirname(bindingFile), "porous-sgm.json");
    fs.writeFileSync(stamp, fs.readFileSync(stamp, "utf8").replace(/"inputs": "./, '"inputs": "-'));
    await setUp(folder, offline(folder, { "g++": compiler(folder) }));
    assert.strictEqual(compiled(folder), 1);
  });

  it("does without the project's own operations where they do not compile: says so, keeps the reason, tries no more", async () => {
    const folder = finishedClone(operationsFile);
    const failing =
      'case "$*" in *-fsyntax-only*) exit 0;; esac; echo "film-silu.cc:1: error: no such header" >&2; exit 1';
    const { code, stderr } = await setUp(folder, offline(folder, { "g++": failing }));
    assert.strictEqual(code, 0, stderr);
    const told = /they did not compile: film-silu\.cc:1: error: no such header/;
    assert.match(stderr, told);
    assert.match(fs.readFileSync(path.join(folder, path.dirname(operationsFile), "unavailable.txt"), "utf8"), told);
    assert.strictEqual((await setUp(folder, offline(folder))).stderr, "");
  });

  it("does without them where what was compiled does not compute", async () => {
    const folder = finishedClone(operationsFile);
    // "compiles" another module
    const { code, stderr } = await setUp(folder, offline(folder, { "g++": compiler(folder) }));
    assert.strictEqual(code, 0, stderr);
    assert.match(stderr, /own TensorFlow operations are not used, training is slower: they do not work/);
    assert.ok(!fs.existsSync(path.join(folder, operationsFile)));
  });

  it("fetches a deleted library again; where the index cannot be reached, says so and leaves nothing half done", async () => {
    const library = process.platform === "darwin" ? "libtensorflow_framework.2.dylib" : "libtensorflow_framework.so.2";
    const folder = finishedClone(`.native/tensorflow/${library}`);
    const noIndex = { PIP_CONFIG_FILE: "/dev/null", PIP_NO_INDEX: "1", PIP_FIND_LINKS: path.join(folder, "scripts") };
    const { code, stderr } = await setUp(folder, offline(folder, { "g++": compiler(folder) }), noIndex);
    assert.strictEqual(code, 1);
    assert.match(stderr, /The Python package index could not be reached by pip/);
    assert.ok(!fs.existsSync(path.join(folder, ".native/incoming")));
  });

  it("refuses a library that is not the pinned one", async () => {
    const folder = finishedClone(".native/tensorflow/porous-sgm.json");
    const wheel = path.join(folder, "other.whl");
    fs.writeFileSync(wheel, "not a wheel");
    const { code, stderr } = await setUp(folder, offline(folder, { "g++": compiler(folder) }), {
      TENSORFLOW_WHEEL: wheel,
    });
    assert.strictEqual(code, 1);
    assert.match(stderr, /not the pinned one: sha256 [0-9a-f]{64}, expected [0-9a-f]{64}/);
    assert.ok(fs.existsSync(wheel), "a file that the user named is not deleted");
  });

  it("installs the packages again when one of them was deleted", async () => {
    const folder = finishedClone("node_modules/zod");
    const npm = `case "$1" in --version) echo 11.0.0;; *) echo "npm $*" >> "${folder}/called"; exit 1;; esac`;
    const { code } = await setUp(folder, offline(folder, { npm, "g++": compiler(folder) }));
    assert.strictEqual(code, 1);
    assert.match(calls(folder), /^npm ci --ignore-scripts/);
  });
});

describe("set-up interrupted, or run twice at once", () => {
  after(removeCopies);

  it("two at once: one works, the other waits for it, both end well", async () => {
    const folder = finishedClone(bindingFile);
    const bin = offline(folder, { "g++": compiler(folder, 1) });
    const outcomes = await Promise.all([setUp(folder, bin), setUp(folder, bin)]);
    assert.deepStrictEqual(
      outcomes.map(({ code }) => code),
      [0, 0],
      outcomes.map(({ stderr }) => stderr).join("\n"),
    );
    assert.strictEqual(compiled(folder), 1);
    assert.match(outcomes.map(({ stderr }) => stderr).join(""), /Another set-up \(process \d+\) is at work/);
  });

  for (const { signal, exit } of [
    { signal: "SIGTERM", exit: 143 },
    { signal: "SIGINT", exit: 130 },
    { signal: "SIGKILL", exit: null },
  ] as const)
    it(`after ${signal} in the middle of a step, the next run repairs it without waiting`, async () => {
      const folder = finishedClone(bindingFile);
      const first = start(folder, offline(folder, { "g++": compiler(folder, 5) }), ["scripts/setup.mjs"]);
      await until(() => compiled(folder) === 1);
      first.child.kill(signal);
      assert.strictEqual((await first.ended).code, exit);
      assert.ok(
        !fs.existsSync(path.join(folder, bindingFile)),
        "the interrupted binding must not be taken for a finished one",
      );
      const { code, stderr } = await setUp(folder, offline(folder, { "g++": compiler(folder) }));
      assert.strictEqual(code, 0, stderr);
      assert.doesNotMatch(stderr, /Another set-up/);
      assert.ok(fs.existsSync(path.join(folder, bindingFile)));
    });
});

describe("npm's scripts", () => {
  after(removeCopies);

  const sgm = (program: string): string => {
    const folder = finishedClone();
    fs.writeFileSync(path.join(folder, "scripts/sgm.ts"), program);
    return folder;
  };

  it("a command's exit status and arguments come through, and its stdout holds nothing else", async () => {
    const folder = sgm("console.log(JSON.stringify(process.argv.slice(2))); process.exit(7);");
    const { code, stdout } = await start(folder, offline(folder), [
      "scripts/run.mjs",
      "sgm",
      "solve",
      "--out",
      "a b.json",
    ]).ended;
    assert.strictEqual(code, 7);
    assert.strictEqual(stdout, '["solve","--out","a b.json"]\n');
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const)
    it(`${signal} is passed on to the command, which may end in its own way`, async () => {
      const folder = sgm(`process.on("${signal}", () => { console.log("saved"); process.exit(5); });
        setInterval(() => {}, 1000); console.error("at work");`);
      const run = start(folder, offline(folder), ["scripts/run.mjs", "sgm"]);
      await until(() => run.said().includes("at work"));
      run.child.kill(signal);
      const { code, stdout } = await run.ended;
      assert.deepStrictEqual({ code, stdout }, { code: 5, stdout: "saved\n" });
    });

  it("an unknown command ends with 2 and lists the known ones", () => {
    const { status, stderr } = spawnSync(process.execPath, [path.join(root, "scripts/run.mjs"), "fly"], {
      encoding: "utf8",
    });
    assert.strictEqual(status, 2);
    assert.match(stderr, /expected one of study, sgm, bench, test, mutants, site, workflow, lab, got fly/);
  });
});
