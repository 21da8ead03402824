import assert from "node:assert/strict";
import type { GaussianStatistics } from "../../lib/gaussian/conditional-gaussian";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { responseDirectionCount, responseDirections } from "../../lib/gaussian/response-directions";
import { closePool } from "../../lib/threads/pool";
import { stream } from "../../lib/random/stream";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";

describe("what the fields are made of", () => {
  after(() => closePool());
  const p = problem("electrode-published");
  const l = 1e-5;
  let statistics: GaussianStatistics;
  const at = (U0: number, F_right: number): { c: number[]; phi: number[] } => {
    const w = responseDirections(statistics, p, { l, U0, F_right });
    return { c: w.slice(0, 3), phi: w.slice(3) };
  };
  const turn = (a: number[], b: number[]): number =>
    Math.acos(
      Math.min(
        1,
        a.reduce((sum, x, i) => sum + x * b[i], 0),
      ),
    );

  before(async () => {
    statistics = await fitGaussian({ problem: p, cells: 20, nodes: 4, porosities: 256, stream: stream(11) });
  });

  it("is a unit vector for each channel", () => {
    assert.equal(responseDirectionCount(p), 6);
    for (const w of Object.values(at(0.1, 30))) assertClose("length", Math.hypot(...w), 1, { within: 1e-12 });
  });

  it("at a large current phi is made by it alone: doubling the current turns nothing", () => {
    assert.ok(turn(at(0.1, 25).phi, at(0.1, 50).phi) < 0.05);
  });

  it("near zero current phi becomes another field within a hundredth of the range, and c does not", () => {
    const [none, some] = [at(0.1, 0), at(0.1, 0.5)];
    assert.ok(turn(none.phi, some.phi) > 0.3, `turned by ${turn(none.phi, some.phi)}`);
    assert.ok(turn(none.c, some.c) < 0.02);
  });

  it("where the reaction changes sign inside the electrode c turns fast, at the ends of U0 slowly", () => {
    const width = 0.04;
    const inside = turn(at(-0.05 - width / 2, 25).c, at(-0.05 + width / 2, 25).c);
    const outside = turn(at(0.2 - width, 25).c, at(0.2, 25).c);
    assert.ok(inside > 5 * outside, `${inside} against ${outside}`);
  });

  it("is nothing for a problem in which no condition enters affinely", () => {
    const conduction = { ...problem("conduction"), affine: [] };
    assert.equal(responseDirectionCount(conduction), 0);
    assert.deepEqual(responseDirections(statistics, conduction, {}), []);
  });
});
