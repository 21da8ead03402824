/** The elimination without subtraction keeps the published potential in float32, where the published one loses it. */
import assert from "node:assert/strict";
import { stream } from "../../lib/random/stream";
import { axisOf, gridOf } from "../../lib/transport/domain";
import { electrodePublished } from "../../lib/transport/electrode-published";
import type { Condition } from "../../lib/transport/problem";
import { publishedCondition } from "../../lib/transport/published-conditions";
import { potentialInSinglePrecision } from "../../lib/transport/single-precision-potential";
import { assertClose } from "../assert-close";

describe("the published potential by elimination without subtraction in single precision", () => {
  for (const cells of [2, 20, 100, 1000]) {
    it(`on ${cells} cells is that of double precision, to the rounding of the sums that make it`, () => {
      const changes: readonly Condition[] = [{}, { U0: 0.2 }, { F_right: -30 }, { k_rn: 0.02 }];
      for (const [seed, changed] of changes.entries()) {
        const condition: Condition = { ...publishedCondition, ...changed };
        const eps = stream(seed)
          .uniforms(cells)
          .map((u) => 0.2 + 0.3 * u);
        const out = new Float64Array(2 * cells);
        electrodePublished.solver(gridOf(electrodePublished, cells)).solve(eps, condition, out);
        const exact = out.subarray(cells);
        const phi = potentialInSinglePrecision(axisOf(electrodePublished, cells), eps, condition);
        assert.equal(phi[0], 0);
        // Sums of so many terms, each rounded to 2^-24 of the 0.1 V that the solid's potential spans.
        phi.forEach((v, i) => assertClose(`cell ${i}`, v, exact[i] - exact[0], { within: cells * 2 ** -24 * 0.1 }));
      }
    });
  }
});
