/**
 * A process ends when the one that started it has ended, however that ended: a SIGKILL is passed on to nobody. To be
 * preloaded (`node --require`). The parent says who it is, in SGM_PARENT (Jupyter does in JPY_PARENT_PID); whoever was
 * started by somebody else, say with `nohup`, is left alone.
 */
const { isMainThread, Worker } = require("node:worker_threads");

const every = 500; // ms

/** `patience`: ms for work that saves what it has. */
function endWithParent(said, { patience = 15_000 } = {}) {
  const parent = process.ppid;
  if (!isMainThread || String(parent) !== said) return;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM"); // ends at once where nobody listens, else when what is going on has been saved
    const since = Date.now();
    setInterval(() => {
      if (process.listenerCount("SIGTERM") === 0 || Date.now() - since > patience) process.exit(143);
    }, every);
  }, every);
  watch.unref();
  endBusy({ parent, every, patience });
}

/** A loop of a person's own, or the check of a cell, may never let the timer above run: a thread of its own looks too. */
function endBusy(workerData) {
  const look = `
    const { parent, every, patience } = require("node:worker_threads").workerData;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      setTimeout(() => process.kill(process.pid, "SIGKILL"), 1.2 * patience);
    }, every);`;
  const small = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };
  new Worker(look, { eval: true, workerData, execArgv: [], env: {}, resourceLimits: small }).unref();
}

endWithParent(process.env.SGM_PARENT);

module.exports = { endWithParent };
