import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { assertClose } from "../assert-close";
import { temporaryFolder } from "../temporary-folder";
import { axisOf, gridOf } from "../../lib/transport/domain";
import { problem } from "../../lib/transport/problems";
import { sgm } from "./run";
import { writeNpy } from "../storage/write-npy";

describe("solve with a porosity profile from a table", () => {
  const folder = temporaryFolder();
  const put = (name: string, text: string): string => {
    fs.writeFileSync(path.join(folder(), name), text);
    return path.join(folder(), name);
  };
  const cases = (): string => put("cases.json", JSON.stringify([{ eps: "profile.csv", F_right: 20 }]));

  it("interpolates it linearly to the cells and solves there", async () => {
    put("profile.csv", "x,eps\n0,0.3\n5e-5,0.4\n1e-4,0.3\n");
    const { status, out } = await sgm("solve", "--problem", "electrode-published", "--cases", cases(), "--cells", "10");
    assert.equal(status, 0);
    const p = problem("electrode-published");
    const { centres } = axisOf(p, 10);
    const eps = centres.map((x) => 0.3 + 0.1 * (1 - Math.abs(x / 5e-5 - 1)));
    const expected = new Float64Array(20);
    p.solver(gridOf(p, 10)).solve(eps, { l: 1e-5, U0: 0, F_right: 20 }, expected);
    const [{ phi }] = JSON.parse(out) as { phi: number[] }[];
    phi.forEach((v, i) =>
      assertClose(`phi in cell ${i}`, v, expected[10 + i], { within: 1e-12 * Math.abs(expected[19]) }),
    );
  });

  for (const { what, text, says } of [
    {
      what: "places that do not increase",
      text: "x,eps\n0,0.3\n6e-5,0.4\n5e-5,0.3\n",
      says: /profile\.csv.*x must increase/,
    },
    {
      what: "a word in the place of a number",
      text: "x,eps\n0,0.3\n1e-4,much\n",
      says: /profile\.csv, line 3.*two numbers/,
    },
    { what: "an empty table", text: "", says: /profile\.csv.*at least two lines/ },
    { what: "a porosity above 1", text: "x,eps\n0,0.3\n1e-4,3\n", says: /eps/ },
  ]) {
    it(`refuses ${what} with status 2 and leaves no file`, async () => {
      put("profile.csv", text);
      const out = path.join(folder(), "out.json");
      const { status, err } = await sgm("solve", "--problem", "electrode", "--cases", cases(), "--out", out);
      assert.equal(status, 2);
      assert.match(err, says);
      assert.ok(!fs.existsSync(out));
    });
  }

  it("converts the unit of its header: the right value, not that of metres", async () => {
    const given = (name: string) => put("cases.json", JSON.stringify([{ eps: name, F_right: 3, k_rn: 0.3 }]));
    const solve = (name: string) => sgm("solve", "--problem", "electrode", "--cases", given(name));
    put("um.csv", "x_um,eps\n0,0.30\n50,0.45\n100,0.30\n");
    put("share.csv", "  # shares of the thickness\nx/L;eps\n0;0,30\n0,5;0,45\n1;0,30\n");
    for (const name of ["um.csv", "share.csv"]) {
      const { status, out, err } = await solve(name);
      assert.equal(status, 0, err);
      const [{ c }] = JSON.parse(out) as { c: number[] }[];
      assertClose("c(0), mol/m3", c[0], 1145.93070492581, { within: 1e-8 });
    }
  });

  it("a table without a unit that goes beyond the electrode is refused, and one that does not cover it", async () => {
    put("profile.csv", "x,eps\n0,0.30\n50,0.45\n100,0.30\n");
    const beyond = await sgm("solve", "--problem", "electrode", "--cases", cases());
    assert.equal(beyond.status, 2);
    assert.match(beyond.err, /case 0: .*profile\.csv: x goes to 100, .*beyond the electrode.*Remedy: .*x_um,eps/);
    put("profile.csv", "x_um,eps\n0,0.30\n50,0.45\n");
    const short = await sgm("solve", "--problem", "electrode", "--cases", cases());
    assert.match(short.err, /case 0: .*profile\.csv: x must cover the cell centres/);
  });

  it("--set gives the problem another physics, and is refused for what is none", async () => {
    put("profile.csv", "x/L,eps\n0,0.30\n1,0.45\n");
    const solve = (...set: string[]) =>
      sgm("solve", "--problem", "electrode", "--cases", cases(), ...set.flatMap((s) => ["--set", s]));
    const [own, thin] = [await solve(), await solve("problem.parameters.thickness=5e-5")];
    assert.equal(thin.status, 0, thin.err);
    assert.notEqual(own.out, thin.out);
    assert.match((await solve("sampler.steps=3")).err, /--set sampler has no effect here/);
    assert.match((await solve("problem.parameters.kapa0=3")).err, /kapa0 is no parameter/);
  });

  it("says which file is missing", async () => {
    const { status, err } = await sgm(
      "solve",
      "--problem",
      "electrode",
      "--cases",
      put("c.json", '[{"eps": "none.csv"}]'),
    );
    assert.equal(status, 2);
    assert.match(err, /none\.csv/);
  });

  it("an array from NumPy gives the fields of the same list of numbers, and one of another form is refused", async () => {
    const eps = Float64Array.from({ length: 7 }, (_, i) => 0.3 + 0.01 * i);
    await writeNpy(path.join(folder(), "profile.npy"), { dtype: "float64", shape: [7], data: eps });
    const solve = (profile: unknown) =>
      sgm("solve", "--problem", "electrode", "--cases", put("c.json", JSON.stringify([{ eps: profile, F_right: 20 }])));
    const [array, list] = [await solve("profile.npy"), await solve([...eps])];
    assert.equal(array.status, 0, array.err);
    assert.equal(array.out, list.out);
    for (const [name, stored, says] of [
      [
        "two.npy",
        { dtype: "float64", shape: [1, 7], data: eps },
        /two\.npy: eps must be .* \[cells\], got float64 \[1, 7\]/,
      ],
      ["whole.npy", { dtype: "int32", shape: [2], data: Int32Array.of(1, 1) }, /whole\.npy: .* got int32 \[2\]/],
      ["none.npy", { dtype: "float64", shape: [0], data: new Float64Array(0) }, /none\.npy: .* got float64 \[0\]/],
      ["nan.npy", { dtype: "float64", shape: [2], data: Float64Array.of(0.3, NaN) }, /\(0, 1\].*got NaN in cell 1/],
    ] as const) {
      await writeNpy(path.join(folder(), name), stored);
      const { status, err } = await solve(name);
      assert.equal(status, 2);
      assert.match(err, says);
    }
    fs.writeFileSync(path.join(folder(), "text.npy"), "x,eps\n");
    assert.match((await solve("text.npy")).err, /text\.npy/);
  });
});
