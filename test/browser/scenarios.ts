/**
 * What is done with some notebooks after all their cells have run: a number is changed, a training is interrupted and
 * taken up again.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { cellWith, interrupt, replaceInCell, runCell, shownBy, startCell, waitUntilShown } from "./cells";
import { drawnCharts, type Exposed, listen, runAllCells } from "./lab-page";

export interface Scenario {
  readonly sentence: string;
  /**
   * Does it on the page where the notebook has just run; throws where something else happens than should; may tell what
   * it measured.
   */
  run(page: Page, place: Place): Promise<unknown>;
}
export interface Place {
  /** SGM_DATA of the kernels. */
  readonly data: string;
  readonly seconds: number;
  /** Names below the server's folder of notebooks that have run before. */
  readonly before: readonly string[];
}

const opening = "openStudy({";

/** Another sampler: the model is kept, the evaluation is not, and back again nothing is computed. */
const changeOneNumber: Scenario = {
  sentence:
    "a number of the parameter cell is changed: what depends on it is recomputed, all else is reused, and each says " +
    "why",
  async run(page, { seconds }) {
    const [parameters, evaluation] = [await cellWith(page, opening), await cellWith(page, 'study.result("sampling")')];
    const [listed, changed] = ["steps: 8", "steps: 9"];
    const charts = await drawnCharts(page);
    assert.ok(charts > 0);
    await replaceInCell(page, parameters, listed, changed);
    await runAllCells(page, seconds * 1000);
    const said = await shownBy(page, evaluation);
    for (const line of [
      /^model: reused$/m,
      /^statistics: reused$/m,
      /^evaluation: computed in .* \(computed: sampler\.steps 8 -> 9\)$/m,
    ])
      assert.match(said, line);
    assert.equal(await drawnCharts(page, charts), charts, "as many charts as before");
    await replaceInCell(page, parameters, changed, listed);
    await runAllCells(page, seconds * 1000);
    const back = await shownBy(page, evaluation);
    assert.match(back, /^evaluation: reused$/m);
    assert.doesNotMatch(back, /computed/);
  },
};

const steps = 2400;
/** The step that the bar of a training of so many steps shows; -1 where there is none. */
const shown = (text: string, of = steps): number =>
  Number(
    new RegExp(`model: \\d+ % · ([\\d,]+) of ${of.toLocaleString("en-US")}`).exec(text)?.[1].replace(/,/g, "") ?? -1,
  );

/** The step of the checkpoint of the training that is not finished. */
function checkpointStep(data: string): number {
  const folder = path.join(data, "model");
  const partial = fs.readdirSync(folder).filter((name) => name.endsWith(".partial"));
  const files = partial.map((name) => path.join(folder, name, "work/checkpoint.safetensors")).filter(fs.existsSync);
  if (files.length !== 1) return -1;
  const bytes = fs.readFileSync(files[0]);
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()) as {
    __metadata__: { step: string };
  };
  return Number(header.__metadata__.step);
}

const interruptAndResume: Scenario = {
  sentence:
    "an interrupted training keeps its checkpoint, the kernel goes on being usable, and the cell run again resumes",
  async run(page, { data, seconds }) {
    const [parameters, training] = [await cellWith(page, opening), await cellWith(page, "study.model(")];
    // Of checkpoints only the one that the interruption makes: none is due before the end.
    const long = `steps: ${steps}, checkpointEvery: ${steps}, heldOutEvery: ${steps}`;
    await replaceInCell(page, parameters, "steps: 11500", long);
    await runCell(page, parameters, 60_000);
    const cell = await startCell(page, training);
    await waitUntilShown(page, training, (text) => shown(text) > steps / 4, seconds * 1000);
    assert.equal(checkpointStep(data), -1);
    await interrupt(page);
    const began = Date.now();
    assert.equal((await cell.reply(30_000)).status, "error");
    const replied = Date.now() - began;
    for (; checkpointStep(data) < 0; await pause(20))
      assert.ok(Date.now() - began < 30_000, "no checkpoint came of the interruption");
    const stopped = Date.now() - began;
    const kept = checkpointStep(data);
    assert.ok(kept > steps / 4 && kept < steps, `the checkpoint is of step ${kept}`);

    // for 200 ms after a failed cell the kernel drops what it is sent, so that queued cells do not run
    await pause(500);
    await runCell(page, parameters, 60_000); // the kernel answers, with the same study opened anew
    assert.equal(checkpointStep(data), kept, "no step was made after the interruption");
    const again = await startCell(page, training);
    const first = shown(await waitUntilShown(page, training, (text) => shown(text) > 0, seconds * 1000));
    assert.ok(first >= kept, `the training went on from step ${first}, its checkpoint was of step ${kept}`);
    const { status, text } = await again.reply(seconds * 1000);
    assert.equal(status, "ok", text);
    assert.match(await shownBy(page, training), /^model: computed in .* \(computed: .*training\.steps 48 -> 2400/m);
    assert.equal(await codeOutputs(page, training, "svg, img"), 2, "the live curves of loss and of noise levels");
    return `the cell ended ${replied} ms after the interruption, the checkpoint was there after ${stopped} ms`;
  },
};

const inApp = (page: Page, command: string, args = {}): Promise<unknown> =>
  page.evaluate(
    ([name, options]) =>
      (
        globalThis as unknown as { jupyterapp: { commands: { execute(c: string, a: object): Promise<unknown> } } }
      ).jupyterapp.commands
        .execute(name, options)
        .then(() => null),
    [command, args] as const,
  );

/** What the page says of the kernel in front: "busy", "idle", .. */
const kernelStatus = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { jupyterapp } = globalThis as unknown as Exposed;
    return (jupyterapp.shell.currentWidget.sessionContext.session?.kernel as unknown as { status: string }).status;
  });

/**
 * The page is loaded anew while a training runs: the new one must not take the kernel for idle, nor the training for
 * gone.
 */
const reloadInTraining: Scenario = {
  sentence:
    "the page is loaded anew in the middle of a training: the kernel is shown busy, and the cell run again shows " +
    "the bar go on to the end",
  async run(page, { seconds }) {
    const [parameters, training] = [await cellWith(page, opening), await cellWith(page, "study.model(")];
    const more = 3600;
    await replaceInCell(page, parameters, `steps: ${steps}`, `steps: ${more}`);
    await runCell(page, parameters, 60_000);
    await startCell(page, training);
    const before = shown(await waitUntilShown(page, training, (text) => shown(text, more) > 0, seconds * 1000), more);
    await inApp(page, "docmanager:save");
    await page.reload();
    await listen(page);
    for (const began = Date.now(); (await kernelStatus(page)) !== "busy"; await pause(50))
      assert.ok(Date.now() - began < 20_000, `the kernel that trains is shown ${await kernelStatus(page)}`);
    await pause(500); // the bar that was saved stands still: what moves comes from the kernel
    const again = await startCell(page, training);
    const first = shown(
      await waitUntilShown(page, training, (text) => shown(text, more) > before, seconds * 1000),
      more,
    );
    await waitUntilShown(page, training, (text) => shown(text, more) > first, seconds * 1000);
    assert.equal(await kernelStatus(page), "busy");
    const { status, text } = await again.reply(seconds * 1000);
    assert.equal(status, "ok", text);
    assert.match(await shownBy(page, training), /^model: (computed|reused)/m);
    assert.ok((await codeOutputs(page, training, "svg, img")) >= 2, "the live curves of loss and of noise levels");
    for (const began = Date.now(); (await kernelStatus(page)) !== "idle"; await pause(50))
      assert.ok(Date.now() - began < 20_000, `the kernel that is ready is shown ${await kernelStatus(page)}`);
    return `the bar went on from step ${first}`;
  },
};

const codeOutputs = (page: Page, cell: number, selector: string): Promise<number> =>
  page
    .locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell")
    .nth(cell)
    .locator(`.jp-OutputArea-output :is(${selector})`)
    .count();

/** Two notebooks in one workspace, saved, and the page loaded again: both show what they showed. */
const reload: Scenario = {
  sentence: "two open notebooks show all their outputs again after the page is loaded anew",
  async run(page, { before }) {
    const other = before[before.length - 1];
    const charts = (): Promise<number[]> =>
      page
        .locator(".jp-NotebookPanel")
        .evaluateAll((panels) =>
          panels.map((panel) => panel.querySelectorAll(".jp-OutputArea-output").length).sort((a, b) => a - b),
        );
    await inApp(page, "docmanager:save");
    await inApp(page, "docmanager:open", { path: other });
    await page.locator(".jp-NotebookPanel").nth(1).waitFor({ state: "attached" });
    await listen(page);
    await runAllCells(page, 300_000);
    await inApp(page, "docmanager:save");
    const there = await charts();
    assert.ok(there.length === 2 && there[0] > 3, `outputs of the two: ${there.join(", ")}`);
    await pause(1500); // the workspace's layout is saved a moment after a change
    await page.reload();
    await listen(page);
    for (const began = Date.now(); ; await pause(250)) {
      const now = await charts();
      if (now.join() === there.join()) break;
      if (Date.now() - began > 60_000) assert.deepEqual(now, there, "outputs of the two after the reload");
    }
  },
};

/** By the notebook after which they come. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  "03-training": [interruptAndResume, reloadInTraining],
  "04-sampling": [changeOneNumber, reload],
};
