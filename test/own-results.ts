/** Results of studies apart from those of other tests: a folder of its own, to which SGM_DATA points meanwhile. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { closePool } from "../lib/threads/pool";
import { temporaryFolder } from "./temporary-folder";

/** For each test of the surrounding describe block; call the result for the folder, whose `data` takes the results. */
export function resultsOfEachTest(): () => string {
  const folder = temporaryFolder();
  pointedTo(() => path.join(folder(), "data"), beforeEach, afterEach);
  return folder;
}

/** The same for all tests of the block together, which share what they computed. Threads end with them. */
export function resultsOfSuite(): () => string {
  let folder = "";
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "porous-sgm-"));
  });
  pointedTo(() => path.join(folder, "data"), before, after);
  after(async () => {
    await closePool();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}

function pointedTo(data: () => string, begin: Mocha.HookFunction, end: Mocha.HookFunction): void {
  let outer: string | undefined;
  begin(() => {
    outer = process.env.SGM_DATA;
    process.env.SGM_DATA = data();
  });
  end(() => {
    if (outer === undefined) delete process.env.SGM_DATA;
    else process.env.SGM_DATA = outer;
  });
}
