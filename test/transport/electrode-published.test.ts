import assert from "node:assert/strict";
import { electrodePublished, publishedSolver } from "../../lib/transport/electrode-published";
import { axisOf, gridOf } from "../../lib/transport/domain";
import { assertClose } from "../assert-close";
import { randomNumbers, randomPorosity, root } from "./random-porosity";

const N = 100;
const grid = gridOf(electrodePublished, N);
const solver = electrodePublished.solver(grid);
const here = root.child("electrode-published");
const inRange = { U0: [-0.2, 0.2], F_right: [0, 50] } as const;

function largest(values: Float64Array): number {
  return values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}

describe("the published electrode", () => {
  it("a thousand implicit Euler steps at once equal a thousand steps to 1e-7 of the change in c", () => {
    const stepping = publishedSolver(axisOf(electrodePublished, N), null);
    for (let k = 0; k < 12; k++) {
      const s = here.child("steps").child(k);
      const eps = randomPorosity(s.child("eps"), N);
      const condition = randomNumbers(s.child("condition"), inRange);
      const atOnce = new Float64Array(2 * N);
      const stepped = new Float64Array(2 * N);
      solver.solve(eps, condition, atOnce);
      stepping.solve(eps, condition, stepped);
      const change = largest(stepped.subarray(0, N).map((c) => c - 1000));
      for (let i = 0; i < N; i++) assertClose(`c in cell ${i}`, atOnce[i], stepped[i], { within: 1e-7 * change });
      assert.deepEqual(atOnce.subarray(N), stepped.subarray(N));
    }
  });

  it("both fields are affine in (U0, F_right), and phi - phi(0) does not know U0", () => {
    for (let k = 0; k < 50; k++) {
      const s = here.child("affine").child(k);
      const eps = randomPorosity(s.child("eps"), N);
      const { U0, F_right } = randomNumbers(s.child("condition"), inRange);
      const fields = new Float64Array(2 * N);
      const responses = new Float64Array(6 * N);
      solver.solve(eps, { U0, F_right }, fields);
      solver.solveResponses!(eps, {}, responses);
      for (let i = 0; i < 2 * N; i++) {
        const sum = responses[i] + U0 * responses[2 * N + i] + F_right * responses[4 * N + i];
        assertClose(`value ${i}`, sum, fields[i], { within: 1e-13 * (i < N ? 1000 : largest(fields.subarray(N))) });
      }
      assert.ok(responses.subarray(3 * N, 4 * N).every((phi) => phi === 0));
    }
  });
});
