/** The command porosity: from measurements to a law that a configuration takes. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { drawLike } from "../../lib/porosity/law-test";
import { stream } from "../../lib/random/stream";
import { configuration } from "../../lib/study/configuration";
import { problemAs } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";
import { temporaryFolder } from "../temporary-folder";
import { sgm } from "./run";
import { writeNpy } from "../storage/write-npy";

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
interface Result {
  readonly law: { readonly bounds: [number, number]; readonly correlationLength: [number, number] };
  readonly estimates: { readonly mean: Interval; readonly scale: Interval; readonly correlationLength: Interval };
  readonly test: { readonly both: number };
  readonly image?: { readonly area: number; readonly voxel: number };
  readonly meaning: string[];
}

describe("porosity, from profiles to a law", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const law = {
    covariance: "matern-3/2",
    nugget: 1e-4,
    epsMin: 0.25,
    epsMax: 0.45,
    mean: 0.3,
    scale: 0.8,
    correlationLength: 8e-6,
  } as const;
  const n = 16;
  const x = Float64Array.from({ length: n }, (_, i) => ((i + 0.5) * 5e-5) / n);
  const { profiles } = drawLike(law, { x, profiles: Array.from({ length: 8 }, () => x) }, stream(12));
  const run = async (file: string, ...more: string[]) => {
    const out = path.join(folder(), "law.json");
    const {
      status,
      out: said,
      err,
    } = await sgm("porosity", "--profiles", file, "--out", out, "--bootstrap", "19", ...more);
    assert.equal(status, 0, err);
    return { said, out, result: JSON.parse(fs.readFileSync(out, "utf8")) as Result };
  };

  it("a phantom's law is found: the truth within 4 standard errors, tested, and taken by a configuration", async () => {
    const file = path.join(folder(), "profiles.csv");
    const rows = [...x].map((at, i) => [at * 1e6, ...profiles.map((p) => p[i])].join(";").replace(/\./g, ","));
    fs.writeFileSync(file, `x_um;${profiles.map((_, p) => `sample${p + 1}`).join(";")}\n${rows.join("\n")}\n`);
    const { result, said, out } = await run(file, "--bounds", "0.25,0.45", "--covariance", law.covariance);
    for (const name of ["mean", "scale", "correlationLength"] as const) {
      const { low, value, high } = result.estimates[name];
      assert.ok(low < value && value < high, name);
      // An interval of 95 % reaches 1.96 standard errors to either side; 4 of them miss in 6 of 100,000 cases.
      const reach = law[name] > value ? high - value : value - low;
      assertClose(name, law[name], value, { within: (4 / 1.96) * reach });
    }
    assert.ok(result.test.both > 0.01);
    assert.match(said, /8 profiles of 16 points.*--set problem\.porosity=/s);
    const { problem } = configuration({ problem: { porosity: out } });
    const p = problemAs(problem);
    assert.deepEqual([p.porosity.law.epsMin, p.porosity.law.epsMax], [0.25, 0.45]);
    assert.deepEqual([p.conditions[0].min, p.conditions[0].max], result.law.correlationLength);
    assert.ok(result.law.correlationLength[0] < 8e-6 * 2 && result.law.correlationLength[1] > 4e-6);
  });

  it("an image says its voxel, its area and what they mean, and that another axis varies more", async () => {
    const [nz, ny, nx] = [8, 8, 24];
    const u = stream(2).uniforms(nz * ny * nx);
    const data = Float32Array.from(u, (v, i) => Number(v < 0.35 + 0.25 * Math.sin((i % nx) / 3)));
    const file = path.join(folder(), "image.npy");
    await writeNpy(file, { dtype: "float32", shape: [nz, ny, nx], data });
    const { result } = await run(file, "--voxel", "0.4um", "--pore", "1", "--axis", "z", "--bounds", "0.01,0.99");
    assertClose("area", result.image!.area, ny * nx * 1.6e-13, { within: 1e-20 });
    assert.match(result.meaning.join("\n"), /average over 30\.7 um2.*area.*--axis x/s);
  });

  for (const { what, name, text, more, says } of [
    {
      what: "x/L without the thickness",
      name: "a.csv",
      text: "x/L,eps\n0,0.3\n0.3,0.4\n0.6,0.35\n1,0.3\n",
      more: [],
      says: /needs the thickness.*--thickness 80um/,
    },
    {
      what: "a length without a unit",
      name: "a.csv",
      text: "x/L,eps\n0,0.3\n1,0.4\n",
      more: ["--thickness", "80"],
      says: /--thickness must be a length with its unit.*got "80"/,
    },
    {
      what: "an option without effect",
      name: "a.csv",
      text: "x_um,eps\n0,0.3\n1,0.4\n",
      more: ["--voxel", "1um"],
      says: /--voxel has no effect on a table/,
    },
    {
      what: "too few points, by file",
      name: "a.csv",
      text: "x_um,eps\n0,0.3\n50,0.4\n100,0.35\n",
      more: [],
      says: /a\.csv: .*at least one profile of four points is needed, got 1 of 3/,
    },
    {
      what: "an axis of a table, which has none",
      name: "a.csv",
      text: "x_um,eps\n0,0.3\n1,0.4\n",
      more: ["--axis", "z"],
      says: /--axis has no effect on a table/,
    },
    {
      what: "constant profiles",
      name: "a.csv",
      text: "x_um,eps\n0,0.3\n1,0.3\n2,0.3\n3,0.3\n",
      more: [],
      says: /a\.csv: .*nothing varies/,
    },
    { what: "a file that is not there", name: "", text: "", more: [], says: /none\.csv/ },
  ]) {
    it(`refuses ${what}`, async () => {
      if (name !== "") fs.writeFileSync(path.join(folder(), name), text);
      const args = ["--profiles", path.join(folder(), name || "none.csv"), "--out", path.join(folder(), "law.json")];
      const { status, err } = await sgm("porosity", ...args, ...more);
      assert.equal(status, 2);
      assert.match(err, says);
      assert.ok(!fs.existsSync(path.join(folder(), "law.json")));
    });
  }
});
