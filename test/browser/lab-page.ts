/**
 * JupyterLab as a user meets it, driven in a real browser: a server of its own for one folder, a page with one
 * notebook, and what a test asks of it. Outcomes are read from the kernel's own replies, since tslab reports a failing
 * cell as text on stderr only.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { createServer } from "node:net";
import * as path from "node:path";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";

const root = path.resolve(__dirname, "../..");

/** JupyterLab may hold several notebooks: the one that is seen. */
const inFront = ".jp-NotebookPanel:not(.lm-mod-hidden)";

export interface Lab {
  readonly address: string;
  readonly token: string;
  readonly log: () => string;
  close(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Starts JupyterLab for `folder` on a free port; `environment` reaches the kernels. */
export async function startLab(folder: string, environment: Record<string, string>): Promise<Lab> {
  // A file URL import keeps the start of JupyterLab in one place, shared with `npm run lab`.
  const { jupyterLab, childEnvironment } = await loadCommands();
  const port = await freePort();
  const token = randomBytes(16).toString("hex");
  const settings = path.join(root, ".cache/browser/jupyter");
  fs.rmSync(settings, { recursive: true, force: true });
  // All cells in the page at once, so that each one's output can be looked at.
  const tracker = path.join(
    settings,
    "config/lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings",
  );
  fs.mkdirSync(path.dirname(tracker), { recursive: true });
  fs.writeFileSync(tracker, JSON.stringify({ windowingMode: "none" }));
  const {
    command,
    args,
    environment: own,
  } = jupyterLab({
    folder,
    jupyterFolder: settings,
    args: [
      "--no-browser",
      `--ServerApp.port=${port}`,
      "--ServerApp.port_retries=0",
      "--LabApp.expose_app_in_browser=True",
    ],
    environment: { ...environment, JUPYTER_TOKEN: token },
  });
  const server = spawn(command, args, { cwd: root, env: childEnvironment(own), stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const address = `http://127.0.0.1:${port}`;
  for (const started = Date.now(); ;) {
    const answer = await fetch(`${address}/api/status?token=${token}`).catch(() => null);
    if (answer?.ok) break;
    if (server.exitCode !== null)
      throw new Error(`startLab: JupyterLab ended with ${server.exitCode}:\n${log.slice(-2000)}`);
    if (Date.now() - started > 120_000) {
      server.kill("SIGKILL");
      throw new Error(`startLab: JupyterLab did not answer within 120 s:\n${log.slice(-2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return { address, token, log: () => log, close: () => closeServer(server) };
}

function closeServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const hard = setTimeout(() => server.kill("SIGKILL"), 15_000);
    server.once("exit", () => {
      clearTimeout(hard);
      resolve();
    });
    server.kill("SIGTERM"); // JupyterLab ends its kernels first
  });
}

interface Commands {
  jupyterLab(o: { folder: string; jupyterFolder: string; args: string[]; environment: Record<string, string> }): {
    command: string;
    args: string[];
    environment: Record<string, string>;
  };
  childEnvironment(extra: Record<string, string>): Record<string, string>;
}

const loadCommands = async (): Promise<Commands> => (await import("../../scripts/commands.mjs" as string)) as Commands;

export function startBrowser(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", ...quiet] });
}

/** What the page must offer of JupyterLab's own objects (--expose-app-in-browser). */
export interface Exposed {
  jupyterapp: {
    shell: { currentWidget: { sessionContext: { session: { kernel: Kernel } | null; shutdown(): Promise<void> } } };
    commands: { execute(command: string, args?: object): Promise<unknown> };
  };
  replies: { status: string; text: string }[];
}
interface Kernel {
  name: string;
  anyMessage: { connect(slot: (sender: unknown, args: { direction: string; msg: Message }) => void): void };
}
interface Message {
  header: { msg_type: string };
  parent_header: { msg_id?: string; msg_type?: string };
  content: { status?: string; evalue?: string; name?: string; text?: string; execution_state?: string };
}

/** Opens a notebook (a path below the server's folder) and waits until its kernel is there. */
export async function openNotebook(browser: Browser, lab: Lab, notebook: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  // A workspace of its own: JupyterLab would otherwise reopen the tabs of earlier pages first, and for a moment one of
  // those is in front of the notebook asked for. (Two notebooks side by side show their outputs and charts, each its
  // own.)
  const workspace = notebook.replace(/[^A-Za-z0-9]+/g, "-");
  const url = `${lab.address}/lab/workspaces/${workspace}/tree/${encodeURI(notebook)}?token=${lab.token}`;
  await page.goto(url, { timeout: 120_000 });
  await listen(page);
  return page;
}

/** Waits for the kernel of the notebook in front, and takes down its replies from then on. */
export async function listen(page: Page): Promise<void> {
  await page.waitForSelector(`${inFront} .jp-Cell`, { timeout: 120_000 });
  await page.waitForFunction(
    () => Boolean((globalThis as unknown as Exposed).jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel),
    null,
    { timeout: 120_000 },
  );
  await page.evaluate(() => {
    const exposed = globalThis as unknown as Exposed;
    exposed.replies = [];
    const said = new Map<string, string>();
    // Outputs and replies come on two channels: a request is answered in full when its reply and its "idle" have both
    // arrived.
    const half = new Map<string, Message["content"]>();
    exposed.jupyterapp.shell.currentWidget.sessionContext.session?.kernel.anyMessage.connect(
      (_, { direction, msg }) => {
        if (direction !== "recv") return;
        const id = msg.parent_header.msg_id ?? "";
        if (msg.header.msg_type === "stream" && msg.content.name === "stderr")
          said.set(id, (said.get(id) ?? "") + (msg.content.text ?? ""));
        const idle = msg.header.msg_type === "status" && msg.content.execution_state === "idle";
        if (msg.parent_header.msg_type !== "execute_request" || !(idle || msg.header.msg_type === "execute_reply"))
          return;
        const other = half.get(id);
        if (!other) {
          half.set(id, msg.content);
          return;
        }
        half.delete(id);
        const { status = "", evalue = "" } = idle ? other : msg.content;
        exposed.replies.push({ status, text: said.get(id) ?? evalue });
      },
    );
  });
}

/** The kernel that JupyterLab has chosen for the open notebook. */
export const kernelName = (page: Page): Promise<string> =>
  page.evaluate(
    () =>
      (globalThis as unknown as Exposed).jupyterapp.shell.currentWidget.sessionContext.session?.kernel.name ?? "none",
  );

/** Ends the kernel of the notebook in front. */
export const endKernel = (page: Page): Promise<void> =>
  page.evaluate(() => (globalThis as unknown as Exposed).jupyterapp.shell.currentWidget.sessionContext.shutdown());

/** Runs all cells from the menu, and waits for the kernel's answers; throws with what the first failing cell wrote. */
export async function runAllCells(page: Page, timeout: number): Promise<number> {
  const cells = await codeCells(page).evaluateAll(
    (all) => all.filter((cell) => cell.querySelector(".cm-content")?.textContent?.trim()).length,
  );
  await page.evaluate(() => void ((globalThis as unknown as Exposed).replies = []));
  await chooseFromMenu(page, "Run", "runmenu:run-all");
  await page.waitForFunction(
    (count) => {
      const { replies } = globalThis as unknown as Exposed;
      return replies.length >= count || replies.some((reply) => reply.status !== "ok");
    },
    cells,
    { timeout, polling: 250 },
  );
  const replies = await page.evaluate(() => (globalThis as unknown as Exposed).replies);
  const failed = replies.findIndex((reply) => reply.status !== "ok");
  if (failed >= 0) throw new Error(`code cell ${failed + 1} of ${cells} failed:\n${replies[failed].text}`);
  return cells;
}

export const codeCells = (page: Page): Locator => page.locator(`${inFront} .jp-CodeCell`);

export async function chooseFromMenu(page: Page, menu: string, command: string): Promise<void> {
  await page.locator(".lm-MenuBar-item", { hasText: new RegExp(`^${menu}$`) }).click();
  await page.locator(`.lm-Menu-item[data-command="${command}"]`).click();
}

/** The number of Vega-Lite charts that were really drawn: an SVG with marks, or a canvas that is not of one colour. */
export async function drawnCharts(page: Page, expected = 1, timeout = 30_000): Promise<number> {
  // JupyterLab reopens the tabs of earlier pages: only the notebook in front counts.
  const charts = page.locator(`${inFront} .vega-embed canvas, ${inFront} .vega-embed svg.marks`);
  if (expected > 0)
    await charts
      .nth(expected - 1)
      .waitFor({ timeout, state: "attached" })
      .catch(() => undefined); // what is there is counted
  return charts.evaluateAll(
    (charts) =>
      charts.filter((chart) => {
        if (chart.tagName.toLowerCase() !== "canvas") return chart.querySelectorAll("path").length > 1;
        const { width, height, getContext } = chart as unknown as Canvas;
        const pixels = getContext.call(chart, "2d").getImageData(0, 0, width, height).data;
        for (let i = 4; i < pixels.length; i++) if (pixels[i] !== pixels[i % 4]) return true;
        return false;
      }).length,
  );
}

/** The part of the page's canvas that is used (the compiler is not told of the browser's own types). */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}
