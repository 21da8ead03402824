/**
 * The notebooks as the tests see them: their names in reading order, and how they are run without touching what is
 * committed.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "../setup/project.mjs";

const inFolder = (folder) =>
  existsSync(inProject("notebooks", folder))
    ? readdirSync(inProject("notebooks", folder))
        .filter((name) => name.endsWith(".ipynb") && !name.endsWith(".failed.ipynb"))
        .map((name) => join(folder, name.slice(0, -".ipynb".length)))
        .sort()
    : [];

/** The chapters, then the guides (which `npm start` leaves alone). */
export const notebookNames = () => [...inFolder("."), ...inFolder("guide")];

/** Smallest preset; results and figures go below `work`, so that the study's own stay as they are. */
export const smokeEnvironment = (work) => ({
  SGM_OVERRIDES: JSON.stringify({ preset: "smoke" }),
  SGM_DATA: join(work, "data"),
  SGM_FIGURES: join(work, "figures"),
});

/** A hash of every file in these folders of the project. */
export function contentsOf(...folders) {
  const contents = new Map();
  for (const folder of folders.filter((name) => existsSync(inProject(name))))
    for (const entry of readdirSync(inProject(folder), { withFileTypes: true }))
      if (entry.isFile())
        contents.set(
          `${folder}/${entry.name}`,
          createHash("sha256")
            .update(readFileSync(inProject(folder, entry.name)))
            .digest("hex"),
        );
  return contents;
}
