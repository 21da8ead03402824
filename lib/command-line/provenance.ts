/**
 * Where an ensemble comes from: the seed, the porosity law, and which version of the program drew it. It is stored with
 * the fields, and an interrupted run is continued only by one with the same: fields of two versions never lie in one
 * file.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { canonicalJson, type Json } from "../storage/json";
import type { Problem } from "../transport/problem";
import { referenceTo } from "../transport/problems";
import { originOf } from "../transport/with-physics";
import { combined, sourceHashes } from "../cache/sources";
import { projectRoot } from "../cache/root";

export interface EnsembleProvenance {
  readonly problem: Problem;
  readonly seed: number;
  readonly precision: "double" | "single";
  readonly shard: string | undefined;
}

/** As one JSON object; conditions, cells and count are stored as such. */
export function ensembleProvenance({
  problem,
  seed,
  precision,
  shard,
}: EnsembleProvenance): Readonly<Record<string, Json>> {
  const root = projectRoot();
  const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  const { law, covariance, nugget } = problem.porosity;
  const { physics } = originOf(problem);
  const ownFile = referenceTo(problem)?.version;
  return {
    command: "generate",
    version,
    /** Of all source files that the numbers depend on. */
    sources: combined(sourceHashes(root, ["lib/ensemble/generate.ts"])).slice(0, 20),
    ...(ownFile === undefined ? {} : { problemFile: ownFile.slice(0, 20) }),
    seed,
    precision,
    porosity: { epsMin: law.epsMin, epsMax: law.epsMax, covariance, nugget },
    ...(Object.keys(physics).length === 0 ? {} : { physics: JSON.parse(canonicalJson(physics)) as Json }),
    ...(shard === undefined ? {} : { shard }),
  };
}
