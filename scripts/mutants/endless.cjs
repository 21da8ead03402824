/**
 * A loop that a fault has made endless ends in an error, in whatever thread it runs, by the number of times that the
 * fault was passed and not by the clock: a slow machine notices no fault. To be preloaded (`node --require`).
 */
globalThis.__stryker__ = { hitCount: 0, hitLimit: 1e9 };
