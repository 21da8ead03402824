import assert from "node:assert/strict";
import { conditionalError } from "../../lib/diagnostics/conditional-error";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { meanInterval, pairedInterval } from "../../lib/diagnostics/paired-interval";
import type { Fields } from "../../lib/fields/fields";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const [conditions, count, cells] = [12, 400, 4];

/** At condition k fields of mean m_k and standard deviation s, all cells independent. */
function samples(name: string, law: { shift?: number; spread?: number; follows?: number } = {}): Fields[] {
  const { shift = 0, spread = 1, follows = 1 } = law;
  return Array.from({ length: conditions }, (_, k) => {
    const z = stream(1)
      .child(name)
      .child(k)
      .normals(count * cells);
    const mean = follows * 3 * Math.sin(2 * k) + shift;
    return fieldSample(z.map((x) => mean + spread * x), { channels: 1, cells }); // prettier-ignore
  });
}
// Of a mean of `conditions` squared distances between means of `count` fields: sd of mean error^2 is about (2 / count)
// (2 / (cells conditions))^(1/2).
const noise = Math.sqrt((2 / count) * 4 * Math.sqrt(2 / (cells * conditions)));

describe("errors of conditional ensembles", () => {
  it("equal laws have no error, spread and between-condition variance as the solver's", () => {
    const e = conditionalError(samples("a"), samples("b"));
    assertClose("mean error", e.meanError, 0, { within: noise });
    assertClose("spread", e.spread, 1, { within: (4 / Math.sqrt(2 * count * cells * conditions)) * Math.SQRT2 });
    assertClose("between", e.between, 1, { within: 0.02 });
  });

  it("a shift, a collapse and a deaf model each show where they should", () => {
    const reference = samples("b");
    assertClose("shift", conditionalError(samples("a", { shift: 0.5 }), reference).meanError, 0.5, { within: noise });
    const collapsed = conditionalError(samples("a", { spread: 0.3 }), reference);
    assertClose("collapse", collapsed.spread, 0.3, { within: 0.01 });
    assertClose("its spread error", collapsed.spreadError, Math.log(1 / 0.3), { within: 0.05 });
    const deaf = conditionalError(samples("a", { follows: 0 }), reference);
    assertClose("between", deaf.between, 0, { within: 4 * (1 / count / 4.5) });
    assert.ok(deaf.meanError > 1.5);
  });

  it("samples that do not belong together are refused", () => {
    assert.throws(() => conditionalError(samples("a").slice(1), samples("b")), /got 11 and 12/);
  });
});

describe("Student's intervals", () => {
  it("cover the true difference in 95 % of repetitions, and are what the normal law gives for many pairs", () => {
    const repetitions = 4000;
    let covered = 0;
    for (let k = 0; k < repetitions; k++) {
      const z = stream(2).child(k).normals(6);
      const { low, high } = pairedInterval([...z.slice(0, 3)], [...z.slice(3)]);
      if (low <= 0 && high >= 0) covered++;
    }
    assertClose("coverage", covered / repetitions, 0.95, { within: 4 * Math.sqrt((0.95 * 0.05) / repetitions) });
  });

  it("differences do not have what the pairs share; one pair is no sample", () => {
    const common = [3, -8, 14];
    const { mean, low, high } = pairedInterval(common.map((x, k) => x + 1 + 0.01 * k), common); // prettier-ignore
    assert.ok(low > 0.9 && high < 1.1 && Math.abs(mean - 1.01) < 1e-12);
    assert.throws(() => meanInterval([1]), /at least 2/);
    assert.throws(() => pairedInterval([1, 2], [1]), /2 and 1 numbers/);
  });
});
