/**
 * A stage whose artifact is plain data: stored as one JSON file. What JSON does not have (NaN, infinities, arrays of
 * bytes) is refused by its place in the artifact, since it would come back as something else; where a value may be
 * missing the type says null, or leaves it out.
 */
import * as path from "node:path";
import { writeAtomically } from "../storage/atomic";
import { canonicalJson, readJson } from "../storage/json";
import type { Stage } from "./stage";

const file = "result.json";

export function jsonStage<I, A>(stage: Omit<Stage<I, A>, "save" | "load">): Stage<I, A> {
  return {
    ...stage,
    save: async (artifact, folder) => {
      canonicalJson(artifact, `the result of the stage ${stage.name}`); // for its refusals
      await writeAtomically(path.join(folder, file), JSON.stringify(artifact));
    },
    load: async (folder) => (await readJson(path.join(folder, file))) as A,
  };
}
