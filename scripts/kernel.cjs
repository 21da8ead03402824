// Starts tslab from the project's folder: Jupyter starts a kernel in the notebook's folder, and tslab refuses to import from
// outside its working directory. With this, "./lib/..." in a cell means the project's lib, wherever the notebook lies.
process.chdir(require("node:path").dirname(__dirname));
require("../node_modules/tslab/bin/tslab");
