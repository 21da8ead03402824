/**
 * For every run of the tests: data/ and figures/ are a person's results, and no test writes there. Studies that a test
 * opens without saying where keep their results in one folder for the run, which is removed at its end.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const root = path.join(__dirname, "..");

/** Every file below data/ and figures/ with its size and the time of its last change. */
function results(): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of ["data", "figures"]) {
    const top = path.join(root, folder);
    if (!fs.existsSync(top)) continue;
    for (const name of fs.readdirSync(top, { recursive: true, encoding: "utf8" })) {
      const state = fs.statSync(path.join(top, name), { throwIfNoEntry: false });
      if (state?.isFile()) found.set(path.join(folder, name), `${state.size} bytes of ${state.mtime.toISOString()}`);
    }
  }
  return found;
}

let before = new Map<string, string>();

// Before any test file is read: what a suite finds while it is described is what it puts back at its end.
if (!process.env.SGM_DATA) {
  const ofThisRun = fs.mkdtempSync(path.join(os.tmpdir(), "porous-sgm-run-"));
  process.env.SGM_DATA = ofThisRun;
  process.on("exit", () => fs.rmSync(ofThisRun, { recursive: true, force: true }));
}

export const mochaHooks = {
  beforeAll(): void {
    before = results();
  },
  afterAll(): void {
    const now = results();
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
      (file) => before.get(file) !== now.get(file),
    );
    assert.deepEqual(
      changed.slice(0, 20),
      [],
      "files of data/ and figures/ that were changed while the tests ran: tests write to temporary folders",
    );
  },
};
