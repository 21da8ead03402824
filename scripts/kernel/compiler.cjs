/** tslab's compiler with what this project's kernel adds to it, put in its place before tslab is loaded. */
const path = require("node:path");
const { withEarlierNames } = require("./earlier-names.cjs");
const { withoutLookupTimer } = require("./failed-lookups.cjs");
const { rememberChecks } = require("./remember-checks.cjs");
const { citeSources, withSourceMaps } = require("./stack-traces.cjs");
const { withTopLevelAwait } = require("./top-level-await.cjs");

const tslab = path.dirname(require.resolve("../../node_modules/tslab/package.json"));

/**
 * For cells that work in the folder `root`; checked files are remembered under `store`. `nameOfCell()` is what stack
 * traces call the cell that is about to run.
 */
function prepareCompiler({ root, store, nameOfCell }) {
  const file = require.resolve("@tslab/typescript-for-tslab", { paths: [tslab] });
  const translating = withSourceMaps(withEarlierNames(require(file), { root }));
  const remembering = rememberChecks(translating, { root, store });
  require.cache[file].exports = withTopLevelAwait(withoutLookupTimer(remembering), { root });
  citeSources({ sourceMaps: translating.sourceMaps, root, kernel: path.dirname(tslab), nameOfCell });
}

module.exports = { prepareCompiler, tslab };
