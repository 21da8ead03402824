// Starts tslab from the project's folder: Jupyter starts a kernel in the notebook's folder, and tslab refuses to import from
// outside its working directory. With this, "./lib/..." in a cell means the project's lib, wherever the notebook lies.
const path = require("node:path");
process.chdir(path.dirname(__dirname));

// tslab's compiler, told to remember what it has checked: see there. Any trouble with it must not keep a kernel from starting.
try {
  const beside = { paths: [path.dirname(require.resolve("../node_modules/tslab/package.json"))] };
  const file = require.resolve("@tslab/typescript-for-tslab", beside);
  const { rememberChecks } = require("./kernel/remember-checks.cjs");
  const compiler = require(file);
  require.cache[file].exports = rememberChecks(compiler, { root: process.cwd(), store: path.resolve(".cache/kernel") });
} catch (error) {
  console.error(`The kernel starts without its memory of checked files: ${error.message}`);
}
require("../node_modules/tslab/bin/tslab");
