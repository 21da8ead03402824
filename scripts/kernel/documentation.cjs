/**
 * Documentation (Shift+Tab) where there is nothing to be said about what the cursor touches: in the arguments of a
 * call, that of the function that is called.
 */

/** @param executor tslab's module of this name, before it is used; `ts` its compiler. */
function documentCalls({ executor, ts }) {
  const { createExecutor } = executor;
  executor.createExecutor = (...given) => {
    const kernel = createExecutor(...given);
    const inspect = (source, position) => {
      const found = kernel.inspect(source, position);
      if (found?.displayParts?.length) return found;
      const called = calledAround(ts, source, position);
      return called === undefined ? found : kernel.inspect(source, called);
    };
    return { ...kernel, inspect };
  };
}

/** Where the name ends of the function in whose parentheses `position` is; undefined outside of a call. */
function calledAround(ts, source, position) {
  let called;
  const visit = (node) => {
    const isCall = (ts.isCallExpression(node) || ts.isNewExpression(node)) && node.arguments;
    if (isCall && position > node.expression.end && position <= node.end) called = node.expression.end;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest));
  return called;
}

module.exports = { documentCalls };
