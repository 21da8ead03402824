// Starts tslab from the project's folder: Jupyter starts a kernel in the notebook's folder, and tslab refuses to import from
// outside its working directory. With this, "./lib/..." in a cell means the project's lib, wherever the notebook lies.
process.chdir(require("node:path").dirname(__dirname));

// tslab sends outputs without waiting for one another. Of a socket that may wait, ZeroMQ sends every 512th message later, and an output
// that follows in the same turn of the event loop is refused: "Socket is busy writing". A publisher never waits, so it need not be allowed to.
const zmq = require("../node_modules/zeromq");
zmq.Publisher = class extends zmq.Publisher {
  constructor(options) {
    super({ sendTimeout: 0, ...options });
  }
};

require("../node_modules/tslab/bin/tslab");
