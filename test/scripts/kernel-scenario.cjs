// One kernel after another in a folder of two files, each with a compiler that remembers; prints what each answered as
// JSON.
const fs = require("node:fs");
const path = require("node:path");

const [folder, store] = process.argv.slice(2);
const project = path.resolve(__dirname, "../..");
const { rememberChecks } = require(path.join(project, "scripts/kernel/remember-checks.cjs"));
const tslab = path.dirname(require.resolve(path.join(project, "node_modules/tslab/package.json")));
const compilerFile = require.resolve("@tslab/typescript-for-tslab", { paths: [tslab] });
const converterFile = path.join(tslab, "dist/converter.js");
const compiler = require(compilerFile);
process.chdir(folder);
const root = process.cwd();

/**
 * A kernel's answers to cells: errors, and what its project files became; `remembered` tells each question about
 * errors.
 */
function kernel(cells, remember = true) {
  const remembered = [];
  const checked = rememberChecks(compiler, { root, store, onRecord: (known) => remembered.push(known) });
  require.cache[compilerFile].exports = remember ? checked : compiler;
  delete require.cache[converterFile];
  const converter = require(converterFile).createConverter();
  let declared = "";
  const answers = cells.map((cell) => {
    const { diagnostics, sideOutputs = [], declOutput, output } = converter.convert(declared, cell);
    declared = declOutput ?? declared;
    const files = Object.fromEntries(sideOutputs.map(({ path: file, data }) => [path.relative(root, file), data]));
    return { errors: diagnostics.map((d) => `${d.fileName ?? "cell"}: ${d.messageText}`), files, output };
  });
  converter.close();
  return { answers, remembered };
}
const later = () => new Promise((resolve) => setTimeout(resolve, 20)); // records are written when the cell has been converted

const good = 'import { twice } from "./lib/twice";\nconst four: number = twice(2);';
const bad = 'import { twice } from "./lib/twice";\nconst word: string = twice(2);';

async function main() {
  const told = {};
  told.plain = kernel([good], false);
  told.first = kernel([good]);
  await later();
  told.second = kernel([good, good, "const five: string = four + 1;"]);
  told.wrongCell = kernel([bad]);
  const twice = fs.readFileSync("lib/twice.ts", "utf8");
  fs.writeFileSync("lib/number.ts", "export type Number2 = string;\n"); // now twice.ts is wrong, without having changed
  told.wrongLibrary = kernel([good]);
  await later();
  told.stillWrong = kernel([good]);
  fs.writeFileSync("lib/number.ts", "export type Number2 = number;\n");
  fs.writeFileSync("lib/twice.ts", twice.replace("2 *", "1 * 2 *"));
  told.changed = kernel([good]);
  fs.writeFileSync("lib/twice.ts", twice);
  for (const name of fs.readdirSync(store)) {
    const file = path.join(store, name);
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("2 *", "3 *"));
  }
  told.damaged = kernel([good]);
  process.stdout.write(JSON.stringify(told));
}
main().then(() => process.exit(0));
