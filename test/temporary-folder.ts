import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A fresh folder for each test of the surrounding describe block, removed after it; call the result for its path. */
export function temporaryFolder(): () => string {
  let folder = "";
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "porous-sgm-"));
  });
  afterEach(() => {
    fs.chmodSync(folder, 0o755);
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
