/** A process ends with the one that started it, also where its own loop never turns. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { processAlive } from "../../lib/storage/atomic";
import { root } from "./project-copy";

const script = JSON.stringify(path.join(root, "scripts/parent.cjs"));

/** A child that watches its parent and is busy with `work`; its parent, which says the child's number. */
function pair(work: string): Promise<{ kill: () => void; child: number }> {
  const busy = `require(${script}).endWithParent(process.env.OF_TEST, { patience: 500 });
    process.stdout.write(process.pid + "\\n", () => setTimeout(() => { ${work} }, 1000));`;
  const start = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(busy)}], {
      env: { ...process.env, OF_TEST: String(process.pid) }, stdio: ["ignore", "inherit", "inherit"] });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["-e", start], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve) => {
    parent.stdout.once("data", (text: Buffer) => {
      resolve({ kill: () => parent.kill("SIGKILL"), child: Number(String(text)) });
    });
  });
}

describe("a process whose parent is killed", function () {
  this.timeout(300_000); // no promise of when: a busy machine gives neither process a turn for long
  for (const { what, work } of [
    { what: "waits", work: "setInterval(() => {}, 1000);" },
    { what: "is in a loop that never ends", work: "while (true) {}" },
    { what: "hears SIGTERM and goes on", work: 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);' },
  ]) {
    it(`ends while it ${what}`, async () => {
      const { kill, child } = await pair(work);
      try {
        assert.ok(processAlive(child));
        await new Promise((resolve) => setTimeout(resolve, 2000)); // it is at work by now
        assert.ok(processAlive(child), "and lives as long as its parent");
        kill();
        while (processAlive(child)) await new Promise((resolve) => setTimeout(resolve, 100));
      } finally {
        kill();
        if (processAlive(child)) process.kill(child, "SIGKILL");
      }
    });
  }
});
