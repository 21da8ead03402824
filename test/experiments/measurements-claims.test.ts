/** The claims about posteriors hold for equal laws and fail for the faults that they are there for. */
import assert from "node:assert/strict";
import { type FieldBank } from "../../lib/experiments/measurements/banks";
import { assertBanks, assertPredictions, assertRanks } from "../../lib/experiments/measurements/claims";
import { simulatedGain } from "../../lib/experiments/measurements/design";
import { bankAnswers, errorRow, type ErrorRow, simulatedMeasurements } from "../../lib/experiments/measurements/errors";
import { predictedLaws } from "../../lib/experiments/measurements/predicted";
import { bankRanks, rankAmong, rankRow } from "../../lib/experiments/measurements/ranks";
import type { Observations, Sensors } from "../../lib/inverse/observations";
import { observed, sensors } from "../../lib/inverse/observations";
import type { TrainedModes } from "../../lib/model/trained-modes";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

/** Two channels of four cells: x = mean + M y, y ~ N(0, I) in three dimensions. */
const [channels, cells, rank] = [2, 4, 3];
const size = channels * cells;
const M = stream(1).normals(size * rank);
function bank(name: string, count: number, spread = 1): FieldBank {
  const y = stream(2)
    .child(name)
    .normals(count * rank);
  const fields = new Float64Array(count * size);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < size; i++) {
      fields[n * size + i] = 1 + i;
      for (let k = 0; k < rank; k++) fields[n * size + i] += spread * M[i * rank + k] * y[n * rank + k];
    }
  }
  return { fields, size };
}
const at = (i: number) => {
  return { name: `entry ${i}`, unit: "1", index: Int32Array.of(i), weight: Float64Array.of(1), constant: 0 };
};
const of: Sensors = sensors([at(1), at(6)], [0.4, 0.4], size);
const truths = bank("truths", 800);
const banks = { solver: bank("solver", 4000), again: bank("again", 4000), network: bank("network", 4000) };
const measured = simulatedMeasurements(truths, of, 30, stream(3));

function rows(ask?: (d: Observations) => Observations, network = banks.network): { errors: ErrorRow[] } {
  const reference = bankAnswers(banks.solver, of, measured);
  const row = (method: string, own: FieldBank, how?: typeof ask): ErrorRow =>
    errorRow(["two entries", method], bankAnswers(own, of, measured, how), reference, channels);
  return { errors: [row("solver again", banks.again), row("network", network, ask)] };
}
/** Claims write lines to standard output, which is no part of a test's report. */
function quietly(work: () => void): void {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    work();
  } finally {
    process.stdout.write = write;
  }
}
const faults: Readonly<Record<string, (d: Observations) => Observations>> = {
  "twice the noise": (d) => ({ ...d, std: d.std.map((s) => 2 * s) }),
  "a reversed sign": (d) => ({ ...d, value: d.value.map((v, j) => 2 * (1 + [1, 6][j]) - v) }),
  "a reading that is ignored": (d) => ({ ...d, std: Float64Array.of(d.std[0], 1e6) }),
};

describe("claims about fields between sensors", () => {
  it("hold for banks of one law", () => quietly(() => assertBanks(rows(), true)));

  for (const [name, fault] of Object.entries(faults)) {
    it(`fail for ${name}`, () => quietly(() => assert.throws(() => assertBanks(rows(fault), true), /does not hold/)));
  }

  it("fail for a law that is half as wide again", () => {
    quietly(() => assert.throws(() => assertBanks(rows(undefined, bank("wide", 4000, 1.5)), true), /does not hold/));
  });

  it("ranks are uniform for the law itself and not for a wrong noise or sign; a reading that is ignored they cannot see", () => {
    const all = simulatedMeasurements(truths, of, 500, stream(4));
    const ranksOf = (how: (d: Observations) => Observations = (d) => d) => {
      const { ranks, ess } = bankRanks(banks.network, of, all.map(how), truths, [2, 4]);
      assert.ok(ess > 50, `${ess} effective fields`);
      return { ranks: ranks.map((own, k) => ({ ...rankRow("network", `entry ${k}`, own), ess })) };
    };
    quietly(() => {
      assertRanks(ranksOf(), true);
      for (const name of ["twice the noise", "a reversed sign"]) {
        assert.throws(() => assertRanks(ranksOf(faults[name]), true), /does not hold/, name);
      }
      assertRanks(ranksOf(faults["a reading that is ignored"]), true); // what is left is a posterior too
    });
  });

  it("the rank among draws of the truth's own law is uniform, ties broken or not", () => {
    const draws = stream(5).normals(10 * 4000);
    const u = stream(6).uniforms(4000);
    const ranks = Array.from(u, (v, i) => rankAmong(draws.subarray(i * 10, i * 10 + 9), draws[i * 10 + 9], v));
    const row = rankRow("draws", "x", ranks, 9);
    assert.equal(row.counts.length, 10);
    assert.ok(row.p > 1e-4, `p ${row.p}`);
    assertClose("90 %", row.coverage.most, 0.9, { within: 4 * Math.sqrt(0.09 / 4000) });
  });

  it("the gain of one more sensor is the closed form's for a Gaussian", () => {
    const none = sensors([at(1)], [1e3], size); // says nothing
    const more = sensors([at(6)], [0.4], size);
    const variance = [0, 1, 2].reduce((sum, k) => sum + M[6 * rank + k] ** 2, 0);
    const { gain, error } = simulatedGain(banks.solver, truths, none, more, { measurements: 400, stream: stream(7) });
    assertClose("gain", gain, 0.5 * Math.log1p(variance / 0.16), { within: 4 * error + 0.01 });
  });

  it("predictions of guided samplers hold, and would not for a sampler of another weight", async () => {
    const identity = Float64Array.from({ length: size * rank }, (_, i) => (Math.floor(i / rank) === i % rank ? 1 : 0));
    const law = {
      dimension: size,
      rank,
      mean: new Float64Array(size),
      modes: identity,
      variance: Float64Array.of(2, 1, 0.3),
    };
    const trained = { modes: rank, gamma: 0.5, range: { min: -6, max: 3 } } as unknown as TrainedModes;
    const d = observed(sensors([at(0), at(1)], [0.1, 0.2], size), [1, -0.5]);
    const normalisation = { mean: [0, 0], std: [1, 1] };
    const predicted = await predictedLaws({ law, normalisation, trained }, d, { draws: 4000, stream: stream(8) });
    quietly(() => {
      assertPredictions({ predicted });
      const [first, ...others] = predicted.met;
      assert.throws(() => assertPredictions({ predicted: { ...predicted, met: [{ ...first, z: 20 }, ...others] } }));
    });
    const half = predicted.rows.find((row) => row.guidance === "pigdm" && row.weight === 0.6)!;
    const whole = predicted.rows.find((row) => row.guidance === "pigdm" && row.weight === 1 && row.levels === 20)!;
    assert.ok(Math.abs(half.logSpread) > 2 * Math.abs(whole.logSpread), "a weight that is off is seen in the spread");
  });
});
