/**
 * Promises that nobody waits for, and errors thrown from timers. tslab writes them below whatever cell came last and
 * calls that cell a success: a figure is missing, and the notebook counts as executed. Here the cell fails in which it
 * is noticed: the one that made the promise, if it is rejected by the end of that cell; otherwise the next one, which
 * says so and is not run.
 */
const { setImmediate: turnOfTheEventLoop } = require("node:timers/promises");

const events = {
  unhandledRejection: "A promise that nobody awaits was rejected. Remedy: await it, or catch its error",
  uncaughtException: "An error was thrown where no cell could catch it, in a timer or a stream, say",
};

/** @param executor tslab's; its `execute` fails from now on for what was lost, which `say` tells. */
function failForLostErrors(executor, say = console.error) {
  const lost = []; // since it was last told
  let running = false;
  let listening = false;
  /** In the place of tslab's listeners, which it adds when it has made the executor. */
  const listen = () => {
    if (listening) return;
    listening = true;
    for (const [event, what] of Object.entries(events)) {
      process.removeAllListeners(event);
      process.on(event, (error) => {
        if (running) say(`${what}:`, error);
        lost.push([what, error]);
      });
    }
  };
  const { execute } = executor;
  executor.execute = async (source) => {
    listen();
    const between = lost.splice(0);
    for (const [what, error] of between) say(`After the last cell had ended: ${what}:`, error);
    if (between.length > 0) {
      say("This cell was not run. Run it again to go on all the same.");
      return false;
    }
    running = true;
    try {
      const ok = await execute.call(executor, source);
      await turnOfTheEventLoop(); // what was rejected in the cell's last turn is told after that turn
      return ok && lost.length === 0;
    } finally {
      running = false;
      lost.length = 0;
    }
  };
  return executor;
}

module.exports = { failForLostErrors };
