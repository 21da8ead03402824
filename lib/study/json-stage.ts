/** A stage whose artifact is plain data: stored as one JSON file. */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { writeAtomically } from "../storage/atomic";
import type { Stage } from "./stage";

const file = "result.json";

export function jsonStage<I, A>(stage: Omit<Stage<I, A>, "save" | "load">): Stage<I, A> {
  return {
    ...stage,
    save: (artifact, folder) => writeAtomically(path.join(folder, file), JSON.stringify(artifact)),
    load: async (folder) => JSON.parse(await fs.readFile(path.join(folder, file), "utf8")) as A,
  };
}
