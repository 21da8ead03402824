import assert from "node:assert";
import { assertClose } from "../assert-close";
import { checkCondition, completeCondition, conditionFeatures, drawConditions } from "../../lib/ensemble/conditions";
import { stream } from "../../lib/random/stream";
import { UserError } from "../../lib/errors/user-error";
import { problem } from "../../lib/transport/problems";
import { toyProblem } from "./toy-problem";

const p = toyProblem();
const good = { l: 1e-5, U0: 0.1, F_right: 10, side: 0 };

describe("operating conditions", () => {
  const n = 20000;
  const drawn = drawConditions(p, n, stream(1).child("conditions"));

  it("drawn ones lie in their ranges, log-uniform or uniform as the range says", () => {
    for (const c of drawn) checkCondition(p, c);
    const features = drawn.map((c) => conditionFeatures(p, c));
    for (const a of [0, 1, 2]) {
      const mean = features.reduce((sum, f) => sum + f[a], 0) / n;
      const second = features.reduce((sum, f) => sum + f[a] ** 2, 0) / n;
      assertClose(`mean of feature ${a}`, mean, 0, { within: 5 / Math.sqrt(3 * n) });
      assertClose(`variance of feature ${a}`, second, 1 / 3, { within: 5 * Math.sqrt(4 / 45 / n) });
    }
    for (const side of [0, 1, 2]) {
      const share = drawn.filter((c) => c.side === side).length / n;
      assertClose(`share of choice ${side}`, share, 1 / 3, { within: 5 * Math.sqrt(2 / 9 / n) });
    }
  });

  it("a choice is drawn between its least and its greatest value only: conduction between two given currents is not", () => {
    const boundaries = drawConditions(problem("conduction"), 2000, stream(2)).map(({ boundary }) => boundary);
    assert.deepStrictEqual([...new Set(boundaries)].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("condition i does not depend on how many are drawn", () => {
    assert.deepStrictEqual(drawConditions(p, 7, stream(1).child("conditions")), drawn.slice(0, 7));
  });

  it("features run from -1 to 1 over the ranges, in the logarithm where the range is logarithmic", () => {
    const at = (l: number, U0: number) => conditionFeatures(p, { ...good, l, U0 });
    for (const [l, U0, first, second] of [
      [2e-6, -0.2, -1, -1],
      [2e-5, 0.2, 1, 1],
      [Math.sqrt(4e-11), 0.05, 0, 0.25],
    ]) {
      assertClose("l", at(l, U0)[0], first, { within: 1e-14 });
      assertClose("U0", at(l, U0)[1], second, { within: 1e-14 });
    }
    assert.throws(() => at(0, 0), /conditionFeatures: toy needs l \(correlation length\), a finite number in m, got 0/);
  });

  for (const { what, condition, message } of [
    {
      what: "an unknown name",
      condition: { ...good, F_rihgt: 1 },
      message: /no condition "F_rihgt"; it has l, U0, F_right/,
    },
    {
      what: "a missing quantity",
      condition: { l: 1e-5, U0: 0, side: 0 },
      message: /F_right \(current\).*A\/m2, got undefined/,
    },
    { what: "NaN", condition: { ...good, U0: NaN }, message: /U0 .* got NaN/ },
    { what: "a text", condition: { ...good, U0: "0" as unknown as number }, message: /U0 .* got 0/ },
    {
      what: "a value outside its range",
      condition: { ...good, U0: 0.3 },
      message: /within \[-0.2, 0.2\]; outside .* got 0.3/,
    },
    { what: "an inadmissible value", condition: { ...good, l: -1 }, message: /limits .* got -1/ },
    { what: "half a choice", condition: { ...good, side: 0.5 }, message: /0 value, 1 flux, 2 film.* got 0.5/ },
    { what: "an inadmissible parameter", condition: { ...good, k_rn: 0 }, message: /k_rn \(rate\).* got 0/ },
  ]) {
    it(`refuses ${what} as the user's error`, () =>
      assert.throws(
        () => checkCondition(p, condition),
        (e) => e instanceof UserError && message.test(e.message),
      ));
  }

  it("allows what lies outside the ranges when told to, but never what the equations do not admit", () => {
    checkCondition(p, { ...good, U0: 0.3, k_rn: 7 }, { allowOutside: true });
    assert.throws(() => checkCondition(p, { ...good, l: -1 }, { allowOutside: true }), /limits/);
  });

  it("fills in defaults for what is left out", () => {
    assert.deepStrictEqual(completeCondition(p, { U0: 1 }), { l: 1e-5, U0: 1, F_right: 25, side: 1 });
  });
});
