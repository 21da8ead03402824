// Cells run one after another as the notebooks' kernel runs them, in the folder given; prints what each wrote as JSON.
// A cell that begins with "?" is not run: at its "|" it is asked for documentation (Shift+Tab) and completion (Tab).
const path = require("node:path");
const { format } = require("node:util");

const [folder, text] = process.argv.slice(2);
process.chdir(folder);
const { prepareCompiler, tslab } = require("../../scripts/kernel/compiler.cjs");
let number = 0;
prepareCompiler({ root: process.cwd(), store: path.resolve("store"), nameOfCell: () => `cell ${number}` });
const shown = [];
const jupyter = { lastWriteDisplayData: ({ data }) => shown.push(data) };
const executor = require(path.join(tslab, "dist/executor.js"));
require("../../scripts/kernel/last-expression.cjs").showLastExpressions({ executor, jupyter });
const ts = require(require.resolve("@tslab/typescript-for-tslab", { paths: [tslab] }));
require("../../scripts/kernel/documentation.cjs").documentCalls({ executor, ts });
const { createConverter } = require(path.join(tslab, "dist/converter.js"));
const { printQuickInfo } = require(path.join(tslab, "dist/inspect.js"));

const written = [];
const write = (...words) => written.push(format(...words));
const node = createConverter();
const { failForLostErrors } = require("../../scripts/kernel/rejections.cjs");
const kernel = failForLostErrors(executor.createExecutor(process.cwd(), { node }, { log: write, error: write }), write);

async function main() {
  const told = [];
  for (const cell of JSON.parse(text)) {
    number++;
    if (cell.startsWith("?")) {
      const at = cell.indexOf("|") - 1;
      const source = cell.slice(1).replace("|", "");
      const documentation = printQuickInfo(kernel.inspect(source, at) ?? {});
      told.push({ documentation, completion: kernel.complete(source, at).candidates });
      continue;
    }
    const ok = await kernel.execute(cell);
    await new Promise((resolve) => setTimeout(resolve, 20)); // a person takes longer
    told.push({ ok, written: written.splice(0).join("\n"), shown: shown.splice(0) });
  }
  process.stdout.write(JSON.stringify(told));
}
main().then(() => process.exit(0));
