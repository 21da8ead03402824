import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { readNpy } from "../../lib/storage/npy";
import { resumeNpy } from "../../lib/storage/resumable-npy";
import { UserError } from "../../lib/errors/user-error";
import { temporaryFolder } from "../temporary-folder";

const piece = (from: number, n: number): Float64Array => Float64Array.from({ length: n }, (_, k) => from + k);

describe("an array that is made in pieces", () => {
  const folder = temporaryFolder();
  const target = (): string => path.join(folder(), "a.npy");
  const request = { seed: 1 };
  const shape = [2, 5];

  /** Six of ten numbers are stored, then the maker is gone; `damage` does the rest. */
  async function left(damage: () => void = () => undefined): Promise<number> {
    const file = await resumeNpy(target(), shape, request);
    await file.append(piece(0, 4));
    await file.append(piece(4, 2));
    await file.suspend();
    damage();
    const again = await resumeNpy(target(), shape, request);
    const { stored } = again;
    await again.append(piece(stored, 10 - stored));
    await again.commit();
    assert.deepEqual((await readNpy(target())).data, piece(0, 10));
    assert.deepEqual(fs.readdirSync(folder()), ["a.npy"]);
    return stored;
  }
  const partial = (): string => `${target()}.partial`;

  it("goes on after what was stored, and nothing else is left beside it", async () => {
    assert.equal(await left(), 6);
  });

  it("goes on after the last undamaged piece, or begins anew", async () => {
    assert.equal(await left(() => fs.appendFileSync(partial(), "torn off in the middle of a piece")), 6);
    assert.equal(await left(() => fs.truncateSync(partial(), fs.statSync(partial()).size - 1)), 4);
    const flip = (at: number) => () => {
      const bytes = fs.readFileSync(partial());
      bytes[bytes.length + at] ^= 1;
      fs.writeFileSync(partial(), bytes);
    };
    assert.equal(await left(flip(-1)), 4);
    assert.equal(await left(flip(-17)), 0);
    assert.equal(await left(() => fs.writeFileSync(`${partial()}.json`, "{")), 0);
    assert.equal(await left(() => fs.rmSync(partial())), 0);
  });

  it("another request or another shape begins anew", async () => {
    for (const [otherShape, other] of [
      [shape, { seed: 2 }],
      [[5, 2], request],
    ] as const) {
      const file = await resumeNpy(target(), shape, request);
      await file.append(piece(0, 4));
      await file.suspend();
      const again = await resumeNpy(target(), otherShape, other);
      assert.equal(again.stored, 0);
      await again.abandon();
      assert.deepEqual(fs.readdirSync(folder()), []);
    }
  });

  it("an abandoned one leaves an earlier file as it was; too many or too few numbers and a folder in the way are refused", async () => {
    fs.writeFileSync(target(), "earlier");
    const file = await resumeNpy(target(), shape, request);
    await file.append(piece(0, 4));
    await assert.rejects(file.append(piece(0, 7)), /the shape holds 10 elements, got 11/);
    await assert.rejects(file.commit(), /the shape holds 10 elements, got 4/);
    await file.abandon();
    assert.equal(fs.readFileSync(target(), "utf8"), "earlier");
    assert.deepEqual(fs.readdirSync(folder()), ["a.npy"]);
    await assert.rejects(resumeNpy(folder(), shape, request), UserError);
    await assert.rejects(resumeNpy(path.join(folder(), "none", "a.npy"), shape, request), /the folder does not exist/);
  });
});
