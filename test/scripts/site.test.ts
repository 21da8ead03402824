/**
 * The site of notebooks, pages and reference, as it lies in its folder: read without a server, nothing fetched from
 * elsewhere.
 */
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
  const notebooks = fs
    .readdirSync(path.join(root, "notebooks"))
    .filter((name) => /^\d\d-.*\d*\.ipynb$/.test(name) && !name.includes(".failed."));

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

  it("nothing runs out of its column in the browser: wide tables are scrolled in their place, the reference's index is whole", async function () {
    const find =
      'import { findChromium } from "./scripts/test/chromium.mjs"; process.stdout.write(findChromium() ?? "")';
    const options = { cwd: root, encoding: "utf8" } as const;
    const executablePath = execFileSync(process.execPath, ["--input-type=module", "-e", find], options);
    if (executablePath === "") this.skip();
    const { chromium } = await import("playwright-core");
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
      // Of an element as far as it is seen: what scrolls or hides cuts it off.
      const outside = `(column, what) => {
        const limit = column.getBoundingClientRect().right + 1;
        const seenTo = (element) => {
          let right = element.getBoundingClientRect().right;
          for (let e = element.parentElement; e && e !== column; e = e.parentElement)
            if (getComputedStyle(e).overflowX !== "visible") right = Math.min(right, e.getBoundingClientRect().right);
          return right;
        };
        return [...column.querySelectorAll(what)].filter((e) => seenTo(e) > limit).map((e) => e.outerHTML.slice(0, 80));
      }`;
      for (const name of ["notebooks/05-mean-bias.html", "notebooks/06-non-identifiability.html", "index.html"]) {
        await page.goto(`file://${path.join(folder, name)}`);
        const found = await page.evaluate(`(${outside})(document.querySelector("article"), "table, img, pre")`);
        assert.deepEqual(found, [], name);
      }
      await page.goto(`file://${path.join(folder, "api/modules/index.html")}`);
      const cut = await page.evaluate(`[...document.querySelectorAll(".tsd-index-list")]
        .filter((list) => list.scrollWidth > list.clientWidth + 1).map((list) => list.textContent.slice(0, 80))`);
      assert.deepEqual(cut, []);
    } finally {
      await browser.close();
    }
  });

  it("the reference begins with a page that says what a notebook imports and what the rooms hold", () => {
    const html = pages.get("api/index.html") ?? "";
    assert.match(html, /What a notebook imports/);
    assert.match(html, /conditional Gaussian; noise schedules/);
  });

  it("is written over an earlier site alone: not over another folder, another's site, or a file that was added", () => {
    const refused = (out: string, says: RegExp): void => {
      const said = spawnSync(process.execPath, ["scripts/site.mjs", "--out", out], { cwd: root, encoding: "utf8" });
      assert.equal(said.status, 2);
      assert.match(said.stderr, says);
    };
    refused("lib", /lib is there and was not made by npm run site\. Remedy: name another folder/);
    assert.ok(fs.existsSync(path.join(root, "lib/index.ts")));
    refused("README.md", /README\.md is a file; name a folder/);
    const other = path.join(folder, "../site-of-another");
    fs.mkdirSync(other, { recursive: true });
    fs.writeFileSync(path.join(other, "genindex.html"), "");
    refused(other, /was not made by npm run site/);
    fs.rmSync(other, { recursive: true });
    fs.writeFileSync(path.join(folder, "api/mine.txt"), "");
    refused(folder, /api\/mine\.txt is not of the site that was made there/);
  });
});
