/**
 * No result outlives what it was computed from. What a stage's computation can reach is asked of the machine itself: a
 * process loads the stage's module and tells which files of the project that loaded. Each of them is then edited, in a
 * copy of lib.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { combined, sourceHashes, withoutInfluence } from "../../lib/cache/sources";
import { temporaryFolder } from "../temporary-folder";

const root = path.join(__dirname, "../..");
const stageModule = /^\s*module: "(lib\/[^"]+)",$/m;

function filesOf(folder: string): string[] {
  const entries = fs.readdirSync(path.join(root, folder), { withFileTypes: true });
  return entries.flatMap((e) => (e.isDirectory() ? filesOf(`${folder}/${e.name}`) : [`${folder}/${e.name}`]));
}

/**
 * Files of lib that loading each of these modules loads, native code and threads' programs aside: in one process that
 * forgets lib in between.
 */
function loadedBy(modules: readonly string[]): Map<string, string[]> {
  const script = `
    const told = {};
    for (const module of ${JSON.stringify(modules)}) {
      const own = (file) => file.startsWith(${JSON.stringify(path.join(root, "lib") + path.sep)});
      for (const file of Object.keys(require.cache)) if (own(file)) delete require.cache[file];
      require(${JSON.stringify(root + path.sep)} + module);
      told[module] = Object.keys(require.cache).filter(own);
    }
    console.log(JSON.stringify(told));`;
  const command = ["-r", "tsx/cjs", "-e", script];
  const text = execFileSync(process.execPath, command, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines = text.trim().split("\n");
  const loaded = JSON.parse(lines[lines.length - 1]) as Record<string, string[]>;
  return new Map(modules.map((module) => [module, loaded[module].map((file) => path.relative(root, file))]));
}

describe("what a stage's result depends on", function () {
  this.timeout(300_000);
  const copy = temporaryFolder();
  const stages = filesOf("lib").flatMap((file) => {
    const named = file.endsWith(".ts")
      ? stageModule.exec(fs.readFileSync(path.join(root, file), "utf8"))?.[1]
      : undefined;
    return named === undefined ? [] : [{ file, named }];
  });
  beforeEach(() => fs.cpSync(path.join(root, "lib"), path.join(copy(), "lib"), { recursive: true }));

  const key = (module: string): string => combined(sourceHashes(copy(), [module]));
  /** Runs `then` with one more line at the end of a file of the copy. */
  function edited(file: string, then: () => void): void {
    const place = path.join(copy(), file);
    const text = fs.readFileSync(place);
    fs.appendFileSync(place, "\n// edited\n");
    then();
    fs.writeFileSync(place, text);
  }

  it("every stage names the file in which it stands", () => {
    assert.ok(stages.length > 10);
    for (const { file, named } of stages) assert.equal(named, file);
  });

  it("no stage reaches what an edit should not recompute: settings with their presets, entries, figures, claims, the study", () => {
    const apart = /^lib\/(study|command-line)\/|^lib\/experiments\/([^/]+|[^/]+\/(settings|index|figures|claims)\.ts)$/;
    for (const { file } of stages) {
      assert.deepEqual(
        Object.keys(sourceHashes(root, [file])).filter((reached) => apart.test(reached)),
        [],
        file,
      );
    }
  });

  it("every file that a stage's computation loads changes its key, what cannot change a number excepted", () => {
    const loaded = loadedBy(stages.map(({ file }) => file));
    const counts = (file: string): boolean => !withoutInfluence.some((start) => file.startsWith(start));
    // A key is one hash of the files and their hashes: a file counts where it is among them and its own hash heeds its
    // content.
    const smallest = new Map<string, { readonly stage: string; readonly files: number }>();
    for (const { file: stage } of stages) {
      const hashed = Object.keys(sourceHashes(copy(), [stage]));
      for (const file of loaded.get(stage)!.filter(counts)) {
        assert.ok(hashed.includes(file), `${stage} loads ${file} and does not depend on it`);
        if (hashed.length < (smallest.get(file)?.files ?? Infinity))
          smallest.set(file, { stage, files: hashed.length });
      }
    }
    assert.ok(smallest.size > 100, `only ${smallest.size} files were reached`);
    const before = new Map(stages.map(({ file }) => [file, key(file)]));
    for (const [file, { stage }] of smallest)
      edited(file, () =>
        assert.notEqual(key(stage), before.get(stage), `${file} was edited, ${stage} does not notice`),
      );
  });

  it("threads' programs, the operation in C++ and its table count too", () => {
    const training = stages.find(({ file }) => /(model|training\/stage)\.ts$/.test(file))!.file;
    const before = key(training);
    for (const file of [
      "lib/threads/worker.cjs",
      "lib/threads/worker.ts",
      "lib/graph/native/film-silu.cc",
      "lib/graph/operations.json",
    ]) {
      edited(file, () => assert.notEqual(key(training), before, file));
    }
  });

  it("an edited figure, display or form of storage changes no key", () => {
    const before = stages.map(({ file }) => key(file));
    for (const file of filesOf("lib").filter((f) => withoutInfluence.some((start) => f.startsWith(start))))
      fs.appendFileSync(path.join(copy(), file), "\n// edited\n");
    stages.forEach(({ file }, k) => assert.equal(key(file), before[k], file));
  });
});
