/** What notebooks import is documented: lib/index.ts and each chapter's functions. */
import assert from "node:assert/strict";
import * as path from "node:path";
import * as ts from "typescript";

const file = path.join(__dirname, "../lib/index.ts");

describe("lib/index.ts", function () {
  this.timeout(120_000);

  it("exports nothing without a docstring, nor does a chapter that it exports", () => {
    const options = { module: ts.ModuleKind.CommonJS, moduleResolution: 2, target: 7, resolveJsonModule: true, esModuleInterop: true, skipLibCheck: true, types: [] }; // prettier-ignore
    const program = ts.createProgram([file], options);
    const checker = program.getTypeChecker();
    const resolved = (symbol: ts.Symbol): ts.Symbol =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const bare: string[] = [];
    let found = 0;
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
      }
    };
    visit(checker.getSymbolAtLocation(program.getSourceFile(file)!)!, "");
    assert.ok(found > 30, `${found} exports looked at`);
    assert.deepEqual(bare, []);
  });
});
