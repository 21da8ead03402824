/**
 * npm run site [-- --out FOLDER]: README, notebooks (with the outputs that they were saved with), pages and the
 * reference of the library as plain files, to be opened without a server: FOLDER/index.html (default data/site).
 *
 * Sphinx reads a copy (.cache/site/source) that is laid out as the repository is, so that a page's relative links to
 * notebooks, figures and sources mean the same on the site as in the repository. TypeDoc makes the reference from the
 * docstrings.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
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
const marker = ".made-by-porous-sgm.json"; // lists the site's files
const fail = (what) => {
  process.stderr.write(`npm run site: ${what}\n`);
  process.exit(2);
};
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true }).filter((name) => !statSync(join(folder, name)).isDirectory());

/** Nothing but an earlier site is ever replaced: a folder with the list of the files that were made, and no others. */
function refuseForeign() {
  if (!existsSync(out)) return;
  if (!statSync(out).isDirectory()) fail(`${out} is a file; name a folder`);
  const there = filesIn(out);
  if (there.length === 0) return;
  const remedy = "Remedy: name another folder with --out, or remove it";
  if (!there.includes(marker)) fail(`${out} is there and was not made by npm run site. ${remedy}`);
  const made = new Set(JSON.parse(readFileSync(join(out, marker), "utf8")));
  const foreign = there.find((name) => name !== marker && !made.has(name));
  if (foreign !== undefined) fail(`${join(out, foreign)} is not of the site that was made there. ${remedy}`);
}
refuseForeign();
try {
  mkdirSync(join(out, ".."), { recursive: true }); // before the work
} catch (error) {
  fail(`${out} cannot be made: ${error.message}`);
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

/** The reference's own first page: what a notebook imports, and the rooms as README tells them. */
const library = () => {
  const rooms = /^\| rooms [^]*?\n\n/m.exec(readFileSync(join(root, "README.md"), "utf8"))[0];
  return [
    "What a notebook imports stands in [index](modules/index.html): the rooms as namespaces, the study, tables, " +
      "figures and checks.",
    'Everything else is reached through its own file: `import { philox } from "./lib/random/philox"`.',
    "",
    "Rooms from the ground up; imports run downwards only. The column on the left opens each of them.",
    "",
    rooms,
    "[Back to the site](../index.html)",
    "",
  ].join("\n");
};

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
writeFileSync(join(work, "library.md"), library());

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
const options = [
  "--options",
  inProject("scripts", "site", "typedoc.json"),
  "--out",
  join(made, "api"),
  "--readme",
  join(work, "library.md"),
];
await step("reference", process.execPath, [...typedoc, ...options]);
writeFileSync(join(made, marker), JSON.stringify(filesIn(made).sort()));
refuseForeign(); // it may have been put there meanwhile
rmSync(out, { recursive: true, force: true });
renameSync(made, out);
process.stdout.write(`${join(out, "index.html")}\n`);
