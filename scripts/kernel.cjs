// Starts tslab from the project's folder: Jupyter starts a kernel in the notebook's folder, and tslab refuses to import
// from outside its working directory. With this, "./lib/..." in a cell means the project's lib, wherever the notebook
// lies.
const path = require("node:path");
process.chdir(path.dirname(__dirname));
// Of whoever starts a kernel, JupyterLab or the executor of notebooks, none may leave it behind.
require("./parent.cjs").endWithParent(process.env.JPY_PARENT_PID);

const tslab = (file) => path.join(path.dirname(require.resolve("../node_modules/tslab/package.json")), file);
let cells = 0;

/**
 * What this project's kernel does better than tslab alone. Any trouble with one of these must not keep a kernel from
 * starting.
 */
const additions = {
  "its memory of checked files": () => {
    const { prepareCompiler } = require("./kernel/compiler.cjs");
    prepareCompiler({ root: process.cwd(), store: path.resolve(".cache/kernel"), nameOfCell: () => `cell ${cells}` });
  },
  "tables as last expressions": () => {
    const { showLastExpressions } = require("./kernel/last-expression.cjs");
    showLastExpressions({ executor: require(tslab("dist/executor.js")), jupyter: require(tslab("dist/jupyter.js")) });
  },
  "the documentation of what is called": () => {
    const ts = require(require.resolve("@tslab/typescript-for-tslab", { paths: [tslab("dist")] }));
    require("./kernel/documentation.cjs").documentCalls({ executor: require(tslab("dist/executor.js")), ts });
  },
  "the numbers of cells in stack traces": () => {
    const { JupyterHandlerImpl } = require(tslab("dist/jupyter.js"));
    const { handleExecuteImpl } = JupyterHandlerImpl.prototype;
    JupyterHandlerImpl.prototype.handleExecuteImpl = function (...request) {
      cells = this.execCount + 1;
      return handleExecuteImpl.apply(this, request);
    };
  },
  "failing where a promise that nobody awaits is rejected": () => {
    const executors = require(tslab("dist/executor.js"));
    const { createExecutor } = executors;
    const { failForLostErrors } = require("./kernel/rejections.cjs");
    executors.createExecutor = (...rest) => failForLostErrors(createExecutor(...rest));
  },
  "its answers to a page that was loaded anew": () => {
    require("./kernel/reconnection.cjs").outliveThePage(require(tslab("dist/jupyter.js")));
  },
};
for (const [what, add] of Object.entries(additions)) {
  try {
    add();
  } catch (error) {
    console.error(`The kernel starts without ${what}: ${error.message}`);
  }
}

// tslab sends outputs without waiting for one another. Of a socket that may wait, ZeroMQ sends every 512th message
// later, and an output that follows in the same turn of the event loop is refused: "Socket is busy writing". A
// publisher never waits, so it need not be allowed to. What its reader has not taken yet it holds, and beyond 1000
// messages drops: here without a limit, since every output belongs to the notebook.
const zmq = require("../node_modules/zeromq");
zmq.Publisher = class extends zmq.Publisher {
  constructor(options) {
    super({ sendTimeout: 0, sendHighWaterMark: 0, ...options });
  }
};

require("../node_modules/tslab/bin/tslab");
