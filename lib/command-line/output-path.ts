/** Where a command will write, looked at before its work begins: what cannot end well is refused at once. */
import * as fs from "node:fs";
import * as path from "node:path";
import { explainWriteError, UserError } from "../errors/user-error";

/**
 * @throws UserError unless files can be written in the folder of `out`, and `out` is neither one of `inputs` nor a
 *   device.
 */
export function checkOutput(what: string, out: string, inputs: readonly string[]): void {
  try {
    fs.accessSync(path.dirname(path.resolve(out)), fs.constants.W_OK);
  } catch (error) {
    throw explainWriteError(error, out);
  }
  const there = fs.statSync(out, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isFile() && !there.isDirectory()) {
    throw new UserError(`${what} must be a file, and ${out} is a device or a pipe. Remedy: name a file.`);
  }
  for (const input of inputs) {
    const read = fs.statSync(input, { throwIfNoEntry: false });
    if (read?.dev !== there.dev || read.ino !== there.ino) continue;
    throw new UserError(`${what}: ${out} is read by this command and would be replaced. Remedy: name another file.`);
  }
}
