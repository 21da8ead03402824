import assert from "node:assert/strict";
import { lossOf, measures } from "../../lib/experiments/few-evaluations/claims";
import { assertFewEvaluations, fewEvaluationsTable, lossTable } from "../../lib/experiments/few-evaluations/figures";
import type { Contestant, FewEvaluations } from "../../lib/experiments/few-evaluations/stage";
import type { Fidelity } from "../../lib/experiments/sampling/fidelity";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { failedClaim } from "../notebook/claim-outcome";

const conditions = 8;
const noise = stream(1).normals(1000);

/** A sample as far from the solver as chance has it at condition i, and `worse` by so much in every measure. */
function fidelity(i: number, own: number, worse: number): Fidelity {
  const chance = (k: number): number => noise[(97 * i + 31 * own + k) % noise.length];
  const spectrum = Array.from({ length: 10 }, (_, k) => Math.exp(0.01 * chance(10 + k) + 0.1 * worse));
  return {
    squaredBias: [0, 1].map((k) => 1e-4 * chance(k) + 0.01 * worse),
    squaredBiasError: [1e-4, 1e-4],
    stdRatio: [2, 3].map((k) => Math.exp(0.01 * chance(k) + 0.1 * worse)),
    stdRatioError: [0.01, 0.01],
    skewness: [0.05, 0.05].map((s) => s * (1 + 0.1 * chance(4) + 5 * worse)),
    skewnessFloor: [0.05, 0.05],
    energyZ: chance(5) + 20 * worse,
    accuracy: [0.5, 0.5, 0.5].map((half, k) => half + 0.008 * chance(6 + k) + 0.5 * worse),
    spectrum: { ratio: spectrum, low: spectrum, high: spectrum },
  };
}

/** What the stage would give if n evaluations lost `worse`. */
function result(worse: (who: Contestant) => number): FewEvaluations {
  const who: Contestant[] = [
    ...[4, 8].map((evaluations) => ({ steps: "learnt" as const, evaluations })),
    ...[4, 8, 20].map((evaluations) => ({ steps: "formula" as const, evaluations })),
    { steps: "solver", evaluations: 0 },
  ];
  return {
    conditions: Array.from({ length: conditions }, (_, i) => ({ l: i })),
    contestants: who.map((one, own) => ({
      ...one,
      fidelity: Array.from({ length: conditions }, (_, i) => fidelity(i, own, worse(one))),
    })),
  };
}
const few = ({ evaluations, steps }: Contestant): number => {
  if (evaluations === 4) return steps === "learnt" ? 0.1 : 0.3;
  return evaluations === 8 && steps === "formula" ? 0.1 : 0;
};

describe("few evaluations", () => {
  it("lose nothing where eight learnt ones are as good as twenty", () => {
    assert.equal(
      failedClaim(() => assertFewEvaluations(result(few))),
      undefined,
    );
  });

  it("are refused where eight are worse, and where four learnt ones are no better than the formula", () => {
    const eight = result((who) => (who.evaluations === 8 && who.steps === "learnt" ? 0.1 : few(who)));
    assert.match(failedClaim(() => assertFewEvaluations(eight)) ?? "", /8 learnt evaluations lose no more than chance/);
    const four = result((who) => (who.steps === "learnt" && who.evaluations === 4 ? 0.4 : few(who)));
    assert.match(failedClaim(() => assertFewEvaluations(four)) ?? "", /with 4 evaluations learnt steps give/);
  });

  it("a loss is the mean difference, and chance that of two solver ensembles", () => {
    const z = lossOf(result(few), { steps: "learnt", evaluations: 4 }, measures["energy distance, z"]);
    // 20 x 0.1 beside the difference of two means of unit normals
    assertClose("loss", z.mean, 2, { within: 4 * Math.sqrt(2 / conditions) });
    // Student's t with 7 degrees of freedom exceeds 4.2 in a seventh of a per cent (tables: 4.21 to 4.35); the standard
    // deviation of eight unit normals is known to a quarter
    assertClose("chance", z.chance, 4.3 * Math.SQRT2 * Math.sqrt(1 / conditions), { within: 3 * 0.25 * 2.15 });
  });

  it("have a line for each contestant and each measure", () => {
    const table = fewEvaluationsTable(result(few));
    assert.deepEqual(
      table.map((row) => row["fields from"]),
      [
        "4 evaluations, learnt steps",
        "8 evaluations, learnt steps",
        "4 evaluations, steps of the formula",
        "8 evaluations, steps of the formula",
        "20 evaluations, steps of the formula",
        "second solver ensemble",
      ],
    );
    const losses = lossTable(result(few));
    assert.equal(losses.length, Object.keys(measures).length);
    assert.deepEqual(Object.keys(losses[0]), ["measure", "loss with 4", "loss with 8", "chance, at most"]);
  });
});
