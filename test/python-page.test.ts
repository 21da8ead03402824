/** The page "From Python": its snippets, run by the project's own Python on files that the project wrote. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { closePool } from "../lib/threads/pool";
import { writeSafetensors } from "../lib/storage/safetensors";
import { sgm } from "./command-line/run";
import { pythonWith } from "./python";
import { temporaryFolder } from "./temporary-folder";

const root = path.join(__dirname, "..");

describe("the page on Python", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder(), name);
  after(closePool);

  it("says what runs: an ensemble in xarray and NumPy, a network in safetensors, a figure's data in pandas", async function () {
    const python = pythonWith("xarray", "zarr", "pandas", "safetensors");
    if (python === undefined) this.skip();
    fs.writeFileSync(at("conditions.json"), JSON.stringify([{ l: 1e-5, U0: 0.1, F_right: 20 }, { F_right: 40 }]));
    for (const out of ["fields.zarr", "fields.npy"]) {
      const words = ["--conditions", at("conditions.json"), "--count", "7", "--seed", "7", "--out", at(out)];
      const { status, err } = await sgm("generate", "--problem", "electrode-published", ...words);
      assert.equal(status, 0, err);
    }
    fs.mkdirSync(at("model"));
    const weights = { dtype: "float32", shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) } as const;
    await writeSafetensors(at("model/model.safetensors"), { weights, bias: { ...weights, shape: [6] } });
    fs.symlinkSync(path.join(root, "figures"), at("figures"));

    const page = fs.readFileSync(path.join(root, "notebooks/guide/python.md"), "utf8");
    const snippets = [...page.matchAll(/```python\n([^]*?)```/g)].map((match) => match[1]);
    assert.equal(snippets.length, 4);
    const printed = execFileSync(python, ["-W", "error::UserWarning", "-c", snippets.join("\n")], {
      cwd: folder(),
      encoding: "utf8",
    });
    const [sizes, spread, model, ...counts] = printed.trim().split("\n");
    assert.equal(sizes, "{'condition': 2, 'realisation': 7, 'x': 100} V");
    assert.ok(Number(spread) > 1e-5 && Number(spread) < 1e-1, `the spread of phi at x = L is ${spread} V`);
    assert.equal(model, "model.safetensors 12 numbers in 2 arrays");
    assert.ok(counts.some((line) => /^c +closed form +\d+$/.test(line)), printed); // prettier-ignore
  });
});
