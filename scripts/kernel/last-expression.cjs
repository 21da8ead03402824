/**
 * A cell's last expression, shown as it wants to be. tslab prints it as Node would, which for a table is its internals.
 * An object that has a method Symbol.for("Jupyter.display") is asked by it for contents by MIME type, and these are
 * displayed.
 */
const shownAs = Symbol.for("Jupyter.display");

/** @param executor, jupyter tslab's modules of these names, before they are used. */
function showLastExpressions({ executor, jupyter }) {
  const { createExecutor } = executor;
  executor.createExecutor = (root, converters, console) =>
    createExecutor(root, converters, {
      ...console,
      log(value) {
        const data = typeof value?.[shownAs] === "function" ? value[shownAs]() : undefined;
        if (data && jupyter.lastWriteDisplayData)
          jupyter.lastWriteDisplayData({ data, metadata: {}, transient: {} }, false);
        else console.log(value);
      },
    });
}

module.exports = { showLastExpressions };
