/**
 * A cell that waits. tslab makes a cell an asynchronous function where the compiler complains that an `await` stands
 * outside of one. Of `await (f())`, `await [..]`, `` await `..` `` and `for await` it does not complain, since these
 * are read as a module's, which may wait; the cell then failed: "await is not defined". Here the compiler complains of
 * each of them.
 */
const path = require("node:path");

const outsideOfAsync = 1308; // "'await' expression is only allowed within an async function": tslab looks for this number

/** @param ts the compiler's module; returned with another `getPreEmitDiagnosticsOfFiles`. */
function withTopLevelAwait(ts, { root }) {
  const cell = `${root.split(path.sep).join("/")}/__tslab__.ts`;

  /** The first `await` of the cell itself, not of a function in it. */
  function awaitIn(node) {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return undefined;
    if (ts.isAwaitExpression(node)) return node.getFirstToken();
    if (ts.isForOfStatement(node) && node.awaitModifier) return node.awaitModifier;
    return ts.forEachChild(node, awaitIn);
  }

  return {
    ...ts,
    getPreEmitDiagnosticsOfFiles(program, files, ...rest) {
      const found = ts.getPreEmitDiagnosticsOfFiles(program, files, ...rest);
      const file = files.find(({ fileName }) => fileName === cell);
      const word = file && awaitIn(file);
      if (!word || found.some((d) => d.file === file && d.code === outsideOfAsync)) return found;
      const place = { start: word.getStart(file), length: word.getWidth(file) };
      const messageText = "'await' outside of an async function.";
      return [...found, { file, ...place, messageText, category: ts.DiagnosticCategory.Error, code: outsideOfAsync }];
    },
  };
}

module.exports = { withTopLevelAwait };
