/**
 * Names of earlier cells where tslab misses them. A cell is a function of its own, and a name that an earlier cell
 * declared is a property of `exports`: tslab writes `exports.alpha` for every identifier that means it. In three places
 * the identifier also is the name of a property:
 *   { alpha }                     was left alone: ReferenceError
 *   ({ alpha } = object)          was left alone: another variable was assigned, without a word
 *   const { alpha: a } = object   was rewritten where an earlier cell declared `object`: SyntaxError
 * Here the first two are written out ({ alpha: exports.alpha }) and the third is kept, before tslab looks at them. What
 * tslab does to a cell it also does to the files that the cell imports: one that ends in a call, `tellNotes();`, lost
 * the call to "the last expression", or the compiler failed. Files have neither earlier cells nor a last expression
 * that is shown; here they are left as they are.
 */
const path = require("node:path");

/** @param ts the compiler's module; returned with another `createWatchCompilerHost`. */
function withEarlierNames(ts, { root }) {
  const inRoot = (name) => `${root.split(path.sep).join("/")}/${name}`;
  const [cell, earlier] = [inRoot("__tslab__.ts"), inRoot("__prev__.d.ts")];
  const { factory } = ts;

  function propertyNames(program) {
    const checker = program.getTypeChecker();
    const isEarlier = (node) => {
      const shorthand = ts.getParseTreeNode(node, ts.isShorthandPropertyAssignment);
      const declarations = shorthand && checker.getShorthandAssignmentValueSymbol(shorthand)?.declarations;
      return (declarations ?? []).some((declaration) => declaration.getSourceFile().fileName === earlier);
    };
    return (context) => (file) => {
      const visit = (node) => {
        const visited = ts.visitEachChild(node, visit, context);
        if (ts.isShorthandPropertyAssignment(visited) && isEarlier(node)) {
          const variable = factory.createPropertyAccessExpression(
            factory.createIdentifier("exports"),
            plain(visited.name),
          );
          const otherwise = visited.objectAssignmentInitializer; // ({ alpha = 3 } = object)
          return factory.createPropertyAssignment(
            plain(visited.name),
            otherwise ? factory.createAssignment(variable, otherwise) : variable,
          );
        }
        if (ts.isBindingElement(visited) && visited.propertyName && ts.isIdentifier(visited.propertyName)) {
          const { dotDotDotToken, propertyName, name, initializer } = visited;
          return factory.createBindingElement(dotDotDotToken, plain(propertyName), name, initializer);
        }
        return visited;
      };
      return visit(file);
    };
  }
  /** A name that means nothing to the type checker, so that tslab leaves it alone. */
  const plain = (name) => factory.createIdentifier(ts.idText(name));

  function withNames(builder) {
    const { emit } = builder;
    builder.emit = (source, write, token, only, transformers) => {
      if (source?.fileName !== cell) return emit(source, write, token, only);
      const after = [propertyNames(builder.getProgram()), ...(transformers?.after ?? [])];
      return emit(source, write, token, only, { ...transformers, after });
    };
    return builder;
  }

  return {
    ...ts,
    createWatchCompilerHost: (files, options, system, create, ...rest) =>
      ts.createWatchCompilerHost(
        files,
        options,
        system,
        (...program) => withNames((create ?? ts.createEmitAndSemanticDiagnosticsBuilderProgram)(...program)),
        ...rest,
      ),
  };
}

module.exports = { withEarlierNames };
