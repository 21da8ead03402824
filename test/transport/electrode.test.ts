import assert from "node:assert/strict";
import { currentImbalance, steadySaltImbalance } from "./balance";
import { electrode, electrodeState } from "../../lib/transport/electrode";
import { publishedMaterial } from "../../lib/transport/electrolyte";
import { DepletionError } from "../../lib/transport/errors";
import { axisOf, gridOf } from "../../lib/transport/domain";
import { assertClose } from "../assert-close";
import { randomPorosity, root } from "./random-porosity";

const N = 100;
const grid = gridOf(electrode, N);
const axis = axisOf(electrode, N);

/** Random inputs from the whole range of conditions, rate constants over four decades, no current in every tenth. */
function draws(name: string, count: number) {
  return Array.from({ length: count }, (_, k) => {
    const s = root.child(name).child(k);
    const [a, b, c] = s.child("condition").uniforms(3);
    const condition = { F_right: k % 10 === 0 ? 0 : 50 * a, k_rn: 0.01 * 10 ** (4 * b), U0: 0.4 * c - 0.2 };
    return { eps: randomPorosity(s.child("eps"), N, 1 + (k % 20)), condition };
  });
}

function solve(eps: Float64Array, condition: Record<string, number>): Float64Array {
  const out = new Float64Array(2 * N);
  electrode.solver(grid).solve(eps, condition, out);
  return out;
}

describe("the electrode", () => {
  it("closes its current: the sum of a_s j h equals F_right to 1e-12", () => {
    for (const { eps, condition } of draws("current", 300)) {
      const state = electrodeState(axis, eps, condition);
      assertClose("imbalance", currentImbalance(axis, state, condition.F_right), 0, { within: 1e-12 });
    }
  });

  it("would notice a current that is off by a billionth", () => {
    const { eps } = draws("current", 1)[0];
    const state = electrodeState(axis, eps, { F_right: 25, k_rn: 0.1 });
    const off = { ...state, reactionCurrent: state.reactionCurrent.map((j) => j * (1 + 1e-9)) };
    assert.ok(Math.abs(currentImbalance(axis, off, 25)) > 1e-10);
  });

  it("closes its salt balance: what the reaction releases leaves through the separator, to 1e-12", () => {
    for (const { eps, condition } of draws("salt", 300)) {
      const state = electrodeState(axis, eps, condition);
      assertClose("imbalance", steadySaltImbalance(axis, state), 0, { within: 1e-12 });
    }
  });

  it("in the steady state c - c_right = (1 - t+) kappa0 / (F D0) (phi - phi(L)), cell by cell", () => {
    const factor = (publishedMaterial.saltPerCharge * publishedMaterial.kappa0) / publishedMaterial.D0;
    for (const { eps, condition } of draws("identity", 200)) {
      const { c, phi, riseToFace } = electrodeState(axis, eps, condition);
      const expected = phi.map((v) => factor * (v - riseToFace));
      const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      for (let i = 0; i < N; i++) {
        assertClose(`cell ${i}`, c[i] - publishedMaterial.c_right, expected[i], {
          within: 1e-12 * largest + 1e-15 * publishedMaterial.c_right,
        });
      }
    }
  });

  it("U0 shifts phi and changes nothing else", () => {
    for (const { eps, condition } of draws("U0", 20)) {
      assert.deepEqual(solve(eps, { ...condition, U0: 0.2 }), solve(eps, { ...condition, U0: -0.2 }));
      const shifted = electrodeState(axis, eps, { ...condition, U0: 0.2 }).unshifted;
      const plain = electrodeState(axis, eps, { ...condition, U0: 0 }).unshifted;
      for (let i = 0; i < N; i++) {
        assertClose("shift", shifted[i] - plain[i], -0.2, { within: 1e-15 * (1 + Math.abs(plain[i])) });
      }
    }
  });

  it("both fields are affine in F_right", () => {
    for (const { eps, condition } of draws("affine", 30)) {
      for (const time of [100, Infinity]) {
        const at = (F_right: number) => solve(eps, { ...condition, F_right, time });
        const [low, middle, high] = [at(0), at(20), at(50)];
        for (let i = 0; i < 2 * N; i++) {
          const scale = Math.abs(low[i]) + Math.abs(high[i]);
          assertClose(`value ${i}`, middle[i], 0.6 * low[i] + 0.4 * high[i], { within: 1e-12 * scale });
        }
      }
    }
  });

  it("starts at c_right and tends to its steady state", () => {
    const { eps } = draws("time", 1)[0];
    const condition = { F_right: 25, k_rn: 0.1 };
    const steady = solve(eps, condition);
    assert.ok(
      solve(eps, { ...condition, time: 0 })
        .subarray(0, N)
        .every((c) => c === publishedMaterial.c_right),
    );
    const late = solve(eps, { ...condition, time: 1e4 });
    for (let i = 0; i < 2 * N; i++)
      assertClose(`value ${i}`, late[i], steady[i], { within: 1e-9 * Math.abs(steady[i]) });
    const distances = [1, 10, 100, 1000].map((time) => Math.abs(solve(eps, { ...condition, time })[0] - steady[0]));
    for (let k = 1; k < 4; k++) assert.ok(distances[k] < distances[k - 1], distances.join());
  });

  it("a negative concentration is reported as depletion, with the place, and not passed on", () => {
    const { eps } = draws("depletion", 1)[0];
    const out = new Float64Array(2 * N);
    const current = { F_right: -60, k_rn: 0.1 };
    assert.throws(
      () => electrode.solver(grid).solve(eps, current, out),
      (error) =>
        error instanceof DepletionError &&
        error.c < 0 &&
        error.x === axis.centres[0] &&
        /depleted at x = 5\.000e-7 m/.test(error.message),
    );
    assert.doesNotThrow(() => electrode.solver(grid).solve(eps, { ...current, time: 1 }, out));
  });

  it("refuses single precision, which only the published problem imitates", () => {
    assert.throws(() => electrode.solver(grid, { precision: "single" }), /precision must be "double"/);
  });
});
