// Starts tslab from the project's folder: Jupyter starts a kernel in the notebook's folder, and tslab refuses to import from
// outside its working directory. With this, "./lib/..." in a cell means the project's lib, wherever the notebook lies.
const path = require("node:path");
process.chdir(path.dirname(__dirname));

// tslab's compiler, told to remember what it has checked: see there. Any trouble with it must not keep a kernel from starting.
try {
  const beside = { paths: [path.dirname(require.resolve("../node_modules/tslab/package.json"))] };
  const file = require.resolve("@tslab/typescript-for-tslab", beside);
  const { rememberChecks } = require("./kernel/remember-checks.cjs");
  const { withoutLookupTimer } = require("./kernel/failed-lookups.cjs");
  const compiler = require(file);
  const remembering = rememberChecks(compiler, { root: process.cwd(), store: path.resolve(".cache/kernel") });
  require.cache[file].exports = withoutLookupTimer(remembering);
} catch (error) {
  console.error(`The kernel starts without its memory of checked files: ${error.message}`);
}

// tslab sends outputs without waiting for one another. Of a socket that may wait, ZeroMQ sends every 512th message later, and an output
// that follows in the same turn of the event loop is refused: "Socket is busy writing". A publisher never waits, so it need not be allowed to.
// What its reader has not taken yet it holds, and beyond 1000 messages drops: here without a limit, since every output belongs to the notebook.
const zmq = require("../node_modules/zeromq");
zmq.Publisher = class extends zmq.Publisher {
  constructor(options) {
    super({ sendTimeout: 0, sendHighWaterMark: 0, ...options });
  }
};

require("../node_modules/tslab/bin/tslab");
