/**
 * The chain on grids of two axes: solve, generate, train and sample, for the built-in problem and for a foreign one
 * from a file.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { readEnsemble } from "../../lib/storage/ensemble";
import { readNpy } from "../../lib/storage/npy";
import { problem as plate } from "./plate";
import { sgm } from "./run";
import { resultsOfSuite } from "../own-results";
import { writeNpy } from "../storage/write-npy";

describe("two axes on the command line", function () {
  this.timeout(300_000);
  const folder = resultsOfSuite();
  const at = (name: string): string => path.join(folder(), name);
  const put = (name: string, content: unknown): string => {
    fs.writeFileSync(at(name), JSON.stringify(content));
    return at(name);
  };
  const run = async (...args: string[]): Promise<string> => {
    const { status, out, err } = await sgm(...args);
    assert.equal(status, 0, err);
    return out;
  };

  const solved = async (eps: unknown, ...more: string[]): Promise<number[][]> => {
    const cases = put("cases.json", [{ eps, load: 1, amplitude: 0 }]);
    const out = await run("solve", "--problem", "conduction-2d", "--cases", cases, ...more);
    return (JSON.parse(out) as { phi: number[][] }[])[0].phi;
  };

  it("solve takes nested lists, an array and a picture, and a column of cells per place along x comes back", async () => {
    // Layers across the current: phi falls linearly along x in each, whatever the layers are.
    const layers = Array.from({ length: 8 }, () => [0.2, 0.4, 0.6, 0.8]);
    const phi = await solved(layers);
    assert.deepEqual([phi.length, ...new Set(phi.map((row) => row.length))], [8, 4]);
    phi.forEach((row, i) => row.forEach((v) => assert.ok(Math.abs(v - (i + 0.5) / 8) < 1e-11, `${i}: ${v}`)));
    await writeNpy(at("eps.npy"), { dtype: "float64", shape: [8, 4], data: Float64Array.from(layers.flat()) });
    assert.deepEqual(await solved("eps.npy"), phi);
    // A picture, white on top: the upper half conducts better, and the lower one like the law's least porosity.
    const canvas = createCanvas(16, 8);
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, 16, 4);
    context.fillStyle = "black";
    context.fillRect(0, 4, 16, 4);
    fs.writeFileSync(at("eps.png"), canvas.toBuffer("image/png"));
    const same = await solved(Array.from({ length: 8 }, () => [0.1, 0.1, 0.9, 0.9]));
    const drawn = await solved("eps.png", "--cells", "8,4");
    drawn.forEach((row, i) => row.forEach((v, j) => assert.ok(Math.abs(v - same[i][j]) < 1e-9)));
  });

  for (const [eps, says] of [
    [[0.2, 0.3], /nested as \[cells along x\]\[cells along y\], got .*0\.2.* in cell 0/],
    [[[0.2, 0.3], [0.2]], /got 1 numbers beside 2 in cell 1/],
    [[[0.2, "a"]], /in cell \(0, 1\)/],
  ] as const) {
    it(`solve refuses ${JSON.stringify(eps)} by the cell`, async () => {
      const { status, err } = await sgm("solve", "--problem", "conduction-2d", "--cases", put("bad.json", [{ eps }]));
      assert.equal(status, 2);
      assert.match(err, says);
    });
  }

  it("generate writes [conditions, count, channels, nx, ny], as .npy and as Zarr with both axes", async () => {
    const conditions = put("z.json", [{ l: 0.1 }, { l: 0.2, boundary: 3, centre_y: 0.3 }]);
    const common = [
      "generate",
      "--problem",
      "conduction-2d",
      "--conditions",
      conditions,
      "--count",
      "3",
      "--cells",
      "12,8",
    ];
    await run(...common, "--out", at("a.npy"));
    await run(...common, "--out", at("a.zarr"), "--porosity");
    const { shape, data } = await readNpy(at("a.npy"));
    assert.deepEqual(shape, [2, 3, 1, 12, 8]);
    const stored = await readEnsemble(at("a.zarr"));
    assert.deepEqual(stored.description.axes, [
      { name: "x", length: 1, cells: 12 },
      { name: "y", length: 1, cells: 8 },
    ]);
    assert.deepEqual(stored.fields, data);
    // What was stored is a solution of the porosity stored beside it.
    const eps = Array.from({ length: 12 }, (_, i) => Array.from(stored.porosity!.subarray(i * 8, (i + 1) * 8)));
    const cases = put("again.json", [{ eps }]);
    const again = JSON.parse(await run("solve", "--problem", "conduction-2d", "--cases", cases)) as {
      phi: number[][];
    }[];
    assert.deepEqual(Float64Array.from(again[0].phi.flat()), data.slice(0, 96));
  });

  it("fields of a plane have the same bits for any number of workers", async () => {
    const fields = async (workers: number): Promise<Float64Array> => {
      const options = { problem: plate, conditions: [{ w: 0.2, T_hot: 320 }], count: 7, cells: [12, 10] };
      return (await generateEnsemble({ ...options, stream: stream(3), workers })).fields.values;
    };
    assert.deepEqual(await fields(2), await fields(1));
  });

  it("a foreign problem on 12 x 12 cells: statistics, training, and fields whose law is the solver's", async () => {
    const file = path.relative(process.cwd(), path.join(__dirname, "plate.ts"));
    const settings = ["problem.cells=12", "training.steps=16", "training.heldOutEvery=8", "ensemble.conditions=16"];
    const flags = [`problem.name=${file}`, ...settings].flatMap((setting) => ["--set", setting]);
    const { model } = JSON.parse(await run("train", "--preset", "smoke", ...flags)) as { model: string };
    const z = put("plate.json", [{ w: 0.2, T_hot: 340 }]);
    const count = 400;
    const named = ["--model", model, "--set", `problem.name=${file}`];
    await run("sample", ...named, "--conditions", z, "--count", String(count), "--out", at("s.npy"));
    const sampled = await readNpy(at("s.npy"));
    assert.deepEqual(sampled.shape, [1, count, 1, 12, 12]);
    const conditions = [{ w: 0.2, T_hot: 340 }];
    const { fields } = await generateEnsemble({ problem: plate, conditions, count, cells: 12, stream: stream(5) });
    // In every cell, means of two samples of independent fields: 5 standard errors, and 0.15 of a spread for the short
    // training.
    for (let cell = 0; cell < 144; cell++) {
      const column = (values: ArrayLike<number>): number[] =>
        Array.from({ length: count }, (_, k) => values[144 * k + cell]);
      const [a, b] = [column(sampled.data), column(fields.values)].map((v) => {
        const mean = v.reduce((sum, x) => sum + x, 0) / count;
        return { mean, std: Math.sqrt(v.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1)) };
      });
      const within = (0.15 + 5 * Math.sqrt(2 / count)) * b.std;
      assert.ok(Math.abs(a.mean - b.mean) < within, `cell ${cell}: ${a.mean} and ${b.mean}`);
      assert.ok(Math.abs(a.std / b.std - 1) < 0.35, `cell ${cell}: spread ${a.std / b.std}`);
    }
  });
});
