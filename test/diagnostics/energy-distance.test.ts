import * as assert from "node:assert";
import { energyDistance } from "../../lib/diagnostics/energy-distance";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { centredTogether, meanDistance, nearestDistances } from "../../lib/diagnostics/pair-distances";
import type { Fields } from "../../lib/fields/fields";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { assertStandard } from "./calibration";
import { syntheticFields } from "./synthetic-fields";

describe("energy distance", () => {
  it("equals the double sum over pairs written out plainly", () => {
    const [a, b] = [syntheticFields(23, stream(1)), syntheticFields(18, stream(2), { shift: 0.5 })];
    const got = energyDistance(a, b, { stream: stream(3), channel: 0, splits: 1 });
    const plain = plainEnergyDistance(a, b);
    assertClose("distance", got.distance, plain, { within: 1e-6 * Math.abs(plain) });
  });

  it("has a z of mean 0 and standard deviation 1 for equal laws, and a p that is uniform", () => {
    const results = Array.from({ length: 100 }, (_, r) =>
      energyDistance(syntheticFields(100, stream(4).child(r)), syntheticFields(150, stream(5).child(r)), {
        stream: stream(6).child(r),
        splits: 49,
      }),
    );
    // a weighted sum of chi-squares; the heaviest tail is that of one alone, whose kurtosis is 15
    assertStandard(
      "z",
      results.map(({ z }) => z),
      { kurtosis: 15 },
    );
    const low = results.filter(({ p }) => p <= 0.1).length;
    assertClose("share of p <= 0.1", low / 100, 0.1, { within: 4 * Math.sqrt(0.09 / 100) });
  });

  it("has the reference's null whatever the other sample: fields of a sampler that diverged change nothing in it", () => {
    const reference = syntheticFields(150, stream(5));
    const against = (shift: number) =>
      energyDistance(syntheticFields(100, stream(4), { shift }), reference, { stream: stream(6), splits: 9 });
    const [near, far] = [against(0), against(1e9)];
    assert.strictEqual(far.nullError, near.nullError);
    assert.deepStrictEqual(far.nullZ, near.nullZ);
    assert.ok(Number.isFinite(far.z) && far.z > 1e6, String(far.z));
  });

  it("takes distances in single precision that are good to 1e-7 of the cloud's size", () => {
    const [n, d] = [700, 40];
    const clouds = [1, 2].map((seed) => {
      const points = stream(seed)
        .normals(n * d)
        .map((v, k) => 100 + v * 0.7 ** (k % d));
      return { points, count: n, dimension: d };
    });
    const [x, y] = centredTogether(clouds);
    const plain = (p: Float64Array, q: Float64Array, i: number, j: number) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (p[i * d + k] - q[j * d + k]) ** 2;
      return Math.sqrt(sum);
    };
    let [sum, nearest] = [0, Infinity];
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += plain(x.points, y.points, i, j) / (n * n);
    for (let j = 0; j < n; j++) if (j !== 5) nearest = Math.min(nearest, plain(x.points, x.points, 5, j));
    assertClose("mean distance", meanDistance(x, y), sum, { within: 2e-7 * sum });
    assertClose("nearest neighbour of a point", nearestDistances(x, x)[5], nearest, { within: 1e-6 });
  });

  for (const { name, law } of [
    { name: "a mean off by 0.15", law: { shift: 0.15 } },
    { name: "a spread 12 % low", law: { spread: 0.88 } },
    { name: "a Gaussian in place of the skewed law", law: { curve: 0 } },
  ]) {
    it(`would notice ${name} at n = 1000`, () => {
      const reference = syntheticFields(1000, stream(8));
      const { z, p } = energyDistance(syntheticFields(1000, stream(7), law), reference, { stream: stream(9) });
      assert.ok(z > 3 && p <= 0.02, `z = ${z}, p = ${p}`);
    });
  }

  it("gives the same verdict under each scaling", () => {
    const [gen, ref] = [syntheticFields(400, stream(7), { shift: 0.4 }), syntheticFields(400, stream(8))];
    for (const scaling of ["profile", "largest", "cell"] as const) {
      assert.ok(energyDistance(gen, ref, { stream: stream(9), scaling }).z > 5, scaling);
    }
  });
});

function plainEnergyDistance(a: Fields, b: Fields): number {
  const { cells } = a;
  const c = (s: Fields) =>
    Array.from({ length: s.count }, (_, i) => Array.from(s.values.subarray(2 * i * cells, (2 * i + 1) * cells)));
  const [x, y] = [c(a), c(b)];
  const column = (j: number) => y.map((row) => row[j]);
  const variance = (v: number[]) => {
    const mean = v.reduce((p, q) => p + q, 0) / v.length;
    return v.reduce((p, q) => p + (q - mean) ** 2, 0) / (v.length - 1);
  };
  const norm = Math.sqrt(Array.from({ length: cells }, (_, j) => variance(column(j))).reduce((p, q) => p + q, 0));
  const mean = (p: number[][], q: number[][], same: boolean) => {
    let sum = 0;
    for (const u of p) for (const v of q) sum += Math.sqrt(u.reduce((t, uj, j) => t + (uj - v[j]) ** 2, 0)) / norm;
    return sum / (p.length * (same ? p.length - 1 : q.length));
  };
  return 2 * mean(x, y, false) - mean(x, x, true) - mean(y, y, true);
}

it("energy distance refuses samples of different shape", () => {
  const small = fieldSample(new Float64Array(40).map(Math.random), { channels: 1, cells: 4 });
  assert.throws(() => energyDistance(syntheticFields(20, stream(1)), small, { stream: stream(1) }), /same channels/);
});
