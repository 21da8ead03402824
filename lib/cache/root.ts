/** The project's own folder: the nearest one above the working folder whose package.json is this project's. */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../errors/user-error";

// From the working folder and not from this file's place: the notebooks' kernel runs compiled copies from elsewhere.
export function projectRoot(from = process.cwd()): string {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    try {
      const { name } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as { name?: unknown };
      if (name === "porous-sgm") return folder;
    } catch {
      // no package.json here, or not a readable one: look further up
    }
    if (folder === path.dirname(folder)) break;
  }
  throw new UserError(`projectRoot: ${from} is not inside the porous-sgm folder. Remedy: change into it first.`);
}

/**
 * Where results are kept: data/, or the folder that the environment variable SGM_DATA names (from the project's folder,
 * if it is relative).
 */
export function dataFolder(root = projectRoot()): string {
  return path.resolve(root, process.env.SGM_DATA || "data");
}
