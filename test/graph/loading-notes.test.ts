/**
 * What the native library says while it loads: notes are dropped, everything else is told, and standard error is as it
 * was.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { withoutNotes } from "../../lib/graph/loading-notes";

const root = path.join(__dirname, "../..");

describe("the native library's notes", () => {
  const note = "I0000 00:00:1795873896.540182     339 port.cc:153] oneDNN custom operations are on.\n";
  const aboutItself = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n";
  const warning = "W0000 00:00:1795873896.540182     339 gpu.cc:1] Cannot dlopen some GPU libraries.\n";

  it("are lines of severity INFO, and the logger's warning about itself; warnings, errors and all other text are none", () => {
    assert.equal(withoutNotes(aboutItself + note), "");
    assert.equal(
      withoutNotes(aboutItself + note + warning + "free text\n\nI say so"),
      warning + "free text\n\nI say so",
    );
    assert.equal(withoutNotes(""), "");
  });

  it("are held back by the module that set-up compiles: what comes meanwhile is told afterwards, in order", function () {
    const file = path.join(root, ".native/operations/standard-error.node");
    if (!fs.existsSync(file)) this.skip(); // it did not compile here
    const program = `const { holdNotes, tellNotes } = require(${JSON.stringify(path.join(root, "lib/graph/loading-notes.ts"))});
      const { writeSync } = require("node:fs");
      holdNotes();
      writeSync(2, ${JSON.stringify(aboutItself + note + warning)});
      tellNotes();
      writeSync(2, "after\\n");
      holdNotes();
      writeSync(2, "never ended by hand\\n" + ${JSON.stringify(note)});
      setTimeout(() => writeSync(2, "later\\n"), 20);`;
    const words = ["--require", "tsx/cjs", "-e", program];
    const environment = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
    const { stderr, status } = spawnSync(process.execPath, words, { encoding: "utf8", cwd: root, env: environment });
    assert.deepEqual([status, stderr], [0, `${warning}after\nnever ended by hand\nlater\n`]);
  });
});
