import * as assert from "node:assert";
import { energyDistance } from "../../lib/diagnostics/energy-distance";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { moments, profileRatios, quantileProfiles } from "../../lib/diagnostics/moments";
import type { Fields } from "../../lib/fields/fields";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { assertStandard, meanAndStd } from "./calibration";
import { cells, syntheticFields, window } from "./synthetic-fields";

const repeats = 80;
const n = 150;
const pairs = (law = {}) =>
  Array.from({ length: repeats }, (_, r) => {
    const s = stream(11).child(r);
    return profileRatios(syntheticFields(n, s.child("a"), law), syntheticFields(2 * n, s.child("b")));
  });

describe("moments of an ensemble", () => {
  it("are those of four numbers done by hand", () => {
    const { mean, std, skewness, standardError } = moments(
      fieldSample(Float64Array.of(0, 0, 0, 4), { channels: 1, cells: 1 }),
    );
    assertClose("mean", mean[0], 1, { within: 1e-15 });
    assertClose("std", std[0], 2, { within: 1e-15 });
    assertClose("skewness", skewness[0], (3 * (-0.5) ** 3 + 1.5 ** 3) / 4, { within: 1e-15 });
    assertClose("error of the mean", standardError.mean[0], 1, { within: 1e-15 });
  });

  it("have the standard errors that many repetitions show, for a skewed law too", () => {
    const all = Array.from({ length: 400 }, (_, r) => {
      const x = stream(5).child(r).normals(500);
      return moments(
        fieldSample(
          x.map((v) => Math.exp(0.4 * v)),
          { channels: 1, cells: 1 },
        ),
      );
    });
    for (const name of ["mean", "std", "skewness"] as const) {
      const observed = meanAndStd(all.map((m) => m[name][0])).std;
      const told = meanAndStd(all.map((m) => m.standardError[name][0])).mean;
      // heavy tails make the told error of the skewness small at n = 500; the others are good to their own noise
      assertClose(`error of the ${name}`, told / observed, 1, {
        within: name === "skewness" ? 0.3 : 4 / Math.sqrt(800),
      });
    }
  });

  it("give a boundary cell no spread and no skewness", () => {
    const { std, skewness } = moments(syntheticFields(50, stream(1)));
    assert.deepStrictEqual([std[cells - 1], skewness[cells - 1], std[cells], skewness[cells]], [0, 0, 0, 0]);
  });

  it("refuse what is not finite and say where it is", () => {
    const values = new Float64Array(40);
    values[23] = NaN;
    assert.throws(() => fieldSample(values, { channels: 2, cells: 4 }), /NaN in field 2, channel 1 in cell 3/);
    assert.throws(() => fieldSample(values.subarray(1, 10), { channels: 2, cells: 4 }), /whole fields/);
  });
});

describe("L2 ratios over the profile", () => {
  it("centre on no bias and equal spread for equal laws, with the told errors", () => {
    const ratios = pairs();
    for (const channel of [0, 1]) {
      // |bias|^2 is a weighted sum of chi-squares; the heaviest tail is that of one alone, whose kurtosis is 15
      assertStandard(
        `bias of channel ${channel}`,
        ratios.map((r) => r[channel].bias.z),
        { kurtosis: 15 },
      );
      assertStandard(
        `spread of channel ${channel}`,
        ratios.map((r) => r[channel].std.z),
      );
      const skew = meanAndStd(ratios.map((r) => (r[channel].skewness.error / r[channel].skewness.floor) ** 2));
      assertClose("skewness error^2 over floor^2", skew.mean, 1, { within: 0.1 + (4 * skew.std) / Math.sqrt(repeats) });
    }
  });

  it("recover a bias of 0.3 and a spread of 0.9 that were put in", () => {
    const shifted = pairs({ shift: 0.3 });
    const narrow = pairs({ spread: 0.9 });
    const exact = exactShiftRatio(0.3);
    for (const channel of [0, 1]) {
      const bias = shifted.map((r) => r[channel].bias.corrected ** 2 * Math.sign(r[channel].bias.corrected));
      const { mean, std } = meanAndStd(bias);
      const within = 0.01 * exact[channel] ** 2 + (4 * std) / Math.sqrt(repeats);
      assertClose(`bias^2 of channel ${channel}`, mean, exact[channel] ** 2, { within });
      const told = meanAndStd(shifted.map((r) => r[channel].bias.standardError)).mean;
      const seen = meanAndStd(shifted.map((r) => r[channel].bias.corrected)).std;
      assertClose("its told error over the seen one", told / seen, 1, { within: 0.35 });
      const ratio = meanAndStd(narrow.map((r) => r[channel].std.ratio));
      assertClose(`spread of channel ${channel}`, ratio.mean, 0.9, {
        within: 0.002 + (4 * ratio.std) / Math.sqrt(repeats),
      });
    }
  });

  it("would notice at n = 2000 a bias of 0.1, a spread 15 % low and a Gaussian in place of a skewed law", () => {
    const reference = syntheticFields(4000, stream(3).child("reference"));
    const seen = (law: object) => profileRatios(syntheticFields(2000, stream(3).child("generated"), law), reference)[0];
    assert.ok(seen({ shift: 0.1 }).bias.z > 5);
    assert.ok(seen({ spread: 0.85 }).std.z < -4);
    const skewness = seen({ curve: 0 }).skewness;
    assert.ok(skewness.error > 3 * skewness.floor);
    assert.ok(Math.abs(seen({}).bias.z) < 5 && Math.abs(seen({}).std.z) < 4);
  });
});

describe("fields of many cells", () => {
  it("have the ratios and the energy distance of those of which each of their cells is one of many copies", () => {
    const copies = 60;
    const repeated = (fields: Fields): Fields => {
      const { count, cells: own } = fields;
      const values = new Float64Array(count * own * copies);
      for (let at = 0; at < values.length; at++) values[at] = fields.values[Math.floor(at / copies)];
      return fieldSample(values, { channels: 1, cells: own * copies });
    };
    const samples = [1, 2].map((seed) =>
      syntheticFields(60 + 20 * seed, stream(seed), { shift: 0.3 * seed }).channel(0),
    );
    assert.ok(cells * copies > 512);
    const [few, many] = [samples, samples.map(repeated)].map(([a, b]) => {
      const [{ bias, std }] = profileRatios(a, b);
      const { distance, nullError } = energyDistance(a, b, { stream: stream(3), splits: 1 });
      return { ...bias, ratio: std.ratio, ratioError: std.standardError, distance, nullError };
    });
    for (const [name, value] of Object.entries(few)) {
      // Products of some hundred rows in single precision; a distance is a difference of means of order one
      assertClose(name, many[name as keyof typeof many], value, { within: 2e-5 * Math.max(Math.abs(value), name === "distance" ? 1 : 0) }); // prettier-ignore
    }
  });
});

describe("quantile profiles", () => {
  it("interpolate between order statistics, cell by cell", () => {
    const sample = fieldSample(Float64Array.of(3, 30, 1, 10, 2, 20, 4, 40), { channels: 1, cells: 2 });
    const [median, low] = quantileProfiles(sample, [0.5, 0]);
    assert.deepStrictEqual([...median, ...low], [2.5, 25, 1, 10]);
    assert.throws(() => quantileProfiles(sample, [1.2]), /levels lie in \[0, 1\], got 1.2/);
  });
});

/** |shift|_2 / |std|_2 with the standard deviations from one large sample. */
function exactShiftRatio(shift: number): [number, number] {
  const { std } = moments(syntheticFields(40000, stream(99)));
  const norm = (channel: number) =>
    Math.sqrt(std.subarray(channel * cells, (channel + 1) * cells).reduce((a, s) => a + s * s, 0));
  const root = (channel: number) =>
    Math.sqrt(Array.from({ length: cells }, (_, j) => window(channel, j) ** 2).reduce((a, v) => a + v, 0));
  return [(5 * shift * root(0)) / norm(0), (1e-3 * shift * root(1)) / norm(1)];
}
