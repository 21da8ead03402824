import assert from "node:assert/strict";
import { fieldMap } from "../../lib/inverse/field-map";
import { stream } from "../../lib/random/stream";
import {
  assertNonIdentifiability,
  type Chapter6,
  exactFamilyStudy,
  jacobianError,
} from "../../lib/experiments/identifiability/claims";
import type { IdentifiabilityResult } from "../../lib/experiments/identifiability/stage";
import { assertManifold, manifoldTable } from "../../lib/experiments/manifold/claims";
import type { ManifoldResult, ManifoldSource } from "../../lib/experiments/manifold/stage";
import type { PosteriorResult } from "../../lib/experiments/posterior/stage";
import { ofProblem } from "../../lib/transport/of-problem";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";
import { failedClaim } from "../notebook/claim-outcome";

const electrode = problem("electrode-published");
const n = 20;
const map = fieldMap(electrode, { condition: { l: 0.1 * electrode.domain[0].length, U0: 0, F_right: 25 }, cells: n });
const [xi, direction] = [stream(1).normals(n), stream(2).normals(n)];
const lengths = [0.02, 0.1, 0.2];
const spread = [0.72, 0.3, 0.17];

const ofElectrode = { problem: electrode.name, axis: electrode.domain[0] };
const result = (k: number, observed: string): IdentifiabilityResult => {
  const whole = spread[k] * (observed === "both" ? 0.9 : 1);
  const found = {
    observed: ["phi"] as const,
    noise: { phi: 1e-4 },
    draws: 10,
    x: Array.from({ length: 100 }, (_, i) => i),
    spectrum: [1],
    spectrumLogStd: [0],
    resolved: { mean: 10 - 3 * k, standardError: 0.2 },
    spreadRatio: [1],
    spreadRatioError: [0],
    whole: { mean: whole, standardError: 0.01 },
    nearZero: { mean: 1.4 * whole, standardError: 0.01 },
  };
  const everything = observed === "both";
  const channels = electrode.channels.filter(({ name }) => everything || name === observed);
  return { ...ofElectrode, correlationLength: lengths[k], observed, channels, everything, result: found };
};
const chain = (correlationLength: number): PosteriorResult => {
  const numbers = { steps: 20000, acceptance: 0.3, effective: 400, difference: 0.1, differenceFloor: 0.035 };
  return { correlationLength, axis: ofElectrode.axis, x: [0], linearised: [0.5], sampled: [0.55], ...numbers };
};

let right: Chapter6;
const broken = (change: Partial<Chapter6>): string =>
  failedClaim(() => assertNonIdentifiability({ ...right, ...change })) ?? "every claim holds";

describe("claims of the chapter on non-identifiability", () => {
  before(() => {
    right = {
      results: lengths.flatMap((_, k) => (["phi", "c", "both"] as const).map((observed) => result(k, observed))),
      jacobian: jacobianError(map, xi, direction),
      posterior: lengths.map(chain),
      family: exactFamilyStudy(),
      pairs: lengths.map((l) => ({ correlationLength: l, fieldDifference: 0.9, porosityDifference: 1.2 })),
    };
  });

  it("hold of the library's derivatives and family and of the structure that the spectra have", () => {
    assert.equal(failedClaim(() => assertNonIdentifiability(right)), undefined); // prettier-ignore
  });

  it("fail of a Jacobian with a wrong sign, in one channel alone too, and of one that is a hundredth off", () => {
    const wrong = (factor: (row: number) => number) =>
      jacobianError(
        { ...map, jacobian: (at) => map.jacobian(at).map((v, k) => v * factor(Math.floor(k / n))) },
        xi,
        direction,
      );
    assertClose("wrong sign", wrong(() => -1), 2, { within: 1e-5 }); // prettier-ignore
    assertClose("wrong sign of phi", wrong((row) => (row < n ? 1 : -1)), 2, { within: 1e-5 }); // prettier-ignore
    assert.match(broken({ jacobian: wrong(() => -1) }), /derivatives agree/);
    assert.match(broken({ jacobian: wrong(() => 1.01) }), /derivatives agree/);
  });

  it("fail of a porosity that is no member of the family, even one that differs from a member by a thousandth", () => {
    for (const size of [0.02, 0.001]) {
      const family = exactFamilyStudy({ instead: (member, x) => member * (1 + size * Math.sin(9 * x)) });
      assert.match(broken({ family }), /square of the cell/);
    }
  });

  it("fail where a given current does not tell the two porosities apart", () => {
    const family = { ...right.family, potentialAndCurrent: right.family.twoPotentials };
    assert.match(broken({ family }), /current given instead/);
  });

  it("fail where the sampled posterior is half as wide again, or the chain too short to know", () => {
    assert.match(broken({ posterior: [{ ...chain(0.1), difference: 0.5 }] }), /sampled posterior spread/);
    assert.match(broken({ posterior: [{ ...chain(0.1), effective: 20 }] }), /draws that see/);
  });

  it("fail where fields of a pair differ by more than the noise, or porosities hardly at all", () => {
    const pairs = (change: object) => right.pairs.map((p) => ({ ...p, ...change }));
    assert.match(broken({ pairs: pairs({ fieldDifference: 1.3 }) }), /agree within the noise/);
    assert.match(broken({ pairs: pairs({ porosityDifference: 0.2 }) }), /half as far apart/);
  });

  it("fail where more data say less, where the insulated end is known best, and where roughness does not matter", () => {
    const results = (change: (r: IdentifiabilityResult) => object) =>
      right.results.map((r) => ({ ...r, result: { ...r.result, ...change(r) } }));
    const whole = (mean: number) => ({ mean, standardError: 0.01 });
    const less = results(({ observed }) => (observed === "both" ? { whole: whole(0.9) } : {}));
    assert.match(broken({ results: less }), /both channels together/);
    assert.match(broken({ results: results(() => ({ nearZero: whole(0.01) })) }), /insulated end/);
    assert.match(
      broken({ results: results(() => ({ whole: whole(0.15), nearZero: whole(0.2) })) }),
      /rougher porosity/,
    );
    assert.match(broken({ results: results(() => ({ resolved: whole(40) })) }), /at most a fifth/);
  });

  it("of a share of directions is not made on fewer than a hundred cells, where there are fewer directions", () => {
    const on = (cells: number) => ({
      results: right.results.map((r) => ({
        ...r,
        result: { ...r.result, resolved: { mean: 13, standardError: 0.2 }, x: r.result.x.slice(0, cells) },
      })),
    });
    assert.equal(broken(on(50)), "every claim holds");
    assert.equal(broken(on(100)), "every claim holds");
    assert.match(
      broken({
        results: on(50).results.map((r) => ({
          ...r,
          result: { ...r.result, nearZero: { mean: 0.01, standardError: 0.01 } },
        })),
      }),
      /insulated end/,
    );
  });
});

describe("claims of the chapter on non-identifiability about draws and chains", () => {
  const with_ = (here: number, change: Partial<Chapter6>): string =>
    failedClaim(() => {
      const about = [{ of: "identifiability.chain", least: 30000, here }];
      assertNonIdentifiability({ ...right, ...change }, { about });
    }) ?? "every claim holds";

  it("are not made of shorter chains, and stop on as long ones; what has no chain stops on any", () => {
    const short = { posterior: [{ ...chain(0.1), effective: 20 }] };
    assert.equal(with_(1000, short), "every claim holds");
    assert.match(with_(30000, short), /draws that see/);
    assert.match(with_(1000, { jacobian: 1e-3 }), /derivatives agree/);
  });
});

/** Residuals whose logarithms are normal about these means. */
function residuals(means: Partial<Record<ManifoldSource, number>> = {}): ManifoldResult {
  const sources = { PDE: -4, "PDE again": -4, model: -3, "Gaussian baseline": -1, ...means };
  const draw = (source: string, channel: string, mean: number) =>
    [...stream(7).child(source).child(channel).normals(60)].map((z) => Math.exp(mean + 0.5 * z));
  const of = (source: ManifoldSource) => ({
    c: draw(source, "c", sources[source]),
    phi: draw(source, "phi", sources[source]),
  });
  const found = {
    PDE: of("PDE"),
    "PDE again": of("PDE again"),
    model: of("model"),
    "Gaussian baseline": of("Gaussian baseline"),
  };
  const converged = { PDE: 1, "PDE again": 1, model: 1, "Gaussian baseline": 1 };
  return { ...ofProblem(electrode), residuals: found, converged, scale: { c: 1, phi: 1e-3 } };
}
const failsOf = (change: Parameters<typeof residuals>[0]): string =>
  failedClaim(() => assertManifold(residuals(change))) ?? "every claim holds";

describe("claims about the manifold of solutions", () => {
  it("hold of a model between solver and Gaussian, and the table has the numbers that were put in", () => {
    assert.equal(failedClaim(() => assertManifold(residuals())), undefined); // prettier-ignore
    const row = manifoldTable(residuals()).find((r) => r.fields === "model" && r.channel === "c");
    assert.ok(row);
    assertClose("log residual", Math.log(row.residual), -3, { within: 4 * (0.5 / Math.sqrt(60)) });
    assertClose("its error", row.relativeError, 0.5 / Math.sqrt(60), { within: (4 * 0.5) / Math.sqrt(60 * 120) });
    assert.ok(row.p < 1e-6 && row.farther > 0.8);
  });

  it("fail where two solver ensembles differ, where the model is no nearer than the Gaussian, and where inverses do not converge", () => {
    assert.match(failsOf({ "PDE again": -2 }), /second solver ensemble/);
    assert.match(failsOf({ model: -1 }), /nearer the manifold/);
    const stuck = { ...residuals(), converged: { ...residuals().converged, PDE: 0.5 } };
    assert.match(failedClaim(() => assertManifold(stuck)) ?? "", /inverse converges/);
  });
});
