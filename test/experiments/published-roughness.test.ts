import assert from "node:assert/strict";
import { ofProblem } from "../../lib/transport/of-problem";
import { problem } from "../../lib/transport/problems";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { stream } from "../../lib/random/stream";
import { claimPublishedRoughness } from "../../lib/experiments/floor-spectra/claims";
import { floorFigure } from "../../lib/experiments/floor-spectra/figures";
import { published } from "../../lib/experiments/original/profiles";
import { publishedRoughness, publishedRoughnessTable } from "../../lib/experiments/floor-spectra/published-roughness";
import { type FloorSpectra, type FloorSpectrum, roundingRatios } from "../../lib/experiments/floor-spectra/stage";
import { assertClose } from "../assert-close";

const cells = 100;
const { ratios, normalisation } = published();
const floor = 4.472e-4;
const sources = ["solver", "without last step", "with last step"] as const;

/**
 * A result in which floor, round-off and nothing else would make `explained` of the published excess power of either
 * channel.
 */
function resultOf(explained: number, change: Partial<FloorSpectra> = {}): FloorSpectra {
  const k = [1, 1.12];
  const secondDifference = (["c", "phi"] as const).map((channel, ch) => {
    const total = (ratios.beta_max_20[channel].roughness_ratio * k[ch]) ** 2 - 1;
    const white = explained * total - (k[ch] ** 2 - 1);
    return Math.sqrt((6 * (floor * normalisation.std[channel]) ** 2) / white);
  });
  const spectra = sources.flatMap((source) =>
    [0, 1].map((channel): FloorSpectrum => {
      const flat = Array.from({ length: cells - 2 }, () => 1e-8);
      const one = { rms: 1, rmsError: 0.005, predictedRms: 1, high: 1, highError: 0.01 };
      return { source, channel, power: flat, powerError: flat, predicted: flat, ...one };
    }),
  );
  return {
    ...ofProblem(problem("electrode-published")),
    betaMax: 20,
    tMin: 1e-4,
    steps: 1000,
    count: 1000,
    predictedFloor: floor,
    floor: [floor, floor],
    floorError: [0, 0],
    spectra,
    unit: [5, 2.6e-3],
    secondDifference,
    secondDifferenceError: [0.003, 0.003],
    rounding: k.map((ratio) => ({ ratio, error: 0.005 })),
    ...change,
  };
}

/** What the claim says when it does not hold; its printed lines are kept from the report. */
function refused(result: FloorSpectra): string | undefined {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (() => true) as typeof process.stdout.write;
  try {
    claimPublishedRoughness(result);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    process.stdout.write = write;
  }
}

describe("the published roughness", () => {
  it("is taken apart into floor, round-off and what is left over", () => {
    const [c, phi] = publishedRoughness(resultOf(0.85));
    assertClose("share of c", c.floorShare, 0.85, { within: 1e-12 });
    assert.equal(c.roundOffShare, 0);
    assertClose("shares of phi", phi.floorShare + phi.roundOffShare, 0.85, { within: 1e-12 });
    for (const p of [c, phi]) {
      assertClose("left over", p.leftOver, 0.15, { within: 1e-12 });
      // white noise beside white noise
      assertClose("floor beside white", (p.floor / p.white) ** 2, p.floorShare, { within: 1e-12 });
    }
    assertClose("phi over exact", phi.overExact, 1.12 * ratios.beta_max_20.phi.roughness_ratio, { within: 1e-12 });
  });

  it("claims that the floor is most of it, and refuses a floor that is half, that is more than all, that is above the spread of a fixed cell", () => {
    assert.equal(refused(resultOf(0.85)), undefined); // prettier-ignore
    assert.match(refused(resultOf(0.5)) ?? "", /explains most of it/);
    assert.match(refused(resultOf(1.4)) ?? "", /no more than round-off leaves/);
    const R = resultOf(0.85).secondDifference.map((r) => 2 * r);
    const larger = resultOf(0.85, { predictedFloor: 2 * floor, secondDifference: R });
    assert.match(refused(larger) ?? "", /has no spread/);
  });

  it("is drawn above the solver's spectrum, and left out where nothing was published", () => {
    const drawn = (result: FloorSpectra) =>
      (floorFigure(result).rows as { source: string; channel: string; wavenumber: number; amplitude: number }[]).filter(
        (r) => r.source === "published, if white",
      );
    // By Parseval the power of the white part over all waves is 6 a cell; the wave of the mean is not drawn.
    const result = resultOf(0.85);
    const [c] = publishedRoughness(result);
    const own = 5 ** 2 * 1e-8;
    const rows = drawn(result).filter((r) => r.channel === "c");
    assert.equal(rows.length, cells - 3);
    const power = rows.reduce((sum, r) => sum + r.amplitude ** 2 - own, 0) / c.white ** 2;
    // the mean second difference: at most |D^T C_0|^2 = 4 / (cells - 2)
    assertClose("power", power, 6 * (cells - 2), { within: 4 });
    for (const other of [
      resultOf(0.85, { betaMax: 3 }),
      resultOf(0.85, { tMin: 1e-3 }),
      resultOf(0.85, { rounding: undefined }),
    ]) {
      assert.deepEqual(publishedRoughness(other), []);
      assert.deepEqual(drawn(other), []);
      assert.equal(publishedRoughnessTable(other).length, 1);
      assert.equal(refused(other), undefined); // prettier-ignore
    }
  });
});

describe("the ratio of roughness of two precisions", () => {
  it("of fields with white noise of known variance beside the same fields is sqrt(1 + v), with an error that covers it", () => {
    const shape = { channels: 2, cells: 32 };
    const count = 500;
    const d = 64;
    const smooth = stream(4)
      .child("fields")
      .normals(count * d); // white themselves, variance 1
    const noise = stream(4)
      .child("noise")
      .normals(count * d);
    const rounded = smooth.map((x, k) => x + (k % d < 32 ? 0 : 0.5 * noise[k])); // the second channel only
    const [c, phi] = roundingRatios(fieldSample(smooth, shape), fieldSample(rounded, shape));
    assert.equal(c.ratio, 1);
    assert.equal(c.error, 0);
    assertClose("ratio", phi.ratio, Math.sqrt(1.25), { within: 4 * phi.error });
    // With M = D^T D, tr M = 180, tr M^2 = 2100 (end cells apart): the pairs differ by x^T M n + (n^T M n - x^T M
    // x) / 4 over 1.25 tr M, of variance (2100 + 2 * 2 * 2100 / 16) / 225^2 = 0.0519; unpaired the error would be 2.2
    // times as large.
    assertClose("its error", phi.error, 0.5 * Math.sqrt(1.25) * Math.sqrt(0.0519 / count), {
      within: 0.15 * phi.error,
    });
  });
});
