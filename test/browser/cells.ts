/** What a person does in an open notebook, cell by cell: write into it, run it, look at what it shows, interrupt it. */
import type { Page } from "playwright-core";
import { chooseFromMenu, codeCells, type Exposed } from "./lab-page";

/** The number of the first code cell that holds this text. */
export async function cellWith(page: Page, text: string): Promise<number> {
  const sources = await codeCells(page)
    .locator(".cm-content")
    .evaluateAll((all) => all.map((content) => content.textContent ?? ""));
  const found = sources.findIndex((source) => source.includes(text));
  if (found < 0)
    throw new Error(
      `no code cell holds ${text}; the first lines are ${sources.map((s) => s.slice(0, 40)).join(" | ")}`,
    );
  return found;
}

/** Writes into a cell as at the keyboard: what the cursor's line holds between two marks is replaced. */
export async function replaceInCell(page: Page, cell: number, before: string, after: string): Promise<void> {
  const content = codeCells(page).nth(cell).locator(".cm-content");
  const lines = await content.locator(".cm-line").allTextContents();
  const text = lines.join("\n");
  if (!text.includes(before)) throw new Error(`cell ${cell} does not hold ${before} but\n${text}`);
  await content.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text.replace(before, after));
}

/** Starts a cell; the promise resolves to the status and the error text of the kernel's reply. */
export async function startCell(
  page: Page,
  cell: number,
): Promise<{ reply(timeout: number): Promise<{ status: string; text: string }> }> {
  await page.evaluate(() => void ((globalThis as unknown as Exposed).replies = []));
  await codeCells(page).nth(cell).locator(".cm-content").click();
  await page.keyboard.press("Control+Enter");
  return {
    async reply(timeout) {
      await page.waitForFunction(() => (globalThis as unknown as Exposed).replies.length > 0, null, {
        timeout,
        polling: 20,
      });
      return page.evaluate(() => (globalThis as unknown as Exposed).replies[0]);
    },
  };
}

/** Runs a cell and waits for its end. @throws with what it wrote if it failed */
export async function runCell(page: Page, cell: number, timeout: number): Promise<void> {
  const { status, text } = await (await startCell(page, cell)).reply(timeout);
  if (status !== "ok") throw new Error(`code cell ${cell + 1} failed:\n${text}`);
}

export const interrupt = (page: Page): Promise<void> => chooseFromMenu(page, "Kernel", "kernelmenu:interrupt");

/** What a cell shows, as text. */
export const shownBy = async (page: Page, cell: number): Promise<string> =>
  (await codeCells(page).nth(cell).locator(".jp-OutputArea-output").allTextContents()).join("\n");

/** Waits until what a cell shows satisfies a condition. */
export async function waitUntilShown(
  page: Page,
  cell: number,
  holds: (text: string) => boolean,
  timeout: number,
): Promise<string> {
  for (const began = Date.now(); ;) {
    const text = await shownBy(page, cell);
    if (holds(text)) return text;
    if (Date.now() - began > timeout) throw new Error(`code cell ${cell + 1} shows after ${timeout / 1000} s\n${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
