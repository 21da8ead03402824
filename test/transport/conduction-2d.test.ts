import { checkProblem } from "../../lib/transport/check-problem";
import assert from "node:assert/strict";
import { porosity } from "../../lib/porosity/law";
import { planarProcess } from "../../lib/porosity/planar-process";
import { stream } from "../../lib/random/stream";
import { affineOf } from "../../lib/transport/affine";
import { boundaryConfigurations } from "../../lib/transport/conduction";
import { conduction2d } from "../../lib/transport/conduction-2d";
import { gridOf } from "../../lib/transport/domain";
import type { Condition, Problem } from "../../lib/transport/problem";
import { withPhysics } from "../../lib/transport/with-physics";
import { assertClose } from "../assert-close";

describe("conduction-2d", () => {
  it("holds to what a problem promises: named axes, conditions, the same numbers twice, affine in functions of its source", () => {
    checkProblem("conduction-2d", conduction2d);
  });

  const cells = [16, 16] as const;
  const process = planarProcess({ cells, lengths: [1, 1], correlationLength: 0.15 });
  const eps = porosity(process.samples(stream(12), 0, 1), { epsMin: 0.1, epsMax: 0.9 });

  function solved(p: Problem, z: Condition): { phi: Float64Array; sum: Float64Array } {
    const solver = p.solver(gridOf(p, [...cells]));
    const { at, count } = affineOf(p);
    const [phi, r] = [new Float64Array(eps.length), new Float64Array(count * eps.length)];
    solver.solve(eps, z, phi);
    solver.solveResponses!(eps, z, r);
    const v = at(z);
    return { phi, sum: phi.map((_, i) => v.reduce((s, va, a) => s + va * r[a * eps.length + i], 0)) };
  }
  const usual = { load: 0.8, amplitude: -1.2, centre_x: 0.4, centre_y: 0.6 };
  const boundaryOf = (pair: string): number => boundaryConfigurations.indexOf(pair);

  for (const { pair, loadBy } of [
    { pair: "Dirichlet-Dirichlet", loadBy: 0 },
    { pair: "Dirichlet-Neumann", loadBy: -1 },
  ]) {
    it(`${pair}: a square of another side has the same potential, with sources as 1 / side^2 and currents as 1 / side`, () => {
      const condition = { ...usual, boundary: boundaryOf(pair) };
      const known = solved(conduction2d, condition);
      const side = 2 ** -12; // a power of two: all that follows is exact
      const small = withPhysics(conduction2d, { parameters: { side } });
      const z = {
        ...condition,
        load: usual.load * side ** loadBy,
        amplitude: usual.amplitude / side ** 2,
        centre_x: usual.centre_x * side,
        centre_y: usual.centre_y * side,
      };
      assert.deepEqual(solved(small, z).phi, known.phi);
      const largest = known.phi.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const { sum } = solved(small, z);
      sum.forEach((v, i) => assertClose(`responses, cell ${i}`, v, known.sum[i], { within: 1e-12 * largest }));
      sum.forEach((v, i) => assertClose(`sum, cell ${i}`, v, known.phi[i], { within: 5e-3 * largest }));
      assert.deepEqual([small.conditions[0].min, small.conditions[4].max], [0.08 * side, 0.8 * side]);
    });
  }
});
