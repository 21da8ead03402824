/**
 * Python environments of the project's own, every package pinned: .venv with JupyterLab, nbclient and readers for the
 * stored arrays; and .venv-tools with what only some commands need (the site's builder, the workflow engine), made when
 * one of these first runs.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ask, runCommand } from "./command.mjs";
import { clientProblem, findPython } from "./prerequisites.mjs";
import { Problem } from "./problem.mjs";
import { inProject } from "./project.mjs";
import { hashOf, stampHolds, writeStamp } from "./stamp.mjs";

/**
 * The version of an environment's Python, or null: an upgraded or removed system Python makes the environment useless.
 */
const version = (interpreter) =>
  ask(interpreter, ["-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])?.trim();

function environment({ title, name, requirements, megabytes, pipOptions = [] }) {
  const folder = inProject(name);
  const interpreter = join(folder, "bin", "python");
  const stamp = join(folder, "porous-sgm.json");
  const pins = inProject("scripts", requirements);
  const inputs = () => hashOf(readFileSync(pins), version(interpreter) ?? "none");
  return {
    title,
    megabytes,
    done: (thorough) => stampHolds(stamp, inputs(), folder, thorough),
    prerequisites: () => ({ python: findPython() }),
    async run({ python: command }, progress) {
      let last = `making ${name}`;
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
      const options = ["--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--no-deps", ...pipOptions];
      const result = await runCommand("pip", interpreter, ["-m", "pip", "install", ...options, "-r", pins], {
        onLine: (line) => (last = line.slice(0, 60)),
      });
      if (result.code !== 0) throw clientProblem("pip", "The Python package index", result);
      const site = join("lib", `python${version(interpreter)}`, "site-packages");
      const entries = readdirSync(join(folder, site)).filter((entry) => entry !== "__pycache__");
      writeStamp(stamp, inputs(), folder, ["pyvenv.cfg", ...entries.map((entry) => join(site, entry))]);
    },
  };
}

export const python = environment({
  title: "Python environment",
  name: ".venv",
  requirements: "requirements.txt",
  megabytes: 900,
});

export const tools = environment({
  title: "Python environment for site and workflow",
  name: ".venv-tools",
  requirements: "tools.txt",
  megabytes: 400,
  // Published as source alone; pure Python.
  pipOptions: ["--no-binary=connection-pool"],
});
