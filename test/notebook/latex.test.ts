/**
 * Every table that is exported is LaTeX: compiled by pdflatex where it is installed, in any case free of characters
 * that it does not know.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { exportTable, tableLatex } from "../../lib/notebook/display";
import { temporaryFolder } from "../temporary-folder";

const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const words = [
  printable,
  "ℓ = L/10, U₀ = −0.2 V, F = 25 A m⁻²",
  "3·10⁻¹² mol m⁻³ s⁻¹ ± 5 %; x² ≤ y³ ≠ ∞ → 10 µm, 20 °C",
  "αβγδεϵζηθϑικλμνξπρσςτυφϕχψω ΓΔΘΛΞΠΣΥΦΨΩ ∂∇√∑∏∫∈∝≈≪≫⇒∥⟨⟩ℏ′″",
  "Müller, Ångström, Łódź, Čapek, Brønsted, señor, œuvre, Straße",
  "“quoted” ‘so’ — or – „so“ …",
  "two\nlines\r\n\n\nand\ta tab\u2028\u0000\u0007\u200b",
  "[1,2]",
  "* begins",
  "日本 🙂 ẞ",
];
const rows = words.map((text, i) => ({ [printable]: text, "[κ₀] (S m⁻¹)": i === 0 ? null : 10 ** -i, β_max: -i }));

describe("a table as LaTeX", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const exported = async (): Promise<string> => {
    const caption = "First line\nsecond \\line\r\u2028third % with $";
    const { tex } = await exportTable("table", rows, { folder: folder(), caption, configuration: { name: "a\nb" } });
    return tex;
  };

  it("holds letters that pdflatex reads, and no others; powers and indices are mathematics as a whole", async () => {
    const text = fs.readFileSync(await exported(), "utf8");
    const table = text.slice(text.indexOf("\\begin{tabular}"));
    assert.match(table, /^[\n -~\u00a1-\u017f]*$/);
    assert.match(table, /\$\\ell\$ = L\/10, U\$_\{0\}\$ = \$-\$0\.2 V, F = 25 A m\$\^\{-2\}\$/);
    assert.match(table, /3\$\\cdot\$10\$\^\{-12\}\$ mol m\$\^\{-3\}\$ s\$\^\{-1\}\$ \$\\pm\$ 5 \\%/);
    assert.match(table, /^two lines and a tab & /m);
    assert.match(table, /^\{\[\}U\+65E5\{\]\}.*U\+1F642/m);
  });

  it("begins with comments that end where they should: what made it, whatever the caption holds", async () => {
    const lines = fs.readFileSync(await exported(), "utf8").split("\n");
    assert.deepEqual(lines.slice(0, 2), ["% First line second \\line third % with $", "% run: not stated"]);
    assert.ok(lines[2].startsWith("% {"));
    assert.ok(lines[3].startsWith("\\begin{tabular}"));
  });

  it("has no row that begins as an argument of the one before", () => {
    const [, body] = tableLatex([{ a: "[1]" }, { a: "*" }]).split("\\midrule\n");
    assert.deepEqual(body.split("\n").slice(0, 2), ["{[}1{]} \\\\", "{*} \\\\"]);
  });

  it("compiles with pdflatex as it is", async function () {
    if (spawnSync("pdflatex", ["--version"]).error) this.skip();
    const tex = await exported();
    const document = `\\documentclass{article}
\\IfFileExists{booktabs.sty}{\\usepackage{booktabs}}{\\let\\toprule\\hline\\let\\midrule\\hline\\let\\bottomrule\\hline}
\\begin{document}\\tiny\\input{${path.basename(tex, ".tex")}}\\end{document}\n`;
    fs.writeFileSync(path.join(folder(), "paper.tex"), document);
    const options = ["-interaction=nonstopmode", "-halt-on-error", "paper.tex"];
    const compiled = spawnSync("pdflatex", options, { cwd: folder(), encoding: "utf8" });
    assert.equal(compiled.status, 0, compiled.stdout.slice(-1500));
    assert.doesNotMatch(compiled.stdout, /Missing character|undefined/);
    const text = spawnSync("pdftotext", ["-layout", "paper.pdf", "-"], { cwd: folder(), encoding: "utf8" });
    if (!text.error) assert.match(text.stdout, /ℓ = L\/10/);
  });
});
