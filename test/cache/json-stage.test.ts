import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { DamagedFileError } from "../../lib/errors/user-error";
import { Cache } from "../../lib/cache/cache";
import { jsonStage } from "../../lib/cache/json-stage";
import { temporaryFolder } from "../temporary-folder";

describe("a stage stored as JSON", () => {
  const folder = temporaryFolder();
  const stage = (result: unknown) =>
    jsonStage<null, unknown>({ name: "numbers", module: "lib/random/philox.ts", run: async () => result });
  const stored = (): string => path.join(folder(), "result.json");

  it("comes back as it was: every bit of its numbers, what is null, and no entry where there was none", async () => {
    const result = { rows: [{ z: [0.1, 1 / 3, 5e-324, -1.7976931348623157e308], missing: null }], text: "\u2028 é" };
    await stage(null).save({ ...result, absent: undefined }, folder());
    assert.deepEqual(await stage(null).load(folder()), result);
  });

  it("refuses what JSON would change, saying where in the result of which stage, and stores nothing", async () => {
    for (const [value, message] of [
      [NaN, "must be a finite number, got NaN"],
      [Infinity, "must be a finite number, got Infinity"],
      [-Infinity, "must be a finite number, got -Infinity"],
      [undefined, "must be plain data (object, array, number, string, boolean), got undefined"],
      [Float64Array.of(1), "must be plain data (object, array, number, string, boolean), got Float64Array"],
    ] as const) {
      const result = { rows: [{ z: [0] }, { z: [1, value] }] };
      const expected = `the result of the stage numbers.rows[1].z[1] ${message}`;
      const refused = (error: unknown): boolean => error instanceof TypeError && error.message.endsWith(expected);
      await assert.rejects(stage(result).save(result, folder()), refused);
      assert.ok(!fs.existsSync(stored()));
      const cache = new Cache(path.join(folder(), "data"));
      await assert.rejects(cache.obtain(stage(result), null), refused);
      assert.ok((await cache.list()).every(({ state }) => state !== "complete"));
    }
  });

  it("is read strictly: a damaged file is named, with the line and the column", async () => {
    for (const [text, message] of [
      ['{"a": 1, "a": 2}', /result\.json: the key "a" occurs twice, at line 1, column 10/],
      ['{"a": NaN}', /result\.json: it is not valid JSON .* at line 1/],
      ['{"a": [1,\n2', /result\.json: it is not valid JSON .* at line 2/],
    ] as const) {
      fs.writeFileSync(stored(), text);
      await assert.rejects(stage(null).load(folder()), (e) => e instanceof DamagedFileError && message.test(e.message));
    }
  });
});
