/** `study`: executes every notebook in order, saves them with their outputs, and thereby writes the figures. */
import { spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { UserError } from "../../storage/user-error";
import { configuration, type Overrides, overridesFromText } from "../configuration";
import { projectRoot } from "../root";
import type { Command } from "./command";
import { inWords } from "./progress";

export const study: Command = {
  name: "study",
  summary: "Executes every notebook in order and writes the figures.",
  options: {
    preset: { type: "string", value: "NAME", help: "smoke, quick, full or published", default: "quick" },
    set: { type: "string", value: "KEY=VALUE", help: "another value of a configuration key", multiple: true },
    only: { type: "string", value: "PREFIX", help: "only notebooks whose name begins so, such as 05", multiple: true },
  },
  details: `At the preset quick the notebooks are saved in place. With another preset or --set the executed copies go to
data/notebooks, with the overriding values in a cell of their own. Finished stages are reused from data/.`,
  run: async (args) => {
    const root = projectRoot();
    const overrides: Overrides = { preset: args.text("preset"), ...overridesFromText(args.list("set")) } as Overrides;
    configuration(overrides); // a wrong key is said before the first kernel starts
    const names = await notebooks(root, args.list("only"));
    const changed = overrides.preset !== "quick" || args.list("set").length > 0;
    const folder = path.join(root, changed ? "data/notebooks" : "notebooks");
    await fs.mkdir(folder, { recursive: true });
    const begun = performance.now();
    for (const name of names) {
      const status = await execute(
        root,
        path.join(root, "notebooks", name),
        path.join(folder, name),
        changed ? overrides : {},
      );
      if (status !== 0) {
        args.terminal.err(
          `study: ${name} did not finish (exit status ${status}); the notebooks after it were not run\n`,
        );
        return status === 130 || status === 143 ? status : 1;
      }
    }
    const seconds = (performance.now() - begun) / 1000;
    args.terminal.err(
      `study: ${names.length} notebooks in ${inWords(seconds)}; saved in ${path.relative(root, folder)}\n`,
    );
    args.terminal.out(
      `${JSON.stringify({ notebooks: names, folder: path.relative(root, folder), seconds: Math.round(seconds) })}\n`,
    );
    return 0;
  },
};

async function notebooks(root: string, only: readonly string[]): Promise<string[]> {
  const all = (await fs.readdir(path.join(root, "notebooks"))).filter(
    (name) => /^\d\d-.*\.ipynb$/.test(name) && !name.includes(".failed."),
  );
  const chosen = all.sort().filter((name) => only.length === 0 || only.some((prefix) => name.startsWith(prefix)));
  if (chosen.length === 0)
    throw new UserError(`sgm study: no notebook begins with ${only.join(" or ")}; there are ${all.join(", ")}`);
  return chosen;
}

/** Runs scripts/notebooks/execute.py, which streams its progress to stderr. Resolves to the exit status. */
function execute(root: string, notebook: string, output: string, overrides: Overrides): Promise<number> {
  const python = path.join(root, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const overridden = Object.keys(overrides).length > 0;
  const inject = `const overriddenFromOutside = ${JSON.stringify(overrides)};`;
  const script = path.join(root, "scripts/notebooks/execute.py");
  const cell = ["--cell-timeout", "86400"]; // a training may take hours; progress is shown meanwhile
  return new Promise((resolve, reject) => {
    const child = spawn(
      python,
      [script, notebook, "--output", output, ...cell, ...(overridden ? ["--inject", inject] : [])],
      {
        cwd: root,
        stdio: ["ignore", "inherit", "inherit"],
        env: { ...process.env, ...(overridden ? { SGM_OVERRIDES: JSON.stringify(overrides) } : {}) },
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
