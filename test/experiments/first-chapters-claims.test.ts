/** The sentences of chapters 1 to 4: each holds of what it is about, and fails when that is broken on purpose. */
import assert from "node:assert/strict";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { moments, profileRatios } from "../../lib/diagnostics/moments";
import type { Fields } from "../../lib/fields/fields";
import { closePool } from "../../lib/threads/pool";
import { stream } from "../../lib/random/stream";
import {
  assertSinglePrecision,
  comparePrecisions,
  compareSpreads,
  type PrecisionComparison,
  precisionFieldsFigure,
} from "../../lib/experiments/porosity-and-transport/single-precision";
import { assertSampling } from "../../lib/experiments/sampling/figures";
import type { Trained } from "../../lib/experiments/sizes";
import { assertTraining } from "../../lib/experiments/training/figures";
import {
  assertGaussianPart,
  assertPublishedEnsemble,
  compareWithPublished,
} from "../../lib/experiments/training-data/figures";
import type { Contestant } from "../../lib/experiments/sampling/contenders";
import type { Evaluation } from "../../lib/experiments/sampling/stage";
import type { Fidelity } from "../../lib/experiments/sampling/fidelity";
import { openStudy, type Study } from "../../lib/study/study";
import { failedClaim } from "../notebook/claim-outcome";
import { publishedCondition } from "../../lib/transport/published-conditions";

/** value -> change(value, channel) in every cell. */
function changed(sample: Fields, change: (value: number, channel: number, k: number) => number): Fields {
  return sample.with(sample.values.map((v, k) => change(v, Math.floor(k / sample.cells) % 2, k)));
}
/**
 * Around its own mean, one channel's fluctuation times a factor, and that mean moved by so many standard deviations.
 */
function altered(sample: Fields, which: number, { times = 1, by = 0 }: { times?: number; by?: number }): Fields {
  const { mean, std } = moments(sample);
  const d = mean.length;
  return changed(sample, (v, channel, k) =>
    channel === which ? mean[k % d] + times * (v - mean[k % d]) + by * std[k % d] : v,
  );
}

describe("the claims of chapters 1 and 2", function () {
  this.timeout(120_000);
  const count = 300;
  let study: Study;
  let sound: PrecisionComparison;
  let double: Fields;
  let single: Fields;
  before(async () => {
    study = openStudy({ preset: "smoke" });
    sound = (await comparePrecisions(study, count))!;
    const solve = (precision: "double" | "single") =>
      study.solve(publishedCondition, count, "precision", { precision });
    [double, single] = [await solve("double"), await solve("single")];
  });
  after(closePool);

  const fails = (change: Partial<PrecisionComparison>, roughness = 0.03): string =>
    failedClaim(() => assertSinglePrecision({ ...sound, ...change }, roughness)) ?? "every claim holds";

  it("single precision: hold of the two solvers, and of a sample too small to place a share exactly", () => {
    assert.equal(fails({}), "every claim holds");
    assert.equal(precisionFieldsFigure(sound).name, "01-precision-fields");
    assert.ok(sound.largestError.cured < sound.cureBound && sound.cureBound < 1e-6);
  });

  it("fail when both solvers compute in double precision, and when round-off is most of the variance", () => {
    assert.match(fails(compareSpreads(double, double)), /about half/);
    assert.match(fails(compareSpreads(double, altered(single, 1, { times: 2 }))), /about half/);
  });

  it("fail when the published spread is not that of single precision: it stands 30 % off", () => {
    const { single: s, double: d } = sound.overPublished!;
    const off = { single: { ...s, value: 1.3 * s.value }, double: d };
    assert.match(fails({ overPublished: off }), /is that of single precision/);
    assert.match(fails({ overPublished: { single: s, double: { ...d, value: 0.95 } } }), /not that of double/);
  });

  it("fail when single precision spreads c too, moves a mean by 0.3 of its spread, or the cure is none", () => {
    assert.match(fails(compareSpreads(double, altered(single, 0, { times: 1.1 }))), /spread of c is untouched/);
    assert.match(fails(compareSpreads(double, altered(single, 1, { by: 0.3 }))), /the mean of phi moves/);
    const { single: error } = sound.largestError;
    assert.match(fails({ largestError: { single: error, cured: error } }), /without subtraction/);
  });

  it("fail when the potential is as rough as the porosity; on few cells that is not claimed", () => {
    assert.match(fails({}, 1), /smoother/);
    const { grid } = sound.shape;
    assert.equal(fails({ shape: { ...sound.shape, grid: { ...grid, cells: 20 } } }, 1), "every claim holds");
  });

  it("the published ensemble: hold of the solver in double precision, fail of moved means and wrong spreads", () => {
    const of = (sample: Fields): string =>
      failedClaim(() => assertPublishedEnsemble(compareWithPublished(study, sample)!)) ?? "every claim holds";
    assert.equal(of(double), "every claim holds");
    assert.match(of(altered(double, 0, { by: 0.5 })), /our mean of c/);
    assert.match(of(altered(double, 1, { by: 0.5 })), /our mean of phi/);
    assert.match(of(altered(double, 0, { times: 1.4 })), /our spread of c/);
    assert.match(of(single), /our spread of phi is below/);
  });

  it("the Gaussian part: hold of a Gaussian beside a skewed law of equal moments, fail of a bias, a wide one, and where both are Gaussian", () => {
    const [n, cells] = [2000, 6];
    /** Sums of one common and one own variable a cell; skewed: (chi^2_2 - 2) / 2 in the place of a normal. */
    const draw = (name: string, skewed: boolean): Fields => {
      const z = stream(1).child(name).normals(2 * n * 2 * cells); // prettier-ignore
      const one = (k: number): number => (skewed ? (z[2 * k] ** 2 + z[2 * k + 1] ** 2 - 2) / 2 : z[2 * k]);
      const values = Float64Array.from({ length: n * 2 * cells }, (_, k) => one(k));
      return fieldSample(values, { channels: 2, cells });
    };
    const [gaussian, solver] = [draw("gaussian", false), draw("solver", true)];
    const of = (a: Fields, b: Fields): string =>
      failedClaim(() => assertGaussianPart({ channels: study.problem.channels, ratios: profileRatios(a, b) }, 3072)) ??
      "every claim holds";
    assert.equal(of(gaussian, solver), "every claim holds");
    assert.match(of(altered(gaussian, 1, { by: 0.2 }), solver), /the mean of phi/);
    assert.match(of(altered(gaussian, 0, { times: 1.2 }), solver), /the spread of c/);
    assert.match(of(gaussian, draw("again", false)), /not Gaussian/);
  });
});

describe("the claims of chapter 3", () => {
  const gains = [0.05, 0.1, 0.18, 0.16, 0.16, 0.26, 0.24, 0.015];
  const noise = (b: number, k: number): number => 0.004 * Math.sin(12.9898 * (b + 8 * k)); // in place of chance
  const log = ({ heldOut = gains, loss = 0.547 } = {}) => ({
    log: [{
      step: 4000,
      loss: 0.547,
      gradientNorm: 1,
      explained: gains.map((g, b) => g + noise(b, 0)),
      heldOut: { loss, explained: heldOut.map((g, b) => g + noise(b, 1)) },
    }],
  }) as unknown as Parameters<typeof assertTraining>[0]; // prettier-ignore
  const fails = (change: Parameters<typeof log>[0]): string =>
    failedClaim(() => assertTraining(log(change))) ?? "every claim holds";

  it("hold of a network that learns at every noise level, held out or not", () => {
    assert.equal(fails({}), "every claim holds");
  });

  it("fail of one that learnt nothing, of one that only knows its training fields, and of one that harms a band", () => {
    assert.match(fails({ heldOut: gains.map(() => 0) }), /removes a twentieth/);
    const memorised = gains.map((g) => g - 0.2);
    assert.match(fails({ heldOut: memorised, loss: 0.6 }), /removes a twentieth|nowhere/);
    assert.match(fails({ loss: 0.6 }), /losses agree/);
    assert.match(fails({ heldOut: gains.map((g, b) => (b === 7 ? -0.08 : g)) }), /nowhere does it lose/);
  });

  it("are not made of a shorter training, and stop on one that is long enough", () => {
    const nothing = log({ heldOut: gains.map(() => 0) });
    const after = (here: number) =>
      failedClaim(() => assertTraining(nothing, { trained: [{ of: "training.steps", least: 11500, here }] }));
    assert.equal(after(25), undefined);
    assert.match(after(11500) ?? "", /removes a twentieth/);
    assert.equal(failedClaim(() => assertTraining(nothing, { trained: false })), undefined); // prettier-ignore
  });
});

describe("the claims of chapter 4", () => {
  const fidelity = (change: Partial<Fidelity> = {}): Fidelity => ({
    squaredBias: [1e-4, 1e-4],
    squaredBiasError: [2e-4, 2e-4],
    stdRatio: [1.004, 0.997],
    stdRatioError: [0.01, 0.01],
    skewness: [0.1, 0.1],
    skewnessFloor: [0.08, 0.08],
    energyZ: 0.4,
    accuracy: [0.51],
    spectrum: { ratio: [1], low: [0.98], high: [1.02] },
    ...change,
  });
  const sound: Record<Contestant, Fidelity> = {
    network: fidelity(),
    calibrated: fidelity(),
    gaussian: fidelity({ energyZ: 5, accuracy: [0.64] }),
    solver: fidelity({ energyZ: 0.3 }),
  };
  const fails = (
    change: Partial<Record<Contestant, Partial<Fidelity>>>,
    fixedCells = 1e-14,
    trained: Trained = true,
  ): string => {
    const own = Object.fromEntries(
      Object.entries(sound).map(([who, f]) => [who, { ...f, ...change[who as Contestant] }]),
    );
    const conditions = Array.from({ length: 8 }, () => ({ condition: {}, fidelity: own, profile: {}, fixedCells }));
    const evaluation = { conditions } as unknown as Evaluation;
    return failedClaim(() => assertSampling(evaluation, { trained })) ?? "every claim holds";
  };

  it("hold of a network near the solver and a Gaussian that is not", () =>
    assert.equal(fails({}), "every claim holds"));

  it("fail of a bias or a spread of 5 %, of a boundary value that is missed, and of solvers that differ", () => {
    assert.match(fails({ network: { squaredBias: [0.05 ** 2, 0.05 ** 2] } }), /squared bias/);
    assert.match(fails({ network: { stdRatio: [1.05, 1.05] } }), /spread at held-out/);
    assert.match(fails({}, 1e-8), /are exact at condition 1/);
    assert.match(fails({ solver: { energyZ: 4 } }), /two solver ensembles/);
  });

  it("fail of a network that is no better than the Gaussian", () => {
    assert.match(fails({ network: { energyZ: 4 } }), /nearer to the solver/);
    assert.match(fails({ network: { accuracy: [0.62] } }), /classifier/);
  });

  it("are not made of too few levels of the flow; what the solver alone must keep stops all the same", () => {
    const levels = (here: number): Trained => [{ of: "sampler.steps", least: 20, here }];
    const wide = { network: { stdRatio: [1.05, 1.05] } };
    assert.equal(fails(wide, 1e-14, levels(4)), "every claim holds");
    assert.match(fails(wide, 1e-14, levels(20)), /spread at held-out/);
    assert.match(fails({ solver: { energyZ: 4 } }, 1e-14, levels(4)), /two solver ensembles/);
    assert.match(fails({}, 1e-8, levels(4)), /are exact at condition 1/);
  });
});
