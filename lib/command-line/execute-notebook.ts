/** Notebooks executed by a command: which there are, and running one of them with the project's kernel. */
import { spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { UserError } from "../errors/user-error";
import type { Overrides } from "../study/configuration";

/**
 * The names of the notebooks in reading order; with `only`, of those that begin so. @throws UserError if there is none.
 */
export async function notebooks(root: string, only: readonly string[]): Promise<string[]> {
  const all = (await fs.readdir(path.join(root, "notebooks"))).filter(
    (name) => /^\d\d-.*\.ipynb$/.test(name) && !name.includes(".failed."),
  );
  const chosen = all.sort().filter((name) => only.length === 0 || only.some((prefix) => name.startsWith(prefix)));
  if (chosen.length === 0)
    throw new UserError(`sgm study: no notebook begins with ${only.join(" or ")}; there are ${all.join(", ")}`);
  return chosen;
}

export interface Execution {
  readonly root: string;
  readonly notebook: string;
  /** Where the executed notebook goes; what it claims goes beside it, see `claims`. */
  readonly output: string;
  /** Shown in the executed copy in a cell of its own; none leaves the notebook as it is. */
  readonly overrides: Overrides;
  /** Where the notebook's claims are written as data. */
  readonly claims: string;
  /** What else the kernel finds in its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs scripts/notebooks/execute.py, which streams its progress to stderr. Resolves to the exit status. */
export async function executeNotebook(o: Execution): Promise<number> {
  const python = path.join(o.root, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const overridden = Object.keys(o.overrides).length > 0;
  const inject = `const overriddenFromOutside = ${JSON.stringify(o.overrides)};`;
  const script = path.join(o.root, "scripts/notebooks/execute.py");
  const cell = ["--cell-timeout", "86400"]; // a training may take hours; progress is shown meanwhile
  await fs.rm(o.claims, { force: true }); // of an earlier run
  return new Promise((resolve, reject) => {
    const child = spawn(
      python,
      [script, o.notebook, "--output", o.output, ...cell, ...(overridden ? ["--inject", inject] : [])],
      {
        cwd: o.root,
        stdio: ["ignore", "inherit", "inherit"],
        env: {
          ...process.env,
          ...(overridden ? { SGM_OVERRIDES: JSON.stringify(o.overrides) } : {}),
          SGM_CLAIMS: path.resolve(o.claims),
          SGM_PARENT: String(process.pid), // it ends with this process
          ...o.environment,
        },
      },
    );
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on("SIGTERM", pass);
    // A terminal's Ctrl-C reaches the child by itself; this process only waits for it.
    const wait = (): void => undefined;
    process.on("SIGINT", wait);
    child.on("error", (error) =>
      reject(new Error(`study: ${python} could not be started (${error.message}). Remedy: npm run setup`)),
    );
    child.on("close", (code, signal) => {
      process.off("SIGTERM", pass);
      process.off("SIGINT", wait);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}
