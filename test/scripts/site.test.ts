/** The site of notebooks, pages and reference, as it lies in its folder: read without a server, nothing fetched from elsewhere. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.join(__dirname, "../..");

describe("the site", function () {
  this.timeout(300_000);
  const folder = path.join(root, ".cache/site-test");
  const pages = new Map<string, string>(); // path in the site -> HTML
  before(function () {
    if (!fs.existsSync(path.join(root, ".venv-tools/bin/python"))) this.skip(); // npm test makes it
    execFileSync(process.execPath, ["scripts/site.mjs", "--out", folder], { cwd: root, stdio: "pipe" });
    for (const name of fs.readdirSync(folder, { recursive: true }) as string[])
      if (name.endsWith(".html")) pages.set(name, fs.readFileSync(path.join(folder, name), "utf8"));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const attributes = (html: string, pattern: RegExp): string[] =>
    [...html.matchAll(pattern)].map((match) => match[1].replace(/&amp;/g, "&").replace(/&#39;/g, "'"));
  const notebooks = fs.readdirSync(path.join(root, "notebooks")).filter((name) => /^\d\d-.*\d*\.ipynb$/.test(name) && !name.includes(".failed.")); // prettier-ignore

  it("has every notebook with its pictures, its formulas drawn by the browser itself, and every page of the guide", () => {
    for (const name of notebooks) {
      const html = pages.get(`notebooks/${name.replace(".ipynb", ".html")}`);
      assert.ok(html, name);
      const source = JSON.parse(fs.readFileSync(path.join(root, "notebooks", name), "utf8")) as {
        cells: { outputs?: { data?: Record<string, unknown> }[] }[];
      };
      const drawn = source.cells
        .flatMap((c) => c.outputs ?? [])
        .filter((o) => Object.keys(o.data ?? {}).some((mime) => mime.startsWith("image/"))).length;
      assert.equal(attributes(html, /<img[^>]*src="([^"]+)"/g).length, drawn, `pictures of ${name}`);
    }
    const formula = pages.get("notebooks/05-mean-bias.html") ?? "";
    assert.match(formula, /<math[^>]*display="block"/);
    assert.doesNotMatch([...pages.values()].join(""), /\\frac|MathJax/);
    for (const guide of ["guide", "pages"])
      for (const name of fs
        .readdirSync(path.join(root, "notebooks", guide))
        .filter((file) => /\.(md|ipynb)$/.test(file)))
        assert.ok(pages.has(`notebooks/${guide}/${name.replace(/\.\w+$/, ".html")}`), name);
  });

  it("has the reference: a function's page says what its docstring says", () => {
    const html = pages.get("api/functions/study_study.openStudy.html") ?? "";
    assert.match(html, /Opens a study: what differs from the preset, overridden by/);
  });

  it("every local link and picture leads to something, with its place in the page; no script, style or picture comes from elsewhere", () => {
    const ids = new Map<string, Set<string>>();
    const idsOf = (page: string): Set<string> => {
      const known = ids.get(page) ?? new Set(attributes(pages.get(page)!, /\b(?:id|name)="([^"]*)"/g));
      ids.set(page, known);
      return known;
    };
    const wrong: string[] = [];
    let links = 0;
    for (const [page, html] of pages) {
      const code = html.replace(/<script\b[^>]*>[^]*?<\/script>/g, (script) =>
        script.slice(0, script.indexOf(">") + 1),
      );
      for (const fetched of attributes(code, /<(?:script|img|iframe)\b[^>]*\bsrc="([^"]*)"/g).concat(
        attributes(code, /<link\b[^>]*\bhref="([^"]*)"/g),
      ))
        // prettier-ignore
        if (/^(https?:)?\/\//.test(fetched)) wrong.push(`${page} fetches ${fetched}`);
      for (const link of attributes(code, /\b(?:href|src)="([^"]*)"/g)) {
        if (/^(https?:|mailto:|data:|javascript:)/.test(link)) continue;
        links++;
        const [target, place] = link.split("#").map(decodeURIComponent);
        const file = target === "" ? page : path.posix.join(path.posix.dirname(page), target.split("?")[0]);
        if (target.startsWith("/") || !fs.existsSync(path.join(folder, file))) wrong.push(`${page} -> ${link}`);
        else if (place && pages.has(file) && !idsOf(file).has(place)) wrong.push(`${page} -> ${link} (no such place)`);
      }
    }
    assert.deepEqual(wrong.slice(0, 20), []);
    assert.ok(links > 1000, `${links} links looked at`);
  });

  it("is not written over a folder that holds something else", () => {
    const said = spawnSync(process.execPath, ["scripts/site.mjs", "--out", "lib"], { cwd: root, encoding: "utf8" });
    assert.equal(said.status, 2);
    assert.match(said.stderr, /holds something else than a site/);
    assert.ok(fs.existsSync(path.join(root, "lib/index.ts")));
  });
});
