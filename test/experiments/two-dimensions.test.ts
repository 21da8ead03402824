/** Chapter 11: the stream function, the family of porosities with one potential, and what its claims would notice. */
import assert from "node:assert/strict";
import { assertTwoDimensions, orderOfFamily } from "../../lib/experiments/two-dimensions/claims";
import { type TwoDimensions, twoDimensionsStage } from "../../lib/experiments/two-dimensions/stage";
import { streamFunction } from "../../lib/experiments/two-dimensions/stream-function";
import { assertClose } from "../assert-close";
import { failedClaim } from "../notebook/claim-outcome";

describe("two dimensions: porosities that have one potential", function () {
  this.timeout(120_000);
  let result: TwoDimensions;
  before(async () => {
    const twoDimensions = { shown: 16, grids: [16, 32, 64], amplitude: 0.5, cells: 8, draws: 2, noise: 1e-3 };
    const context = { signal: new AbortController().signal, progress: () => undefined, folder: "" };
    result = await twoDimensionsStage.run({ seed: 3, twoDimensions }, context);
  });

  it("the stream function of layers along the current is the share of the current below", () => {
    const [nx, ny] = [4, 3];
    const layers = [1, 2, 5]; // conductivities from y = 0 upwards; phi falls linearly along x in all of them
    const eps = Float64Array.from({ length: nx * ny }, (_, at) => layers[at % ny] / 10);
    const phi = Float64Array.from({ length: nx * ny }, (_, at) => (Math.floor(at / ny) + 0.5) / nx);
    const psi = streamFunction(eps, phi, [nx, ny], [0, 1]);
    const expected = [0.5 / 8, 2 / 8, 5.5 / 8];
    psi.forEach((value, at) => assertClose(`cell ${at}`, value, expected[at % ny], { within: 1e-12 }));
  });

  it("the claims hold", () =>
    assert.equal(
      failedClaim(() => assertTwoDimensions(result)),
      undefined,
    ));

  it("the potentials of the family agree to the order of the scheme", () => {
    assertClose("order", orderOfFamily(result), 2, { within: 0.3 });
  });

  it("a difference that stays on finer grids, one that a given current leaves, and a family of one are noticed", () => {
    const family = result.family.map((row) => ({ ...row, difference: { ...row.difference, "two potentials": 1e-3 } }));
    assert.match(failedClaim(() => assertTwoDimensions({ ...result, family })) ?? "", /falls as h\^2/);
    const blind = result.family.map(({ cells, difference }) => {
      return { cells, difference: { ...difference, "a given current": difference["two potentials"] } };
    });
    assert.match(failedClaim(() => assertTwoDimensions({ ...result, family: blind })) ?? "", /given current/);
    const [eps] = result.maps.eps;
    const maps = { ...result.maps, eps: [eps, eps] as const };
    assert.match(failedClaim(() => assertTwoDimensions({ ...result, maps })) ?? "", /porosities differ/);
    const coarse = family.map((row) => ({ ...row, cells: row.cells / 2 }));
    assert.equal(failedClaim(() => assertTwoDimensions({ ...result, family: coarse })), undefined); // prettier-ignore
  });
});
