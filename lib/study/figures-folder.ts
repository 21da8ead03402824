/**
 * Where figures and tables go. Those of record, in figures/, are written by the unchanged study alone (`npm start` says
 * so by SGM_RECORD). Whatever else is tried, in JupyterLab or with another configuration, has a folder of its own,
 * named for its preset and, where the configuration is not the preset's, by a hash of it:
 *   data/figures/quick, data/figures/quick-1f0c2a7b
 */
import * as path from "node:path";
import { dataFolder } from "../cache/root";
import { sha256 } from "../storage/checksum";
import { canonicalJson } from "../storage/json";
import { type Configuration, configuration } from "./configuration";

/** The folder; `ofRecord`: it is the one of the committed figures. SGM_FIGURES names another. */
export function figuresFolder(
  root: string,
  own: Configuration,
  environment: NodeJS.ProcessEnv = process.env,
): { readonly folder: string; readonly ofRecord: boolean } {
  if (environment.SGM_FIGURES) return { folder: environment.SGM_FIGURES, ofRecord: false };
  const words = canonicalJson(own);
  const isPreset = words === canonicalJson(configuration({ preset: own.preset }));
  if (isPreset && own.preset === "quick" && environment.SGM_RECORD === "1") {
    return { folder: path.join(root, "figures"), ofRecord: true };
  }
  const name = isPreset ? own.preset : `${own.preset}-${sha256(words).slice(0, 8)}`;
  return { folder: path.join(dataFolder(root), "figures", name), ofRecord: false };
}
