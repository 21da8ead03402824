/** Where things are. All paths follow from this file's own place, so the folder may be moved. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const inProject = (...parts) => join(root, ...parts);
export const venvPython = inProject(".venv", "bin", "python");
export const workFolder = inProject(".cache", "setup");
/** Of the environment that only some commands need; see python.mjs. */
export const toolsPython = inProject(".venv-tools", "bin", "python");
