/**
 * npm run site [-- --out FOLDER]: README, notebooks (with the outputs that they were saved with), pages and the reference of the library
 * as plain files, to be opened without a server: FOLDER/index.html (default data/site).
 *
 * Sphinx reads a copy (.cache/site/source) that is laid out as the repository is, so that a page's relative links to notebooks, figures and sources mean the
 * same on the site as in the repository. TypeDoc makes the reference from the docstrings.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import process from "node:process";
import { runToTheEnd } from "./commands.mjs";
import { inProject, root, toolsPython } from "./setup/project.mjs";

const args = process.argv.slice(2);
if (args.length > 0 && !(args.length === 2 && args[0] === "--out")) {
  process.stderr.write(`npm run site: expected --out FOLDER or nothing, got ${args.join(" ")}\n`);
  process.exit(2);
}
const out = resolve(process.env.SGM_CALLER ?? "", args[1] ?? join(process.env.SGM_DATA || inProject("data"), "site"));
if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, "genindex.html"))) {
  process.stderr.write(`npm run site: ${out} is there and holds something else than a site; name another folder\n`);
  process.exit(2);
}
const work = inProject(".cache", "site");
const source = join(work, "source");
const made = join(work, "made");

const list = (folder, ending) =>
  readdirSync(inProject(folder))
    .filter((name) => name.endsWith(ending) && !name.endsWith(".failed.ipynb"))
    .map((name) => `${folder}/${basename(name, ending)}`)
    .sort();

/** The first page: README, then the contents in reading order. */
const contents = (caption, entries) =>
  `\`\`\`{toctree}\n:hidden:\n:caption: ${caption}\n\n${entries.join("\n")}\n\`\`\`\n`;
const index = () =>
  [
    "```{include} README.md\n```\n",
    contents("Notebooks", list("notebooks", ".ipynb")),
    contents(
      "Guide",
      [".ipynb", ".md"].flatMap((ending) => list("notebooks/guide", ending)),
    ),
    contents("Pages", list("notebooks/pages", ".md")),
    contents("Reference", ["Library <reference>", "Changes <CHANGELOG>"]),
  ].join("\n");

/** The reference has pages of its own, below api/. */
const reference = `# Library

Every exported function, type and constant of \`lib\`, folder by folder, from its docstring:
<a href="api/index.html">the reference</a>.
`;

rmSync(work, { recursive: true, force: true });
mkdirSync(source, { recursive: true });
const left = /\.failed\.ipynb$|\.ipynb_checkpoints|\.(pdf|svg|vl\.json)$/;
for (const name of ["README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "notebooks", "figures", "lib", "scripts"])
  cpSync(join(root, name), join(source, name), { recursive: true, filter: (file) => !left.test(file) });
writeFileSync(join(source, "index.md"), index());
writeFileSync(join(source, "reference.md"), reference);

async function step(what, command, commandArgs) {
  process.stderr.write(`site: ${what} ...\n`);
  const code = await runToTheEnd({ command, args: commandArgs });
  if (code === 0) return;
  process.stderr.write(`npm run site: ${what} failed (exit status ${code}); the site is as it was\n`);
  process.exit(code === 130 || code === 143 ? code : 1);
}

const sphinx = ["-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going", "-d", join(work, "doctrees")];
await step("pages", toolsPython, [...sphinx, "-c", inProject("scripts", "site"), source, made]);
const typedoc = [inProject("node_modules", "typedoc", "bin", "typedoc")];
const options = ["--options", inProject("scripts", "site", "typedoc.json"), "--out", join(made, "api")];
await step("reference", process.execPath, [...typedoc, ...options]);
rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, ".."), { recursive: true });
renameSync(made, out);
process.stdout.write(`${join(out, "index.html")}\n`);
