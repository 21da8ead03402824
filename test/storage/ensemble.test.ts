import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { createEnsemble, openEnsemble, readEnsemble, type EnsembleDescription } from "../../lib/storage/ensemble";
import { writeEnsemble } from "./write-ensemble";
import { cellsIn, layoutOf } from "../../lib/storage/ensemble-layout";
import { DamagedFileError, UserError } from "../../lib/errors/user-error";
import { pythonWith, runPython } from "../python";
import { temporaryFolder } from "../temporary-folder";
import { mutations } from "./mutations";

function describeEnsemble(conditions: number, count: number, cells: number, keepPorosity = false): EnsembleDescription {
  return {
    problem: "electrode",
    axes: [{ name: "x", length: 1e-4, cells }],
    count,
    keepPorosity,
    channels: [
      { name: "c", symbol: "c", unit: "mol/m3", meaning: "salt concentration" },
      { name: "phi", symbol: "φ", unit: "V", meaning: "electrolyte potential" },
    ],
    conditionQuantities: [
      { name: "l", unit: "m", meaning: "correlation length" },
      { name: "U0", unit: "V" },
    ],
    conditions: Array.from({ length: conditions }, (_, i) => ({ l: 1e-5 * (i + 1), U0: 0.1 * i })),
    provenance: { seed: 7, configuration: { count }, version: "0.1.0" },
  };
}

/** Values that tell where they belong: field number + row / 10 + cell / 1e6. */
function numbered(d: EnsembleDescription, rows: number, first = 0, end = d.conditions.length * d.count): Float64Array {
  const values = new Float64Array((end - first) * rows * cellsIn(d));
  for (let k = 0; k < values.length; k++) {
    const field = first + Math.floor(k / (rows * cellsIn(d)));
    values[k] = field + (Math.floor(k / cellsIn(d)) % rows) / 10 + (k % cellsIn(d)) / 1e6;
  }
  return values;
}

describe("ensembles on disk", () => {
  const folder = temporaryFolder();

  for (const { what, d } of [
    { what: "many conditions in one chunk", d: describeEnsemble(7, 3, 5, true) },
    { what: "several conditions a chunk, the last chunk not full", d: describeEnsemble(3, 2000, 100) },
    { what: "several chunks a condition, the last of each not full", d: describeEnsemble(2, 3, 200_000) },
  ]) {
    it(`fields appended in any portions are read back in any portions (${what})`, async () => {
      const target = path.join(folder(), "e.zarr");
      const total = d.conditions.length * d.count;
      const writer = await createEnsemble(target, d);
      for (let k = 0, n = 1; k < total; k += n, n = Math.min(2 * n + 1, total - k)) {
        await writer.append(numbered(d, 2, k, k + n), d.keepPorosity ? numbered(d, 1, k, k + n) : undefined);
      }
      assert.ok(!fs.existsSync(target), "nothing shows before the end");
      await writer.finish();
      assert.deepEqual(fs.readdirSync(folder()), ["e.zarr"]);
      const reader = await openEnsemble(target);
      assert.deepEqual(reader.description, d);
      for (const [first, n] of [
        [0, 1],
        [total - 2, 2],
        [Math.floor(total / 2) - 1, 3],
      ]) {
        assert.deepEqual((await reader.read(first, n)).fields, numbered(d, 2, first, first + n));
      }
      const all = await readEnsemble(target);
      assert.deepEqual(Buffer.from(all.fields.buffer), Buffer.from(numbered(d, 2).buffer));
      if (d.keepPorosity) assert.deepEqual(all.porosity, numbered(d, 1));
    });
  }

  it("chunks hold at most 4 MB, or one field", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 1e6 }),
        (n, count, cells) => {
          const { chunks, chunkBytes } = layoutOf({
            conditions: { length: n },
            count,
            axes: [{ name: "x", length: 1, cells }],
          });
          const tiled = chunks.every((c, i) => c.first === (i === 0 ? 0 : chunks[i - 1].end) && c.end > c.first);
          return tiled && chunks[chunks.length - 1].end === n * count && chunkBytes <= Math.max(1 << 22, 8 * cells);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("an interrupted writer goes on behind its last complete chunk, and the result has the same bytes", async () => {
    const d = describeEnsemble(2, 5, 200_000, true);
    const [whole, resumed] = [path.join(folder(), "whole"), path.join(folder(), "resumed")];
    await writeEnsemble(whole, d, { fields: numbered(d, 2), porosity: numbered(d, 1) });
    const first = await createEnsemble(resumed, d);
    assert.equal(first.stored, 0);
    await first.append(numbered(d, 2, 0, 6), numbered(d, 1, 0, 6)); // 3 of 6 chunks full, the rest in memory: lost
    fs.rmSync(path.join(`${resumed}.partial`, "phi", "0.2.0")); // and one that had not reached the disk
    const second = await createEnsemble(resumed, d);
    assert.equal(second.stored, 4);
    await second.append(numbered(d, 2, 4), numbered(d, 1, 4));
    await second.finish();
    for (const name of fs.readdirSync(whole, { recursive: true }) as string[]) {
      if (fs.statSync(path.join(whole, name)).isFile()) {
        assert.ok(fs.readFileSync(path.join(whole, name)).equals(fs.readFileSync(path.join(resumed, name))), name);
      }
    }
    await (await createEnsemble(resumed, d)).append(numbered(d, 2, 0, 4), numbered(d, 1, 0, 4));
    const other = await createEnsemble(resumed, { ...d, provenance: { seed: 8 } });
    assert.equal(other.stored, 0, "what another configuration began is not continued");
  });

  it("who reads while another ensemble is being written over the first sees the first, whole, and then the second: never parts of both", async () => {
    const d = describeEnsemble(2, 3, 2000, true);
    const cells = cellsIn(d);
    const target = path.join(folder(), "e.zarr");
    const second = { ...d, provenance: { seed: 8 } };
    const [old, fresh] = [numbered(d, 2), numbered(d, 2).map((v) => v + 100)];
    await writeEnsemble(target, d, { fields: old, porosity: numbered(d, 1) });
    const writing: { stage: "appending" | "finishing" | "finished" } = { stage: "appending" };
    const seen = { old: 0, fresh: 0, none: 0 };
    const readOnce = async (): Promise<void> => {
      const before = writing.stage;
      try {
        const { fields } = await readEnsemble(target);
        const whole = [old, fresh].map((expected) => Buffer.from(fields.buffer).equals(Buffer.from(expected.buffer)));
        assert.ok(whole[0] || whole[1], "parts of both");
        if (before === "finished") assert.ok(whole[1]);
        seen[whole[0] ? "old" : "fresh"]++;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        assert.ok(error instanceof UserError || error instanceof DamagedFileError, String(error));
        // Only while the folders change places may there be nothing to read.
        assert.ok(writing.stage !== "appending" && before !== "finished", `${writing.stage}: ${String(error)}`);
        seen.none++;
      }
    };
    const reader = (async () => {
      while (writing.stage !== "finished") await readOnce();
      await readOnce();
    })();
    const writer = await createEnsemble(target, second);
    for (let k = 0; k < 6; k++) {
      await writer.append(fresh.subarray(k * 2 * cells, (k + 1) * 2 * cells), numbered(d, 1, k, k + 1));
      const reads = seen.old;
      while (seen.old === reads) await Promise.race([reader, new Promise((resolve) => setImmediate(resolve))]);
    }
    writing.stage = "finishing";
    await writer.finish();
    writing.stage = "finished";
    await reader;
    assert.ok(seen.old >= 6 && seen.fresh >= 1, JSON.stringify(seen));
    assert.deepEqual(fs.readdirSync(folder()), ["e.zarr"]);
  });

  it("NaN, too many fields, wrong sizes and unusable names are refused with their place", async () => {
    const d = describeEnsemble(2, 3, 4);
    const writer = await createEnsemble(path.join(folder(), "e"), d);
    const bad = numbered(d, 2);
    bad[4 * 2 * 4 + 4 + 2] = NaN;
    await assert.rejects(writer.append(bad), /phi of realisation 1 of condition 1 must be finite, got NaN in cell 2/);
    await assert.rejects(writer.append(new Float64Array(9)), /must be \[n, 2, 4\], got 9 values/);
    await assert.rejects(writer.append(new Float64Array(7 * 8)), /6 fields were announced, got 7/);
    await assert.rejects(writer.append(new Float64Array(8), new Float64Array(4)), /porosity must be left out/);
    await assert.rejects(writer.finish(), /6 fields were announced, got 0/);
    await writer.abandon();
    assert.deepEqual(fs.readdirSync(folder()), []);
    const named = (name: string): EnsembleDescription => ({ ...d, channels: [{ name, unit: "V" }] });
    await assert.rejects(createEnsemble(path.join(folder(), "e"), named("../a")), /"..\/a" is no array name/);
    await assert.rejects(createEnsemble(path.join(folder(), "e"), named("l")), /two arrays would be called l/);
  });

  it("a changed, shortened, lengthened or missing file is noticed, whichever it is", async () => {
    const d = describeEnsemble(2, 3, 4, true);
    const target = path.join(folder(), "e");
    await writeEnsemble(target, d, { fields: numbered(d, 2), porosity: numbered(d, 1) });
    const needed = [".zmetadata", "c/0.0.0", "phi/0.0.0", "eps/0.0.0", "l/0", "U0/0"];
    for (const name of needed) {
      const file = path.join(target, name);
      const good = fs.readFileSync(file);
      const flipped = Buffer.from(good);
      flipped[good.length >> 1] ^= 4;
      for (const content of [flipped, good.subarray(0, -1), Buffer.concat([good, Buffer.of(0)]), undefined]) {
        fs.rmSync(file);
        if (content !== undefined) fs.writeFileSync(file, content);
        await assert.rejects(readEnsemble(target), (e) => e instanceof UserError && e.message.includes(target), name);
      }
      fs.writeFileSync(file, good);
    }
    await readEnsemble(target);
    await assert.rejects(readEnsemble(path.join(folder(), "none")), /no such folder/);
    await assert.rejects(readEnsemble(folder()), /not an ensemble that was stored completely here/);
  });

  it("metadata from a stranger, checksums made to fit, are refused or describe what is there", async function () {
    this.timeout(30_000);
    const { createHash } = await import("node:crypto");
    const d = describeEnsemble(2, 3, 4);
    const target = path.join(folder(), "e");
    await writeEnsemble(target, d, { fields: numbered(d, 2) });
    const file = path.join(target, ".zmetadata");
    const sumsFile = path.join(target, ".checksums.json");
    const sums = JSON.parse(fs.readFileSync(sumsFile, "utf8")) as Record<string, string>;
    await fc.assert(
      fc.asyncProperty(mutations(fs.readFileSync(file)), async (damaged) => {
        fs.writeFileSync(file, damaged);
        const sum = createHash("sha256").update(damaged).digest("hex");
        fs.writeFileSync(sumsFile, JSON.stringify({ ...sums, ".zmetadata": sum }));
        try {
          return (await readEnsemble(target)).fields.length === 2 * 3 * 2 * 4;
        } catch (error) {
          return (
            error instanceof DamagedFileError || (error instanceof UserError && error.message.includes("no such file"))
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("xarray opens an ensemble with its dimensions, units, coordinates and provenance", async function () {
    this.timeout(60_000);
    const python = pythonWith("xarray", "zarr");
    if (python === undefined) this.skip();
    const d = describeEnsemble(3, 3, 200_000, true);
    const target = path.join(folder(), "e.zarr");
    await writeEnsemble(target, d, { fields: numbered(d, 2), porosity: numbered(d, 1) });
    const program = `
import json, sys, xarray
e = xarray.open_zarr(sys.argv[1])
assert set(e.data_vars) == {"c", "phi", "eps"}, e
assert set(e.coords) == {"x", "l", "U0"}, e
print(json.dumps({
  "dims": e.phi.dims, "shape": e.phi.shape, "units": [e.c.units, e.phi.units, e.x.units, e.l.units], "provenance": json.loads(e.provenance),
  "value": float(e.phi.isel(condition=2, realisation=2, x=199999)), "eps": float(e.eps.isel(condition=1, realisation=0, x=5)),
  "finite": bool(e.c.notnull().all()), "l": e.l.values.tolist(), "x": e.x.values[:2].tolist()}))`;
    assert.deepEqual(runPython(python, program, target), {
      dims: ["condition", "realisation", "x"],
      shape: [3, 3, 200_000],
      units: ["mol/m3", "V", "m", "m"],
      provenance: d.provenance,
      value: 8 + 0.1 + 199_999 / 1e6,
      eps: 3 + 5e-6,
      finite: true,
      l: d.conditions.map((c) => c.l),
      x: [(0.5 * 1e-4) / 200_000, (1.5 * 1e-4) / 200_000],
    });
  });

  it("a time that never ends is stored as the number that it is, and comes back; NaN is refused", async () => {
    const d = describeEnsemble(2, 3, 4);
    const timed = (time: number): EnsembleDescription => ({
      ...d,
      conditionQuantities: [...d.conditionQuantities, { name: "time", unit: "s" }],
      conditions: d.conditions.map((condition, i) => ({ ...condition, time: i === 0 ? 50 : time })),
    });
    const target = path.join(folder(), "e.zarr");
    await writeEnsemble(target, timed(Infinity), { fields: numbered(d, 2) });
    assert.deepEqual((await readEnsemble(target)).conditions, timed(Infinity).conditions);
    await assert.rejects(createEnsemble(target, timed(NaN)), /condition 1 must give time as a number, got NaN/);
  });

  describe("that xarray has stored again", function () {
    this.timeout(120_000);
    let python: string | undefined;
    before(function () {
      python = pythonWith("xarray", "zarr");
      if (python === undefined) this.skip();
    });
    /** Opens the ensemble as `e` and runs these lines, which store under out/NAME. */
    const rewritten = (source: string, lines: string): unknown =>
      runPython(
        python!,
        `import sys, warnings, xarray\nwarnings.simplefilter("ignore")\nout = sys.argv[2]\ne = ` +
          `xarray.open_zarr(sys.argv[1], chunks=None)\n${lines}\nprint(0)`,
        source,
        folder(),
      );

    it("on a plane is read with its axes in another order", async () => {
      const d = {
        ...describeEnsemble(2, 3, 5),
        axes: [
          { name: "x", length: 1e-4, cells: 5 },
          { name: "y", length: 3e-5, cells: 4 },
        ],
      };
      const source = path.join(folder(), "plane.zarr");
      await writeEnsemble(source, d, { fields: numbered(d, 2) });
      rewritten(
        source,
        `for v in e.variables: e[v].encoding.clear()
e.transpose("y", "condition", "x", "realisation").to_zarr(out + "/turned.zarr")`,
      );
      const { description, fields } = await readEnsemble(path.join(folder(), "turned.zarr"));
      assert.deepEqual(description, d);
      assert.deepEqual(fields, numbered(d, 2));
    });

    it("is read in versions 2 and 3, compressed or not, with its axes in another order: the same fields, names, units", async () => {
      const d = describeEnsemble(3, 4, 5, true);
      const source = path.join(folder(), "own.zarr");
      await writeEnsemble(source, d, { fields: numbered(d, 2), porosity: numbered(d, 1) });
      rewritten(
        source,
        `for v in e.variables: e[v].encoding.clear()
e.to_zarr(out + "/v3.zarr", zarr_format=3)
e.transpose("x", "realisation", "condition").to_zarr(out + "/v2.zarr", zarr_format=2)
e.isel(condition=1).astype("float32").to_zarr(out + "/one.zarr", zarr_format=3)
e.isel(x=slice(1, None)).to_zarr(out + "/cut.zarr")
xarray.Dataset({"a": ("y", [1.0])}).to_zarr(out + "/other.zarr")`,
      );
      for (const name of ["v3.zarr", "v2.zarr"]) {
        const { read, description } = await openEnsemble(path.join(folder(), name));
        assert.deepEqual(description, d, name);
        const { fields, porosity } = await read(5, 3);
        assert.deepEqual(fields, numbered(d, 2, 5, 8), name);
        assert.deepEqual(porosity, numbered(d, 1, 5, 8), name);
      }
      const one = await readEnsemble(path.join(folder(), "one.zarr"));
      assert.deepEqual([one.count, one.conditions.length], [4, 1]);
      assert.ok(Math.abs(one.conditions[0].l / 2e-5 - 1) < 1e-6);
      assert.deepEqual(one.fields, Float64Array.from(Float32Array.from(numbered(d, 2, 4, 8))));
      const refused = (name: string): Promise<unknown> => readEnsemble(path.join(folder(), name));
      await assert.rejects(
        refused("cut.zarr"),
        /cut\.zarr: its x are not the centres of equal cells of a whole domain/,
      );
      await assert.rejects(
        refused("other.zarr"),
        /other\.zarr: it has no axis x.* Remedy: an ensemble has the dimensions/,
      );
    });
  });
});
