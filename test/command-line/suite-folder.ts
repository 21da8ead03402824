/** A temporary folder of a suite of commands, with the paths of its files. */
import * as fs from "node:fs";
import * as path from "node:path";
import { temporaryFolder } from "../temporary-folder";
import { sgm } from "./run";

export interface SuiteFolder {
  folder(): string;
  at(name: string): string;
  /** Writes a file, a value as JSON, and returns its path. */
  put(name: string, content: unknown): string;
  /** `generate` for the published problem at the conditions in z.json. */
  generate(...more: string[]): ReturnType<typeof sgm>;
}

export function suiteFolder(): SuiteFolder {
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder(), name);
  return {
    folder,
    at,
    put(name, content) {
      fs.writeFileSync(at(name), typeof content === "string" ? content : JSON.stringify(content));
      return at(name);
    },
    generate: (...more) => sgm("generate", "--problem", "electrode-published", "--conditions", at("z.json"), ...more),
  };
}

/** Two conditions of the published problem, one of them in part. */
export const conditions = [{ l: 1e-5, U0: 0.1, F_right: 20 }, { l: 2e-5 }];
