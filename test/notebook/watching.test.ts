/** What is seen of long work: in a notebook, in a terminal, and in a log or CI, where nothing may be rewritten. */
import assert from "node:assert/strict";
import { liveTraining, progress } from "../../lib/notebook/display";
import type { Output } from "../../lib/notebook/kernel";

const entry = (step: number, level: (band: number) => number) => ({
  step,
  loss: 1 / step,
  explained: Array.from({ length: 8 }, (_, band) => level(band)),
});

describe("watching", () => {
  it("CI gets whole lines even on a terminal; a terminal without CI gets one line that is rewritten", () => {
    for (const { ci, rewrites } of [
      { ci: true, rewrites: false },
      { ci: false, rewrites: true },
    ]) {
      const written: string[] = [];
      let ms = 0;
      const stream = { isTTY: true, columns: 120, write: (text: string) => void written.push(text) };
      const bar = progress("training", { stream, ci, now: () => ms });
      for (let done = 0; done <= 1000; done++) {
        bar.update(done, 1000, "loss 0.1");
        ms += 5;
      }
      bar.finish();
      assert.equal(written.some((text) => /[\r\x1b]/.test(text)), rewrites); // prettier-ignore
      if (ci) assert.ok(written.length <= 10 && written.every((text) => text.endsWith("\n")));
      assert.match(
        written[Math.floor(written.length / 2)],
        /training: \d+ % · \d+ of 1,000 · 200 \/s · [\d.]+ s left · loss 0\.1/,
      );
    }
  });

  it("the environment says whether it is CI", () => {
    const before = process.env.CI;
    const written: string[] = [];
    const stream = { isTTY: true, write: (text: string) => void written.push(text) };
    try {
      process.env.CI = "1";
      progress("training", { stream }).finish();
      delete process.env.CI;
      progress("training", { stream }).finish();
    } finally {
      if (before !== undefined) process.env.CI = before;
    }
    assert.deepEqual(written.map((text) => text.startsWith("\r")), [false, true]); // prettier-ignore
  });

  it("a training shows its loss, and what is left of it at four noise levels, in two pictures that are replaced", () => {
    const outputs = new Map<string, Output>();
    const send = (output: Output) => void outputs.set(output.transient.display_id ?? "", output);
    let ms = 0;
    const watch = liveTraining({ send, now: () => ms });
    for (let step = 10; step <= 1000; step += 10) {
      watch.add({
        ...entry(step, (band) => band / 10),
        ...(step % 100 === 0 ? { heldOut: entry(step, (band) => band / 10) } : {}),
      });
      ms += 100;
    }
    watch.finish();
    assert.equal(outputs.size, 2);
    const [loss, levels] = [...outputs.values()].map(({ data }) => data);
    assert.equal((loss["image/svg+xml"] as string).match(/<polyline/g)!.length, 2);
    assert.equal((levels["image/svg+xml"] as string).match(/<polyline/g)!.length, 4);
    assert.equal(loss["text/plain"], "loss: training 0.001000, held out 0.001000");
    // bands 0 and 1 explain 0 and 0.1 of the baseline's loss: 0.95 is left at the finest noise; bands 6 and 7 leave
    // 0.35
    assert.equal(
      levels["text/plain"],
      "loss left, by noise level: finest noise 0.9500, finer 0.7500, coarser 0.5500, coarsest noise 0.3500",
    );
  });

  it("shows nothing of a training outside a kernel", () => {
    const watch = liveTraining();
    watch.add(entry(1, () => 0));
    watch.finish();
  });
});
