/**
 * Stand-ins for the project's folder and for the programs on the PATH, so that set-up is tested without installing
 * anything.
 */
import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export const root = path.resolve(__dirname, "../..");

/**
 * Links everything below `source` into `target`, except the paths in `own`: those are absent, and the folders above
 * them real.
 */
function mirror(source: string, target: string, own: readonly string[]): void {
  fs.mkdirSync(target, { recursive: true });
  for (const name of fs.readdirSync(source)) {
    if (own.includes(name)) continue;
    const below = own.filter((p) => p.startsWith(`${name}/`)).map((p) => p.slice(name.length + 1));
    if (below.length > 0) mirror(path.join(source, name), path.join(target, name), below);
    else fs.symlinkSync(path.join(source, name), path.join(target, name));
  }
}

const made: string[] = [];
const newFolder = (name: string): string => {
  made.push(fs.mkdtempSync(path.join(os.tmpdir(), name)));
  return made[made.length - 1];
};

/** Removes every folder that the functions below made; for an `after` hook. */
export function removeCopies(): void {
  for (const folder of made.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
}

/** A clone in which set-up never ran. */
export function freshClone(): string {
  const folder = newFolder("porous sgm "); // the space is meant: people have such folders
  fs.cpSync(path.join(root, "scripts"), path.join(folder, "scripts"), { recursive: true });
  const operations = "lib/graph/native"; // C++ that set-up compiles
  fs.cpSync(path.join(root, operations), path.join(folder, operations), { recursive: true });
  for (const file of ["package.json", "package-lock.json", ".npmrc"])
    fs.copyFileSync(path.join(root, file), path.join(folder, file));
  return folder;
}

/** A clone in which set-up has done everything except `missing` (paths inside the project). */
export function finishedClone(...missing: string[]): string {
  const folder = freshClone();
  // Real folders where set-up may write, so that no test can reach through a link into the project itself.
  const bindingFolder = "@tensorflow/tfjs-node-gpu/lib/napi-v8";
  mirror(path.join(root, "node_modules"), path.join(folder, "node_modules"), [bindingFolder]);
  mirror(path.join(root, ".venv"), path.join(folder, ".venv"), ["share/jupyter"]);
  mirror(path.join(root, ".native"), path.join(folder, ".native"), ["tensorflow/none", "incoming", "operations"]);
  for (const copied of [
    `node_modules/${bindingFolder}`,
    ".venv/share/jupyter/kernels/tslab",
    ".venv/share/jupyter/lab/settings",
    ".native/operations",
  ])
    fs.cpSync(path.join(root, copied), path.join(folder, copied), { recursive: true });
  for (const file of missing) fs.rmSync(path.join(folder, file), { recursive: true });
  return folder;
}

export const operationsFile = ".native/operations/film-silu.node";
export const bindingFile = "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";

/** A folder for the PATH: each program is a shell script, or (with a leading "=") a link to that program. */
export function programs(scripts: Record<string, string>): string {
  const folder = newFolder("porous-sgm-bin-");
  for (const [name, script] of Object.entries(scripts)) {
    const file = path.join(folder, name);
    if (script.startsWith("=")) fs.symlinkSync(script.slice(1), file);
    else fs.writeFileSync(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Starts `node ARGS` in a folder with only `bin` on the PATH. */
export function start(
  folder: string,
  bin: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Outcome>; said: () => string } {
  const foreign = /^(npm_|PYTHON|PIP_|CXX$|TENSORFLOW_WHEEL$|NODE_OPTIONS$)/;
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const started = Date.now();
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...inherited, PATH: bin, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Outcome>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr, seconds: (Date.now() - started) / 1000 })),
  );
  return { child, ended, said: () => stderr };
}

export const setUp = (folder: string, bin: string, environment: Record<string, string> = {}): Promise<Outcome> =>
  start(folder, bin, [path.join(folder, "scripts/setup.mjs")], environment).ended;
