import assert from "node:assert/strict";
import { currentImbalance } from "./balance";
import { Concentration } from "../../lib/transport/concentration";
import { exponentialContour } from "../../lib/transport/contour";
import { electrode, electrodeState } from "../../lib/transport/electrode";
import { publishedMaterial } from "../../lib/transport/electrolyte";
import { uniformAxis } from "../../lib/fields/grid";
import { axisOf } from "../../lib/transport/domain";
import { assertClose } from "../assert-close";
import { randomPorosity, root } from "./random-porosity";

/** Nodes and weights of Gauss and Legendre's rule on [0, 1], by Newton's method on the polynomial. */
function gauss(n: number): { at: number; weight: number }[] {
  return Array.from({ length: n }, (_, k) => {
    let x = Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
    let slope = 0;
    for (let turn = 0; turn < 30; turn++) {
      let [before, value] = [1, x];
      for (let j = 2; j <= n; j++) [before, value] = [value, ((2 * j - 1) * x * value - (j - 1) * before) / j];
      slope = (n * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    return { at: (1 + x) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
}

const rule = gauss(20);
const N = 60;

describe("the balances of an electrode on its way to the steady state", () => {
  it("the rule integrates as it should: e^x over [0, 1]", () => {
    const integral = rule.reduce((sum, { at, weight }) => sum + weight * Math.exp(at), 0);
    assertClose("integral", integral, Math.E - 1, { within: 1e-14 });
  });

  it("salt stored + salt that left = salt released, to 1e-12 of what the reaction moves, at any time and for random inputs", () => {
    for (let k = 0; k < 12; k++) {
      const s = root.child("transient balance").child(k);
      const salt = new Concentration(uniformAxis("x", 1e-4, N), "on the face");
      const eps = randomPorosity(s.child("eps"), N, 1 + 3 * k);
      salt.porosity.set(eps);
      salt.diffusivity.set(eps.map((e) => publishedMaterial.D0 * e ** 1.5));
      salt.prepare();
      const b = s
        .child("supply")
        .normals(N)
        .map((z) => 1e-6 * (0.5 + z));
      const contour = exponentialContour();
      const outflow = (t: number): number => {
        const u = new Float64Array(N);
        salt.atTime(t, contour, b, u);
        return salt.outlet * u[N - 1];
      };
      for (const T of [0.3, 30, 3000]) {
        // The outflow has time scales from h^2/D to L^2/D: panels that double.
        let left = 0;
        for (let to = T, level = 0; level < 26; level++, to /= 2) {
          const from = level === 25 ? 0 : to / 2;
          for (const { at, weight } of rule) left += (to - from) * weight * outflow(from + (to - from) * at);
        }
        const u = new Float64Array(N);
        salt.atTime(T, contour, b, u);
        const stored = u.reduce((sum, v, i) => sum + salt.storage[i] * v, 0);
        const released = T * b.reduce((sum, v) => sum + v, 0);
        const moved = T * b.reduce((sum, v) => sum + Math.abs(v), 0);
        assertClose(`salt at ${T} s`, (stored + left - released) / moved, 0, { within: 1e-12 });
      }
    }
  });

  it("the current closes to 1e-12 at every time, and what is released is what it carries", () => {
    const axis = axisOf(electrode, N);
    for (let k = 0; k < 50; k++) {
      const s = root.child("transient current").child(k);
      const [a, b, c] = s.child("condition").uniforms(3);
      const condition = { F_right: 50 * a, k_rn: 0.01 * 10 ** (4 * b), time: 10 ** (4 * c) };
      const state = electrodeState(axis, randomPorosity(s.child("eps"), N, 1 + (k % 20)), condition);
      assertClose("imbalance", currentImbalance(axis, state, condition.F_right), 0, { within: 1e-12 });
      // Less salt is stored than was released, and it is stored where c exceeds c_right in sum.
      assert.ok(state.saltOutflow <= publishedMaterial.saltPerCharge * condition.F_right * (1 + 1e-12));
      assert.ok(state.c.every((value) => value >= 0) && state.c[0] > publishedMaterial.c_right - 1000);
    }
  });
});
