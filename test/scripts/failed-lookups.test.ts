import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const root = path.join(__dirname, "..", "..");
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { withoutLookupTimer } = require("../../scripts/kernel/failed-lookups.cjs") as {
  withoutLookupTimer: <T>(ts: T) => T;
};
const beside = { paths: [path.dirname(require.resolve("tslab/package.json"))] };
// eslint-disable-next-line @typescript-eslint/no-require-imports
const compiler = require(require.resolve("@tslab/typescript-for-tslab", beside)) as typeof import("typescript");

describe("a module that appears while a kernel watches", () => {
  /**
   * The timers that a watching compiler has pending after a module appeared that it had not found, kept as tslab keeps
   * them.
   */
  async function pendingAfterModuleAppears(ts: typeof compiler): Promise<string[]> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "porous-sgm-"));
    const file = path.join(folder, "main.ts");
    fs.writeFileSync(file, 'import "./absent";\n');
    const pending = new Set<{ name: string }>();
    const seen: string[] = [];
    const system = Object.create(ts.sys) as typeof ts.sys;
    system.setTimeout = (callback) => {
      const timer = { name: callback.name };
      pending.add(timer);
      seen.push(callback.name);
      return timer;
    };
    system.clearTimeout = (timer) => void pending.delete(timer as { name: string });
    system.getCurrentDirectory = () => folder;
    const quiet = (): void => undefined;
    const host = ts.createWatchCompilerHost(
      [file],
      { noEmit: true, types: [] },
      system,
      ts.createSemanticDiagnosticsBuilderProgram,
      quiet,
      quiet,
    );
    const watch = ts.createWatchProgram(host);
    try {
      fs.writeFileSync(path.join(folder, "absent.ts"), "export {};\n");
      for (let k = 0; k < 100 && seen.length === 0; k++) await new Promise((resolve) => setTimeout(resolve, 50));
      return [...pending].map(({ name }) => name);
    } finally {
      watch.close();
      fs.rmSync(folder, { recursive: true });
    }
  }

  it("leaves the compiler's own look for it pending, which tslab cannot hold beside the next cell", async () => {
    assert.ok((await pendingAfterModuleAppears(compiler)).includes("invalidateResolutionsOfFailedLookup"));
  });

  it("is looked for at once: what is pending is one build, which the next cell replaces", async () => {
    assert.deepEqual(await pendingAfterModuleAppears(withoutLookupTimer(compiler)), ["updateProgramWithWatchStatus"]);
  });

  it("the compiler of the kernel is the one so mended", () => {
    assert.match(fs.readFileSync(path.join(root, "scripts/kernel/compiler.cjs"), "utf8"), /withoutLookupTimer\(/);
  });
});
