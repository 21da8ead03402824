/**
 * A loop that a fault has made endless ends in an error by the number of times that the fault was passed, not by the
 * clock: a slow machine notices no fault. A hundred times as often as in the run without a fault is too often. That run
 * leaves its counts, a line for each thread, in SGM_MUTANTS_PASSES, and the processor time that it took. To be
 * preloaded (`node --require`), in threads too.
 */
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");

const passes = process.env.SGM_MUTANTS_PASSES;
const fault = process.env.__STRYKER_ACTIVE_MUTANT__;
if (fault === undefined) {
  process.on("exit", () => {
    const counts = globalThis.__stryker__?.mutantCoverage?.static ?? {};
    const { user, system } = process.cpuUsage(); // of all threads, so that only the main one tells
    const processor = isMainThread ? { seconds: (user + system) / 1e6 } : {};
    appendFileSync(passes, `${JSON.stringify({ ...counts, ...processor })}\n`);
  });
} else {
  const lines = existsSync(passes) ? readFileSync(passes, "utf8").trim().split("\n") : [];
  const usual = lines.reduce((sum, line) => sum + (JSON.parse(line)[fault] ?? 0), 0);
  // A thread that was ended from outside has left no count.
  globalThis.__stryker__ = { hitCount: 0, hitLimit: usual ? Math.max(1e6, 100 * usual) : 1e8 };
}
