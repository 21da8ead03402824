import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  cleanStaleTemporaries,
  openAtomically,
  renameFolder,
  temporaryNameFor,
  writeAtomically,
} from "../../lib/storage/atomic";
import { UserError } from "../../lib/errors/user-error";
import { temporaryFolder } from "../temporary-folder";

describe("atomic files", () => {
  const folder = temporaryFolder();

  it("a file is stored with exactly its content, and nothing else is left in the folder", async () => {
    const target = path.join(folder(), "a.bin");
    await writeAtomically(target, Uint8Array.of(1, 2, 3));
    await writeAtomically(target, Uint8Array.of(4, 5));
    assert.deepEqual([...fs.readFileSync(target)], [4, 5]);
    assert.deepEqual(fs.readdirSync(folder()), ["a.bin"]);
  });

  it("until it is committed a new file does not show, and the old content stays readable", async () => {
    const target = path.join(folder(), "a.txt");
    await writeAtomically(target, "old");
    const file = await openAtomically(target);
    await file.write("ne");
    assert.equal(fs.readFileSync(target, "utf8"), "old");
    await file.write("w");
    await file.commit();
    await file.abandon();
    assert.equal(fs.readFileSync(target, "utf8"), "new");
  });

  it("an abandoned file leaves no trace", async () => {
    const file = await openAtomically(path.join(folder(), "a.txt"));
    await file.write("part");
    await file.abandon();
    assert.deepEqual(fs.readdirSync(folder()), []);
  });

  it("a writer that is killed in the middle leaves the old file whole, whenever the kill comes", async function () {
    this.timeout(30_000);
    const target = path.join(folder(), "big.bin");
    await writeAtomically(target, Buffer.alloc(1 << 16, 0));
    const program = `
      const { writeAtomically } = require("./lib/storage/atomic");
      (async () => {
        for (let k = 1; ; k = (k % 250) + 1) {
          await writeAtomically(${JSON.stringify(target)}, Buffer.alloc(1 << 22, k));
          if (k === 1) process.stdout.write("x");
        }
      })();`;
    for (let kill = 0; kill < 4; kill++) {
      const child = spawn(process.execPath, ["-r", "tsx/cjs", "-e", program], { cwd: path.join(__dirname, "../..") });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, 7 * kill + 3));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
      const content = fs.readFileSync(target);
      assert.equal(content.length, 1 << 22);
      assert.ok(content.equals(Buffer.alloc(1 << 22, content[0])), "every byte comes from one write");
    }
    await cleanStaleTemporaries(folder());
    assert.deepEqual(fs.readdirSync(folder()), ["big.bin"]);
  });

  it("temporaries of dead processes are cleaned, those of living ones and all other files are kept", async () => {
    const mine = temporaryNameFor(path.join(folder(), "a"));
    const dead = mine.replace(`~${process.pid}~`, "~999999999~");
    for (const name of [mine, dead, path.join(folder(), ".hidden"), path.join(folder(), "a.tmp")])
      fs.writeFileSync(name, "");
    assert.deepEqual(await cleanStaleTemporaries(folder()), [path.basename(dead)]);
    assert.equal(fs.readdirSync(folder()).length, 3);
  });

  it("a folder takes the place of an earlier one of its name", async () => {
    const [from, to] = [path.join(folder(), "new"), path.join(folder(), "kept")];
    for (const [name, text] of [
      [from, "new"],
      [to, "old"],
    ]) {
      fs.mkdirSync(name);
      fs.writeFileSync(path.join(name, "f"), text);
    }
    await renameFolder(from, to);
    assert.deepEqual(fs.readdirSync(folder()), ["kept"]);
    assert.equal(fs.readFileSync(path.join(to, "f"), "utf8"), "new");
  });

  it("a missing folder, a folder in the way and a file used as a folder are the user's errors, naming path and remedy", async () => {
    fs.writeFileSync(path.join(folder(), "file"), "");
    for (const target of ["missing/a", ".", "file/a"]) {
      await assert.rejects(writeAtomically(path.join(folder(), target), ""), (error: unknown) => {
        assert.ok(error instanceof UserError, String(error));
        assert.ok(error.message.includes(path.join(folder(), target)) && /Remedy: /.test(error.message));
        return true;
      });
    }
  });

  /** Runs a program with `write(path, bytes)` at hand in another process; what it reports of each attempt. */
  function elsewhere(program: string, options: { shell?: string; uid?: number } = {}): string {
    const root = path.join(__dirname, "../..");
    const script = path.join(folder(), "program.ts");
    const atomic = JSON.stringify(path.join(root, "lib/storage/atomic"));
    fs.writeFileSync(
      script,
      `import { writeAtomically } from ${atomic};
       const write = (p: string, n: number): Promise<void> =>
         writeAtomically(p, Buffer.alloc(n, 1)).then(() => console.log("stored"), (e) => console.log(e.name + ": " + e.message));
       ${program}`,
    );
    const node = `${process.execPath} -r ${require.resolve("tsx/cjs")} ${script}`;
    const shell = options.shell === undefined ? node : options.shell.replaceAll("NODE", node);
    const { uid } = options;
    return execFileSync("sh", ["-c", shell], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], uid, gid: uid });
  }

  it("permission denied is the user's error, naming path and remedy", function () {
    const closed = path.join(folder(), "closed");
    fs.mkdirSync(closed, { mode: 0o555 });
    fs.chmodSync(folder(), 0o777);
    const uid = process.getuid?.() === 0 ? 65534 : undefined; // root may write everywhere: become nobody
    const report = elsewhere(`void write(${JSON.stringify(path.join(closed, "a"))}, 1);`, { uid });
    assert.match(report, /^UserError: cannot write .*closed\/a: permission denied \(EACCES\)\. Remedy: /);
  });

  it("a full disk and a read-only one end with clear errors, earlier files stay as they were, nothing half is left", function () {
    const disk = path.join(folder(), "disk");
    fs.mkdirSync(disk);
    const mount =
      `unshare -Urm sh -c 'mount -t tmpfs -o size=64k tmpfs ${disk} && NODE && mount -o remount,ro ${disk} && NODE ` +
      `&& ls -A ${disk}'`;
    const program =
      `void write("${disk}/kept", 40000).then(() => write("${disk}/large", 80000)).then(() => ` +
      `write("${disk}/kept", 41000));`;
    let report = "";
    try {
      execFileSync("sh", ["-c", mount.replaceAll("NODE", "true")], { stdio: "ignore" });
      report = elsewhere(program, { shell: mount });
    } catch {
      this.skip(); // no user namespaces here
    }
    const lines = report.trim().split("\n");
    assert.equal(lines[0], "stored");
    assert.match(lines[1], /^StorageError: cannot write .*large: no space is left on the device \(ENOSPC\)\. Remedy: /);
    assert.match(lines[2], /^StorageError: .*kept: no space/);
    for (const line of lines.slice(3, 6)) assert.match(line, /^UserError: .*read-only \(EROFS\)\. Remedy: /);
    assert.deepEqual(lines.slice(6), ["kept"]);
  });
});
