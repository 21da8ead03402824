/**
 * `npm run lab`: reachable from this machine only, and only with its token; the same for the kernels that it starts.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import * as path from "node:path";

const root = path.resolve(__dirname, "../..");

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

/** A process and all that it has started (Linux). */
function family(pid: number): number[] {
  const parents = fs.readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])] as const];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  const below = (of: number): number[] => [
    of,
    ...parents.filter(([, parent]) => parent === of).flatMap(([p]) => below(p)),
  ];
  return below(pid);
}

/** Local addresses, as in the system's table, on which these processes listen. */
function listening(pids: readonly number[]): string[] {
  const inodes = new Set<string>();
  for (const pid of pids) {
    try {
      for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
        if (inode) inodes.add(inode[1]);
      }
    } catch {
      continue; // ended, or not ours to look into
    }
  }
  return ["tcp", "tcp6"].flatMap((table) =>
    fs
      .readFileSync(`/proc/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A" && inodes.has(fields[9]))
      .map((fields) => `${table} ${fields[1]}`),
  );
}

describe("JupyterLab", function () {
  this.timeout(600_000);

  it("listens on loopback only, its kernels too, and refuses whoever lacks the token", async function () {
    if (process.platform !== "linux") return this.skip();
    const port = await freePort();
    const token = "f00dfeedf00dfeedf00dfeedf00dfeed";
    const args = ["scripts/run.mjs", "lab", "--no-browser", `--ServerApp.port=${port}`, "--ServerApp.port_retries=0"];
    const server = spawn(process.execPath, args, { cwd: root, env: { ...process.env, JUPYTER_TOKEN: token } });
    let log = "";
    for (const stream of [server.stdout, server.stderr])
      stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const ended = new Promise((resolve) => server.once("close", resolve));
    const ask = (place: string, options: RequestInit = {}, key = `token ${token}`) =>
      fetch(`http://127.0.0.1:${port}${place}`, { ...options, headers: key === "" ? {} : { Authorization: key } });
    try {
      for (;;) {
        if (server.exitCode !== null) throw new Error(`npm run lab ended with ${server.exitCode}:\n${log}`);
        if ((await ask("/api/status").catch(() => null))?.ok) break;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      for (const key of ["", "token wrong"]) {
        assert.equal((await ask("/api/kernels", {}, key)).status, 403, "without the token nothing is answered");
        assert.equal((await ask("/api/kernels", { method: "POST" }, key)).status, 403, "and nothing started");
      }
      const before = listening(family(server.pid!));
      assert.equal(
        (await ask("/api/kernels", { method: "POST", body: JSON.stringify({ name: "tslab" }) })).status,
        201,
      );
      let all: string[] = [];
      do {
        await new Promise((resolve) => setTimeout(resolve, 300));
        all = listening(family(server.pid!));
      } while (all.length < before.length + 5); // the kernel's five sockets
      assert.ok(before.length > 0);
      const elsewhere = all.filter((address) => !/^tcp 0100007F:|^tcp6 0{24}01000000:/.test(address));
      assert.deepEqual(elsewhere, [], "an address that is not loopback");
    } finally {
      server.kill("SIGTERM");
      await ended;
    }
  });
});
