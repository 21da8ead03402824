/** The notebooks' kernel (tslab) and JupyterLab's defaults, in the environment's own share folder. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inProject } from "./project.mjs";
import { python } from "./python.mjs";

const files = {
  // No interrupt_mode: tslab knows interruption by signal only. {resource_dir} is this file's folder, so the project
  // may be moved.
  ".venv/share/jupyter/kernels/tslab/kernel.json": {
    argv: ["node", "{resource_dir}/../../../../../scripts/kernel.cjs", "kernel", "--config-path", "{connection_file}"],
    display_name: "TypeScript",
    language: "typescript",
  },
  // Nothing is fetched from the network, and no question is asked before the first notebook opens.
  ".venv/share/jupyter/lab/settings/overrides.json": {
    "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
  },
};
const text = (content) => JSON.stringify(content, null, 2) + "\n";

export const kernel = {
  title: "notebook kernel",
  megabytes: 1,
  wipedBy: [python],
  done: () =>
    Object.entries(files).every(([path, content]) => {
      try {
        return readFileSync(inProject(path), "utf8") === text(content);
      } catch {
        return false;
      }
    }),
  prerequisites: () => ({}),
  async run() {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(inProject(path)), { recursive: true });
      writeFileSync(inProject(path), text(content));
    }
  },
};
