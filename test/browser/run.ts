/**
 * Opens notebooks in JupyterLab in a headless Chromium, runs all their cells, finds every chart drawn, and goes on as a
 * person would:
 *   node --require tsx/cjs test/browser/run.ts CHROMIUM [--counts FILE] [NAME ...]
 * A NAME is one of the list below (all of them by default). Copies are used; the notebooks themselves are never
 * changed.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Browser, Page } from "playwright-core";
import {
  drawnCharts,
  endKernel,
  kernelName,
  openNotebook,
  runAllCells,
  startBrowser,
  startLab,
  type Lab,
} from "./lab-page";
import { scenarios } from "./scenarios";

const root = path.resolve(__dirname, "../..");
const home = path.join(root, ".cache/browser");
const work = path.join(home, "work");
const data = process.env.SGM_DATA ?? path.join(home, "data");

interface Case {
  readonly file: string;
  readonly seconds: number;
}

const notebooksIn = (folder: string, names: RegExp): [string, Case][] =>
  fs
    .readdirSync(path.join(root, folder))
    .filter((file) => names.test(file) && !file.includes(".failed."))
    .sort()
    .map((file) => [path.basename(file, ".ipynb"), { file: `${folder}/${file}`, seconds: 900 }]);

/** The fixture, every chapter and every guide. */
const cases: Readonly<Record<string, Case>> = {
  fixture: { file: "test/browser/fixture.ipynb", seconds: 120 },
  ...Object.fromEntries(notebooksIn("notebooks", /^\d\d-.*\.ipynb$/)),
  ...Object.fromEntries(notebooksIn("notebooks/guide", /\.ipynb$/)),
};

interface Notebook {
  cells: { cell_type: string; source: string | string[]; outputs?: unknown[] }[];
}

/**
 * Lays a copy without outputs, since a chart saved earlier proves nothing; returns how many charts its cells say they
 * draw.
 */
function layCopy(name: string, notebook: Notebook): number {
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  for (const cell of code) cell.outputs = [];
  fs.writeFileSync(path.join(work, `${name}.ipynb`), JSON.stringify(notebook));
  const source = code.map((cell) => [cell.source].flat().join("")).join("\n");
  return source.match(/study\.figure\(|showFigure\(|"application\/vnd\.vegalite/g)?.length ?? 0;
}

/** What happened: a sentence for each thing tested, and the error where it failed. */
interface Outcome {
  readonly what: string;
  readonly error?: unknown;
}
type Tell = (outcome: Outcome) => void;

/** Runs one thing; where it fails the page is kept as a picture. */
async function tested(page: Page, name: string, what: () => Promise<string>, tell: Tell): Promise<boolean> {
  const began = Date.now();
  try {
    const said = await what();
    tell({ what: `${said} (${((Date.now() - began) / 1000).toFixed(1)} s)` });
    return true;
  } catch (error) {
    const picture = path.join(home, `${name}.png`);
    await page.screenshot({ path: picture, fullPage: true }).catch(() => undefined);
    tell({ what: `${name}; the page: ${path.relative(process.cwd(), picture)}`, error });
    return false;
  }
}

async function check(browser: Browser, lab: Lab, name: string, tell: Tell): Promise<void> {
  const { file, seconds } = cases[name];
  const charts = layCopy(name, JSON.parse(fs.readFileSync(path.join(root, file), "utf8")) as Notebook);
  const page = await openNotebook(browser, lab, `${name}.ipynb`);
  try {
    const all = async (): Promise<string> => {
      const kernel = await kernelName(page);
      if (kernel !== "tslab") throw new Error(`expected the kernel tslab to be preselected, got ${kernel}`);
      const cells = await runAllCells(page, seconds * 1000);
      const drawn = await drawnCharts(page, charts);
      if (drawn !== charts) throw new Error(`expected ${charts} drawn charts, got ${drawn}`);
      return `${name}: ${cells} cells, ${drawn} charts drawn`;
    };
    if (!(await tested(page, name, all, tell))) return;
    const before = Object.keys(cases).filter(
      (other) => other < name && fs.existsSync(path.join(work, `${other}.ipynb`)),
    );
    const place = { data, seconds, before: before.map((other) => `${other}.ipynb`) };
    for (const [k, { sentence, run }] of (scenarios[name] ?? []).entries())
      await tested(
        page,
        `${name}-${k + 1}`,
        async () => {
          const measured = await run(page, place);
          return `${name}: ${sentence}${typeof measured === "string" ? `; ${measured}` : ""}`;
        },
        tell,
      );
  } finally {
    await endKernel(page).catch(() => undefined); // else ten kernels would be there at once in the end
    await page.close();
  }
}

/**
 * A notebook whose second cell fails, and one that draws nothing: this program must say so, or its other verdicts are
 * worth nothing.
 */
async function checkItself(browser: Browser, lab: Lab, tell: Tell): Promise<void> {
  const cell = (source: string) => ({
    cell_type: "code",
    id: `c${source.length}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  });
  const metadata = { kernelspec: { name: "tslab", display_name: "TypeScript", language: "typescript" } };
  const cells = [cell("const a = 1;"), cell('throw new Error("as it should");'), cell("a;")];
  layCopy("failing", { nbformat: 4, nbformat_minor: 5, metadata, cells } as Notebook);
  const page = await openNotebook(browser, lab, "failing.ipynb");
  const outcomes: Outcome[] = [];
  await tested(
    page,
    "failing",
    async () => String(await runAllCells(page, 60_000)),
    (outcome) => outcomes.push(outcome),
  );
  const picture = path.join(home, "failing.png");
  const noticed = /code cell 2 of 3 failed:[^]*as it should/.test(String(outcomes[0].error)) && fs.existsSync(picture);
  const drawn = await drawnCharts(page, 1, 100).catch(() => 0);
  fs.rmSync(picture, { force: true });
  await endKernel(page).catch(() => undefined);
  await page.close();
  const what =
    "a cell that fails is noticed, with its text and a picture of the page; a chart that is not there is not counted";
  tell(noticed && drawn === 0 ? { what } : { what, error: outcomes[0].error ?? `${drawn} charts counted` });
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
    SGM_DATA: data,
    SGM_FIGURES: process.env.SGM_FIGURES ?? path.join(home, "figures"),
  });
  let browser: Browser | null = null;
  let [passed, failed] = [0, 0];
  const tell: Tell = ({ what, error }) => {
    if (error === undefined) passed++;
    else failed++;
    const text = error instanceof Error ? error.message : String(error);
    process.stdout.write(error === undefined ? `  ok  ${what}\n` : `  FAILED  ${what}: ${text}\n`);
  };
  try {
    browser = await startBrowser(executable);
    if (rest.length === 0) await checkItself(browser, lab, tell);
    for (const name of names)
      await check(browser, lab, name, tell).catch((error: unknown) => tell({ what: `${name} in JupyterLab`, error }));
  } finally {
    await browser?.close();
    await lab.close();
    fs.writeFileSync(path.join(home, "jupyterlab.log"), lab.log());
  }
  if (countsFile) fs.writeFileSync(countsFile, JSON.stringify({ passed, failed }));
  return failed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
