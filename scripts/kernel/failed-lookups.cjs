/**
 * TypeScript's compiler, with one timer fewer. tslab keeps a single pending timer for a compiler that watches, and
 * fires it at the next cell. The compiler has two: one to build the program again, and one to look again for modules
 * that it did not find, set when a file or folder appears where it had looked. Where the latter is pending, the next
 * cell fails ("Unexpected pending rebuildTimer"). Here that look is taken at once.
 */

/** @param ts the compiler's module; returned with another `createWatchProgram`. */
function withoutLookupTimer(ts) {
  return {
    ...ts,
    createWatchProgram(host) {
      const { setTimeout } = host;
      host.setTimeout = (callback, ...rest) => {
        if (callback.name === "invalidateResolutionsOfFailedLookup") return void callback();
        return setTimeout.call(host, callback, ...rest);
      };
      return ts.createWatchProgram(host);
    },
  };
}

module.exports = { withoutLookupTimer };
