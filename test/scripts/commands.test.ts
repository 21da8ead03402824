/** Programs run to their end with their lines taken, as npm test's lanes do. */
import assert from "node:assert/strict";

interface Commands {
  runToTheEnd(o: { command: string; args: string[]; onLine: (line: string) => void }): Promise<number>;
}
const commands = async (): Promise<Commands> => (await import("../../scripts/commands.mjs" as string)) as Commands;

describe("a program whose lines are taken", function () {
  this.timeout(60_000);
  const run = async (program: string): Promise<{ status: number; lines: string[] }> => {
    const lines: string[] = [];
    const { runToTheEnd } = await commands();
    const status = await runToTheEnd({
      command: process.execPath,
      args: ["-e", program],
      onLine: (line) => lines.push(line),
    });
    return { status, lines };
  };

  it("gives whole lines of both streams, the last one without its end too, and the exit status", async () => {
    const { status, lines } = await run(`
      process.stdout.write("in two ");
      process.stderr.write("an error\\n");
      setTimeout(() => { process.stdout.write("parts\\nlast"); process.exitCode = 3; }, 100);`);
    assert.equal(status, 3);
    assert.deepEqual([...lines].sort(), ["an error", "in two parts", "last"]);
  });

  it("loses none of a great many lines", async () => {
    const { lines } = await run(`for (let i = 0; i < 20000; i++) console.log("line " + i);`);
    assert.deepEqual([lines.length, lines[0], lines[19999]], [20000, "line 0", "line 19999"]);
  });

  it("ends with the program, though a process that it left behind holds its streams", async () => {
    const { status, lines } = await run(`
      const child = require("node:child_process").spawn("sleep", ["40"], { stdio: "inherit", detached: true });
      child.unref();
      console.log(child.pid);`);
    assert.equal(status, 0);
    process.kill(Number(lines[0]));
  });

  it("a signal's end is told as a shell does", async () => {
    assert.equal((await run(`process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 9999);`)).status, 143);
  });
});
