import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { drawConditions } from "../../lib/ensemble/conditions";
import { generateChunks, generateEnsemble } from "../../lib/ensemble/generate";
import { closePool } from "../../lib/threads/pool";
import { stream } from "../../lib/random/stream";
import { createEnsemble, readEnsemble, type EnsembleDescription } from "../../lib/storage/ensemble";
import { problem } from "../../lib/transport/problems";
import { temporaryFolder } from "../temporary-folder";

/** 1,200 fields of 2,000 cells: five chunks of about 4 MB per channel. */
describe("an ensemble that is streamed to disk", () => {
  const folder = temporaryFolder();
  const p = problem("electrode-published");
  const [cells, count] = [2000, 400];
  const conditions = drawConditions(p, 3, stream(6));
  const description: EnsembleDescription = {
    problem: p.name,
    axes: [{ name: "x", length: p.domain[0].length, cells }],
    count,
    channels: p.channels,
    conditionQuantities: p.conditions,
    conditions,
    keepPorosity: true,
    provenance: { seed: 6 },
  };
  const options = {
    problem: p,
    conditions,
    count,
    cells,
    stream: stream(6),
    keepPorosity: true,
    workers: 1,
    chunk: 100,
  };
  after(closePool);

  it("can be interrupted again and again, and goes on where it stopped, to the bits of one run", async () => {
    const target = path.join(folder(), "fields.zarr");
    const begins: number[] = [];
    for (const stopAfter of [300, 300, 100, Infinity]) {
      const writer = await createEnsemble(target, description);
      begins.push(writer.stored);
      const stop = new AbortController();
      const progress: number[] = [];
      const run = async (): Promise<void> => {
        const chunks = generateChunks({
          ...options,
          first: writer.stored,
          signal: stop.signal,
          onProgress: (done, total, secondsLeft) => {
            progress.push(done);
            assert.ok(total === 1200 && secondsLeft >= 0);
          },
        });
        for await (const chunk of chunks) {
          await writer.append(chunk.fields, chunk.porosity);
          if (chunk.first + chunk.count - writer.stored >= stopAfter) stop.abort(new Error("stopped by the user"));
        }
        await writer.finish();
      };
      if (stopAfter < Infinity) await assert.rejects(run(), /stopped by the user/);
      else await run();
      assert.ok(progress[0] > writer.stored, "progress counts what is stored already");
      assert.equal(fs.existsSync(target), stopAfter === Infinity, "the name is given when all is there");
    }
    // What is appended when a run stops depends on how far it had come; whole chunks of it are stored.
    assert.ok(begins[0] === 0 && begins[1] > 0 && begins[2] > begins[1], begins.join());
    for (let k = 1; k < begins.length; k++) assert.ok(begins[k] >= begins[k - 1] && begins[k] < 1200, begins.join());

    const { fields, porosity } = await readEnsemble(target);
    const whole = await generateEnsemble({ ...options, workers: 2 });
    assert.ok(Buffer.from(fields.buffer).equals(Buffer.from(whole.fields.values.slice().buffer)));
    assert.ok(Buffer.from(porosity!.buffer).equals(Buffer.from(whole.porosity!.values.slice().buffer)));
  });
});
