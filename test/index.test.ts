/** What notebooks import is documented: lib/index.ts and each chapter's functions. */
import assert from "node:assert/strict";
import * as path from "node:path";
import * as ts from "typescript";

const file = path.join(__dirname, "../lib/index.ts");

describe("lib/index.ts", function () {
  this.timeout(120_000);

  it("exports nothing without a docstring, nor does a chapter that it exports; the methods of its classes have one, too", () => {
    const options = {
      module: ts.ModuleKind.CommonJS,
      moduleResolution: 2,
      target: 7,
      resolveJsonModule: true,
      esModuleInterop: true,
      skipLibCheck: true,
      types: [],
    };
    const program = ts.createProgram([file], options);
    const checker = program.getTypeChecker();
    const resolved = (symbol: ts.Symbol): ts.Symbol =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const bare: string[] = [];
    let found = 0;
    /** What Tab lists behind a dot, and Shift+Tab explains. */
    const methodsOf = (symbol: ts.Symbol, place: string): void => {
      for (const member of checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))) {
        const declaration = member.declarations?.[0];
        if (!declaration || !ts.isMethodDeclaration(declaration)) continue;
        if (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) continue;
        found++;
        if (member.getDocumentationComment(checker).length === 0) bare.push(`${place}.${member.name}`);
      }
    };
    const visit = (module: ts.Symbol, place: string): void => {
      for (const exported of checker.getExportsOfModule(module)) {
        const symbol = resolved(exported);
        const name = `${place}${exported.name}`;
        found++;
        if (symbol.flags & ts.SymbolFlags.ValueModule) {
          const source = symbol.declarations![0].getSourceFile();
          if (!/^\s*\/\*\*/.test(source.text)) bare.push(name);
          visit(symbol, `${name}.`);
        } else if (symbol.getDocumentationComment(checker).length === 0) bare.push(name);
        if (symbol.flags & ts.SymbolFlags.Class) methodsOf(symbol, name);
      }
    };
    visit(checker.getSymbolAtLocation(program.getSourceFile(file)!)!, "");
    assert.ok(found > 30, `${found} exports looked at`);
    assert.deepEqual(bare, []);
  });
});
