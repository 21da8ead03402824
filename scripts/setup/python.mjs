/** The project's own Python environment: JupyterLab, nbclient and readers for the stored arrays, all pinned. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ask, runCommand } from "./command.mjs";
import { clientProblem, findPython } from "./prerequisites.mjs";
import { Problem } from "./problem.mjs";
import { inProject, venvPython } from "./project.mjs";
import { hashOf, stampHolds, writeStamp } from "./stamp.mjs";

const folder = inProject(".venv");
const stamp = join(folder, "porous-sgm.json");
const requirements = inProject("scripts", "requirements.txt");

/** The environment's Python version, or null: an upgraded or removed system Python makes the environment useless. */
const version = () => ask(venvPython, ["-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])?.trim();
const inputs = () => hashOf(readFileSync(requirements), version() ?? "none");

export const python = {
  title: "Python environment",
  megabytes: 900,
  done: () => stampHolds(stamp, inputs(), folder),
  prerequisites: () => ({ python: findPython() }),
  async run({ python: command }, progress) {
    let last = "making .venv";
    progress.describe(() => last);
    rmSync(folder, { recursive: true, force: true });
    const made = await runCommand("venv", command, ["-m", "venv", folder]);
    if (made.code !== 0)
      throw new Problem(
        `python -m venv failed:\n    ${made.output.slice(-6).join("\n    ")}\nThe log: ${made.logFile}.`,
        {
          debian: "sudo apt install python3-venv",
          macos: "brew install python@3.12",
        },
      );
    const args = [
      "-m",
      "pip",
      "install",
      "--disable-pip-version-check",
      "--no-input",
      "--only-binary=:all:",
      "--no-deps",
    ];
    const result = await runCommand("pip", venvPython, [...args, "-r", requirements], {
      onLine: (line) => (last = line.slice(0, 60)),
    });
    if (result.code !== 0) throw clientProblem("pip", "The Python package index", result);
    const site = join("lib", `python${version()}`, "site-packages");
    const entries = readdirSync(join(folder, site)).filter((name) => name !== "__pycache__");
    writeStamp(stamp, inputs(), folder, ["pyvenv.cfg", ...entries.map((name) => join(site, name))]);
  },
};
