/**
 * Opens notebooks in JupyterLab in a headless Chromium and runs all their cells:
 *   node --require tsx/cjs test/browser/run.ts CHROMIUM [--counts FILE] [NAME ...]
 * A NAME is one of the list below (all of them by default). Copies are used; the notebooks themselves are never changed.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Browser } from "playwright-core";
import { drawnCharts, kernelName, openNotebook, runAllCells, startBrowser, startLab, type Lab } from "./lab-page";

const root = path.resolve(__dirname, "../..");
const home = path.join(root, ".cache/browser");
const work = path.join(home, "work");

interface Case {
  readonly file: string;
  readonly charts: number; // at least so many must be drawn
  readonly seconds: number;
}

/** The fixture, and every chapter that there is. */
const cases: Record<string, Case> = {
  fixture: { file: "test/browser/fixture.ipynb", charts: 1, seconds: 120 },
  ...Object.fromEntries(
    fs
      .readdirSync(path.join(root, "notebooks"))
      .filter((file) => /^\d\d-.*\.ipynb$/.test(file) && !file.includes(".failed."))
      .sort()
      .map((file) => [path.basename(file, ".ipynb"), { file: `notebooks/${file}`, charts: 1, seconds: 300 }]),
  ),
};

async function check(browser: Browser, lab: Lab, name: string): Promise<string> {
  const { file, charts, seconds } = cases[name];
  const copy = `${name}.ipynb`;
  const notebook = JSON.parse(fs.readFileSync(path.join(root, file), "utf8")) as {
    cells: { cell_type: string; outputs?: [] }[];
  };
  for (const cell of notebook.cells) if (cell.cell_type === "code") cell.outputs = []; // a chart saved earlier proves nothing
  fs.writeFileSync(path.join(work, copy), JSON.stringify(notebook));
  const page = await openNotebook(browser, lab, copy);
  try {
    const kernel = await kernelName(page);
    if (kernel !== "tslab") throw new Error(`expected the kernel tslab to be preselected, got ${kernel}`);
    const cells = await runAllCells(page, seconds * 1000);
    const drawn = await drawnCharts(page);
    if (drawn < charts) throw new Error(`expected at least ${charts} drawn charts, got ${drawn}`);
    return `${cells} cells, ${drawn} charts drawn`;
  } catch (error) {
    await page.screenshot({ path: path.join(home, `${name}.png`), fullPage: true });
    process.stderr.write(`  the page: ${path.relative(process.cwd(), path.join(home, `${name}.png`))}\n`);
    throw error;
  } finally {
    await page.close();
  }
}

async function main(args: string[]): Promise<number> {
  const [executable, ...rest] = args;
  const at = rest.indexOf("--counts");
  const countsFile = at >= 0 ? rest.splice(at, 2)[1] : null;
  const unknown = rest.filter((name) => !(name in cases));
  if (!executable || unknown.length > 0)
    throw new Error(
      `run.ts: expected CHROMIUM and names out of ${Object.keys(cases).join(", ")}; got ${args.join(" ")}`,
    );
  const names = (rest.length > 0 ? rest : Object.keys(cases)).filter((name) =>
    fs.existsSync(path.join(root, cases[name].file)),
  );
  fs.rmSync(work, { recursive: true, force: true });
  fs.mkdirSync(work, { recursive: true });
  const lab = await startLab(work, {
    SGM_OVERRIDES: JSON.stringify({ preset: "smoke" }),
    SGM_DATA: process.env.SGM_DATA ?? path.join(home, "data"),
    SGM_FIGURES: process.env.SGM_FIGURES ?? path.join(home, "figures"),
  });
  let browser: Browser | null = null;
  let passed = 0;
  try {
    browser = await startBrowser(executable);
    for (const name of names) {
      const started = Date.now();
      try {
        const result = await check(browser, lab, name);
        passed++;
        process.stdout.write(
          `  ok  ${name} in JupyterLab: ${result} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
        );
      } catch (error) {
        process.stdout.write(
          `  FAILED  ${name} in JupyterLab: ${error instanceof Error ? error.message : String(error)}\n`,
        );
      }
    }
  } finally {
    await browser?.close();
    await lab.close();
    fs.writeFileSync(path.join(home, "jupyterlab.log"), lab.log());
  }
  if (countsFile) fs.writeFileSync(countsFile, JSON.stringify({ passed, failed: names.length - passed }));
  return passed === names.length ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
