import assert from "node:assert/strict";
import { forwardOperations } from "../../lib/network/operation-count";
import { fast, published } from "../../lib/network/architectures";
import {
  adjustedP,
  assertWorkPrecision,
  costTable,
  evaluationsToFloor,
  families,
  theoreticalOrder,
  workPrecisionFigure,
} from "../../lib/experiments/work-precision/figures";
import { gridMethods } from "../../lib/experiments/work-precision/samplers";
import type { NetworkRow } from "../../lib/experiments/work-precision/network-rows";
import type { WorkPrecision } from "../../lib/experiments/work-precision/stage";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { failedClaim } from "../notebook/claim-outcome";

const steps = [16, 32, 64, 128, 256];
const logRange = 12;
const row = (sampler: NetworkRow["sampler"], evaluations: number, z: number): NetworkRow => {
  return { sampler, evaluations, energy: z * 5e-4, z, secondsPerField: 1e-4 };
};

/** What the stage would give if every sampler kept its order; `change` breaks something. */
function ideal(change: Partial<WorkPrecision> & { orders?: Partial<Record<string, number>> } = {}): WorkPrecision {
  const { orders = {}, ...rest } = change;
  const exact = gridMethods.flatMap((sampler) =>
    steps.map((n) => {
      const h = logRange / n;
      const total = 0.1 * h ** (orders[sampler] ?? theoreticalOrder[sampler]) * (1 + 0.3 * h);
      return { sampler, steps: n, evaluations: n + 1, mean: 0, spread: total, total };
    }),
  );
  const adaptive = [0.03, 0.004].map((total, k) => {
    return { sampler: "flow-adaptive" as const, steps: 0, evaluations: 20 + 20 * k, mean: 0, spread: total, total };
  });
  return {
    exact: [...exact, ...adaptive],
    logRange,
    truncation: 3e-4,
    modeFlowOnGaussian: 0,
    network: [
      row("solver", 0, 0.3),
      ...[12, 2, 0].flatMap((z, k) => [
        row("mode-flow", [5, 9, 19][k], z),
        row("reverse-sde-euler", [9, 17, 129][k], 10 * z),
      ]),
    ],
    floor: { energyError: 5e-4, nullZ: [-0.7, 0, 0.5, 2] },
    cost: {
      operations: { trained: forwardOperations(fast), published: forwardOperations(published) },
      publishedSeconds: 2e-3,
    },
    ...rest,
  };
}
const broken = (change: Parameters<typeof ideal>[0]): string =>
  failedClaim(() => assertWorkPrecision(ideal(change))) ?? "every claim holds";

describe("claims of the chapter on work and precision", () => {
  it("hold of samplers that keep their orders and of a flow that reaches the floor", () => {
    assert.equal(failedClaim(() => assertWorkPrecision(ideal())), undefined); // prettier-ignore
  });

  for (const sampler of gridMethods) {
    it(`fail when ${sampler} has the wrong order`, () => {
      assert.match(broken({ orders: { [sampler]: 3 - theoreticalOrder[sampler] } }), /order in the step/);
    });
  }

  it("fail when a start of wrong variance leaves an error that no number of steps takes away", () => {
    const { exact } = ideal();
    const offset = Math.sqrt(1.1) - 1; // 10 % of the variance
    const stuck = exact.map((r) => ({ ...r, total: r.total + offset }));
    assert.match(broken({ exact: stuck }), /order in the step/);
  });

  it("fail when the adaptive method does not heed its tolerance, and when the mode flow moves Gaussian modes", () => {
    const worse = ideal().exact.map((r) => (r.sampler === "flow-adaptive" ? { ...r, total: r.evaluations } : r));
    assert.match(broken({ exact: worse }), /smaller tolerance/);
    assert.match(broken({ modeFlowOnGaussian: 1e-3 }), /mode flow moves nothing/);
  });

  it("of an order are not made at steps that tell no order; of a tolerance they do not ask in which order they came", () => {
    const coarse = { exact: ideal().exact.filter((r) => r.sampler === "flow-adaptive" || r.steps <= 32) };
    assert.equal(broken(coarse), "every claim holds");
    assert.match(broken({ exact: coarse.exact.map((r) => ({ ...r, total: NaN })) }), /does not hold/);
    assert.equal(broken({ exact: [...ideal().exact].reverse() }), "every claim holds");
  });

  it("of the flow are not made where so many evaluations were not tried, or where there is no flow", () => {
    const { network } = ideal();
    const many = network.map((r) => (r.sampler === "mode-flow" ? row(r.sampler, 20 + r.evaluations, r.z) : r));
    assert.equal(broken({ network: many }), "every claim holds");
    assert.equal(broken({ network: network.filter((r) => r.sampler !== "mode-flow") }), "every claim holds");
  });

  it("fail when solver ensembles differ, when the flow stays off the floor, and when Euler-Maruyama reaches it at once", () => {
    const replace = (wanted: string, z: number) =>
      ideal().network.map((r) => (r.sampler === wanted ? row(r.sampler, r.evaluations, z) : r));
    assert.match(broken({ network: replace("solver", 20) }), /second solver ensemble/);
    assert.match(broken({ network: replace("mode-flow", 20) }), /at most 20 evaluations/);
    assert.match(broken({ network: replace("reverse-sde-euler", 0) }), /Euler–Maruyama with 9 evaluations/);
  });

  it("fail when the network is as costly as the original's", () => {
    const operations = { trained: forwardOperations(published), published: forwardOperations(published) };
    assert.match(broken({ cost: { operations, publishedSeconds: 1 } }), /factor/);
  });
});

describe("evaluations to the floor", () => {
  it("are the fewest from which on every larger number is at it", () => {
    const network = [100, 0, 100, 0, 0].map((z, k) => row("flow-heun", 8 * 2 ** k, z));
    assert.equal(evaluationsToFloor(ideal({ network }), "flow-heun"), 64);
    assert.equal(evaluationsToFloor(ideal({ network }), "flow-euler"), Infinity);
    assert.match(JSON.stringify(costTable(ideal())), /more than 129|"129"/);
  });

  it("the p-values bound those of a null that one mode dominates, and of one of many modes", () => {
    const [draws, modes] = [4000, 20];
    const e = stream(5).normals(draws * modes).map((v) => (v * v - 1) / Math.SQRT2); // prettier-ignore
    const one = Array.from({ length: draws }, (_, i) => adjustedP([{ z: e[i] }])[0]);
    const many = Array.from({ length: draws }, (_, i) => {
      const z = e.subarray(i * modes, (i + 1) * modes).reduce((sum, v) => sum + v, 0) / Math.sqrt(modes);
      return adjustedP([{ z }])[0];
    });
    const share = (p: number[]): number => p.filter((v) => v <= 0.01).length / draws;
    const within = 4 * Math.sqrt(0.01 / draws);
    assertClose("one mode", share(one), 0.01, { within });
    assert.ok(share(many) <= 0.01 + within, `${share(many)}`);
  });
});

describe("the figures and the table of work and precision", () => {
  it("have every sampler", () => {
    const samplers = [...families.stochastic, ...families.deterministic];
    const all = samplers.map((sampler) => row(sampler as NetworkRow["sampler"], 20, 1));
    const result = ideal({ network: [row("solver", 0, 0.3), ...all] });
    for (const family of ["stochastic", "deterministic"] as const) {
      const { rows } = workPrecisionFigure(result, family);
      const drawn = new Set(rows.map((r) => (r as { sampler: string }).sampler));
      assert.equal(drawn.size, families[family].length + 2); // and the two floors
    }
    assert.equal(costTable(result).length, 11);
  });
});
