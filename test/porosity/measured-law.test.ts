import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { LawValues } from "../../lib/porosity/fit-law";
import { drawLike } from "../../lib/porosity/law-test";
import { inSlabs, measuredLaw } from "../../lib/porosity/measured-law";
import { profilesFromFile } from "../../lib/porosity/profile-file";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { temporaryFolder } from "../temporary-folder";

const truth: LawValues = {
  covariance: "matern-3/2",
  nugget: 1e-4,
  epsMin: 0.2,
  epsMax: 0.5,
  mean: 0.3,
  scale: 0.8,
  correlationLength: 1e-5,
};
const bounds = { epsMin: 0.2, epsMax: 0.5 };
const kinds = ["matern-3/2"] as const;
const x = Float64Array.from({ length: 10 }, (_, i) => 1e-5 + i * 8e-6); // 72 um

describe("what measured profiles say of a law", function () {
  this.timeout(120_000);

  it("is the fit's best values as a configuration takes them, and what the data are", () => {
    const data = drawLike(truth, { x, profiles: [x, x, x] }, stream(1));
    const { law, estimates, test, data: seen } = measuredLaw(data, stream(2), { bounds, kinds, bootstrap: 3 });
    assert.deepEqual(law.bounds, [0.2, 0.5]);
    assert.deepEqual([law.mean, law.scale], [estimates.mean.value, estimates.scale.value]);
    assert.deepEqual([law.covariance, law.nugget, test.bootstrap], ["matern-3/2", 1e-4, 3]);
    assert.deepEqual([seen.profiles, seen.points], [3, 10]);
    assertClose("span", seen.span, 72e-6, { within: 1e-18 });
    const all = data.profiles.flatMap((p) => [...p]);
    const middle = all.reduce((a, b) => a + b) / 30;
    assertClose("mean", seen.mean, middle, { within: 1e-14 });
    const squares = all.reduce((sum, e) => sum + (e - middle) ** 2, 0);
    assertClose("std", seen.std, Math.sqrt(squares / 29), { within: 1e-14 });
  });

  it("the length is its interval, held between half a distance of points and twice the span", () => {
    const lengths = (correlationLength: number, profiles: number) => {
      const data = drawLike({ ...truth, correlationLength }, { x, profiles: Array.from({ length: profiles }, () => x) }, stream(3)); // prettier-ignore
      const { law, estimates } = measuredLaw(data, stream(4), { bounds, kinds, bootstrap: 1 });
      return { range: law.correlationLength as readonly [number, number], ...estimates.correlationLength };
    };
    const inside = lengths(1.5e-5, 20);
    assert.ok(inside.low > 4e-6 && inside.high < 144e-6, "a length that these data determine");
    assert.deepEqual(inside.range, [inside.low, inside.high]);
    const short = lengths(1e-7, 2);
    assert.ok(short.low < 4e-6, "shorter than any two points tell");
    assertClose("half a distance", short.range[0], 4e-6, { within: 1e-18 });
    const long = lengths(5e-4, 1);
    assert.ok(long.high > 144e-6, "longer than the span tells");
    assertClose("twice the span", long.range[1], 144e-6, { within: 1e-18 });
  });
});

describe("profiles in slabs", () => {
  const profiles = [Float64Array.of(1, 3, 5, 7, 9, 11, 13, 15, 17, 19).map((v) => v / 100)];

  it("are the means of as many neighbours each, as few as there may be; a rest at the end is left out", () => {
    const five = inSlabs({ x, profiles }, 5);
    [14e-6, 30e-6, 46e-6, 62e-6, 78e-6].forEach((at, i) => assertClose("x", five.x[i], at, { within: 1e-18 }));
    [0.02, 0.06, 0.1, 0.14, 0.18].forEach((e, i) => assertClose("eps", five.profiles[0][i], e, { within: 1e-15 }));
    assert.deepEqual([five.x.length, five.profiles[0].length, inSlabs({ x, profiles }, 4).x.length], [5, 5, 3]);
    assert.deepEqual(inSlabs({ x, profiles }, 10), { x, profiles });
    assert.equal(inSlabs({ x, profiles }, 9).x.length, 5);
  });

  it("are refused with fewer than four", () => {
    assert.throws(() => inSlabs({ x, profiles }, 3), /at least four points are needed, got 3/);
  });
});

describe("profiles from a file", () => {
  const folder = temporaryFolder();
  const written = (text: string): string => {
    const file = path.join(folder(), "profiles.csv");
    fs.writeFileSync(file, text);
    return file;
  };

  it("are in metres; shares of the thickness by the thickness, which is asked for there and refused elsewhere", () => {
    const micrometres = written("x_um,eps\n0,0.3\n50,0.4\n");
    assert.deepEqual([...profilesFromFile(micrometres).profiles[0]], [0.3, 0.4]);
    assertClose("x", profilesFromFile(micrometres).x[1], 5e-5, { within: 1e-18 });
    assert.throws(() => profilesFromFile(micrometres, { thickness: 1e-4 }), /profiles\.csv: a thickness has no effect/);
    const shares = written("x/L,eps\n0,0.3\n0.5,0.4\n");
    assert.deepEqual([...profilesFromFile(shares, { thickness: 8e-5 }).x], [0, 4e-5]);
    assert.deepEqual([...profilesFromFile(shares, { thickness: 8e-5 }).profiles[0]], [0.3, 0.4]);
    assert.throws(() => profilesFromFile(shares), /profiles\.csv: x\/L needs the thickness .*Remedy: --thickness 80um/);
  });

  it("that is not there is named", () => {
    assert.throws(() => profilesFromFile(path.join(folder(), "none.csv")), /none\.csv/);
  });
});
