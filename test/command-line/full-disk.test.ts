import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { temporaryFolder } from "../temporary-folder";

const root = path.join(__dirname, "..", "..");

describe("the command line on a disk of 64 kB", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();

  it("what does not fit ends with a clear error and leaves no part; what was there stays; read-only likewise", function () {
    const disk = path.join(folder(), "disk");
    fs.mkdirSync(disk);
    const conditions = path.join(folder(), "z.json");
    fs.writeFileSync(conditions, "[{}]");
    // One process for the commands between two looks at the disk; each has its own exit status.
    const generate = (...runs: [out: string, count: number][]): string => {
      const common = ["generate", "--problem", "electrode", "--conditions", conditions, "--cells", "20"];
      const commands = runs.map(([out, count]) => [...common, "--count", String(count), "--out", `${disk}/${out}`]);
      return (
        `${process.execPath} -r ${require.resolve("tsx/cjs")} ${path.join(__dirname, "several.ts")} ` +
        `'${JSON.stringify(commands)}' 2>&1`
      );
    };
    const inside = [
      generate(["kept.npy", 20]), // 6 kB
      `cp ${disk}/kept.npy ${folder()}/before.npy`,
      generate(["large.npy", 2000], ["kept.npy", 2000], ["large.zarr", 2000]),
      `cmp ${disk}/kept.npy ${folder()}/before.npy && ls -A ${disk}`,
      `mount -o remount,ro ${disk}`,
      generate(["other.npy", 1]),
      `ls -A ${disk}`,
    ];
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
    const report = run(inside.join("; "));
    const statuses = [...report.matchAll(/^status (\d+)$/gm)].map((match) => Number(match[1]));
    assert.deepEqual(statuses, [0, 1, 1, 1, 2], report);
    assert.equal(report.match(/no space is left on the device \(ENOSPC\)\. Remedy: /g)?.length, 3, report);
    assert.match(report, /read-only \(EROFS\)\. Remedy: /);
    const listed = report.split("\n").filter((line) => /^[\w.]+$/.test(line));
    assert.deepEqual(listed, ["kept.npy", "kept.npy"], report);
  });
});
