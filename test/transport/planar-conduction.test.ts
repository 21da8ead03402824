import assert from "node:assert/strict";
import { porosity } from "../../lib/porosity/law";
import { planarProcess } from "../../lib/porosity/planar-process";
import { stream } from "../../lib/random/stream";
import { boundaryConfigurations, conduction } from "../../lib/transport/conduction";
import { solveFields } from "../../lib/transport/solve";
import { planarAffine, planarConduction } from "../../lib/transport/planar-conduction";
import { assertAtLeast } from "../../lib/notebook/claims";
import { assertClose } from "../assert-close";

const cells = [20, 16] as const;
const size = 320;
const solver = planarConduction({ cells, side: 1 }, "conduction-2d");
const process = planarProcess({ cells, lengths: [1, 1], correlationLength: 0.15 });
const eps = porosity(process.samples(stream(11), 0, 5), { epsMin: 0.1, epsMax: 0.9 });
const usual = { boundary: 0, load: 0.8, amplitude: -1.2, centre_x: 0.4, centre_y: 0.6 };
const one = (k: number) => eps.subarray(k * size, (k + 1) * size);

function solve(k: number, condition: Record<string, number>): Float64Array {
  const phi = new Float64Array(size);
  solver.solve(one(k), condition, phi);
  return phi;
}

function combined(v: readonly number[], responses: Float64Array): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => v.reduce((sum, va, a) => sum + va * responses[a * size + i], 0));
}

describe("conduction on a rectangle between two ends", () => {
  boundaryConfigurations.slice(0, 8).forEach((name, boundary) => {
    it(`${name}: phi is the sum of its responses, and many porosities give the bits of each alone`, () => {
      const condition = { ...usual, boundary };
      const responses = new Float64Array(planarAffine.count * size);
      solver.solveResponses(one(1), condition, responses);
      const phi = solve(1, condition);
      const largest = phi.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const sum = combined(planarAffine.at(condition), responses);
      phi.forEach((v, i) => assertClose(`cell ${i}`, sum[i], v, { within: planarAffine.accuracy! * largest }));
      const wrong = [...planarAffine.at(condition)];
      wrong[1] *= 2; // the broadest function of the source
      const other = combined(wrong, responses);
      const error = phi.reduce((most, v, i) => Math.max(most, Math.abs(v - other[i])), 0);
      assertAtLeast("a wrong coefficient is seen", error, 2 * planarAffine.accuracy! * largest);

      // Without a source one function is left, which is exact.
      const loadOnly = solve(1, { ...condition, amplitude: 0 });
      loadOnly.forEach((v, i) => assertClose(`load, cell ${i}`, v, 0.8 * responses[i], { within: 1e-10 }));
      for (const count of [5, 2, 1]) {
        const many = new Float64Array(1 + count * size);
        solver.solveMany(eps, count, condition, many, 1);
        for (let k = 0; k < count; k++) {
          assert.deepEqual(
            many.slice(1 + k * size, 1 + (k + 1) * size),
            solve(k, condition),
            `porosity ${k} of ${count}`,
          );
        }
      }
    });

    it(`${name}: without a source, a porosity that varies along x only gives the potential of the rod`, () => {
      const n = cells[0];
      const profile = Float64Array.from({ length: n }, (_, i) => 0.35 + 0.1 * Math.sin(0.7 * i));
      const condition = { ...usual, boundary, amplitude: 0 };
      const { load } = usual;
      const ofRod = { boundary, load, amplitude: 0, centre: 0.5, width: 0.1 };
      const rod = solveFields(conduction, profile, ofRod).fields.phi;

      const phi = new Float64Array(size);
      solver.solve(
        Float64Array.from({ length: size }, (_, cell) => profile[Math.floor(cell / cells[1])]),
        condition,
        phi,
      );
      phi.forEach((v, cell) => assertClose(`cell ${cell}`, v, rod[Math.floor(cell / cells[1])], { within: 1e-10 }));
    });
  });

  it("the source stands where the condition says: a maximum of the response to a sink's opposite", () => {
    const uniform = new Float64Array(size).fill(0.5);
    const phi = new Float64Array(size);
    solver.solve(uniform, { ...usual, load: 0, amplitude: -1, centre_x: 0.525, centre_y: 0.28125 }, phi);
    const highest = phi.reduce((best, v, cell) => (v > phi[best] ? cell : best), 0);
    assert.equal(Math.floor(highest / cells[1]), 10);
    // Insulated at y = 0, the nearer side, so that what is produced rather stays there.
    assert.ok(highest % cells[1] <= 4, `cell (10, ${highest % cells[1]})`);
  });

  it("two given currents are refused unless they balance the source; then phi has zero mean", () => {
    const boundary = 8;
    assert.throws(() => solve(0, { ...usual, boundary }), /what flows in must flow out.*A per m of depth/);
    const free = { ...usual, boundary, load: 0, amplitude: 1 };
    let integral = 0;
    for (let i = 0; i < cells[0]; i++) {
      for (let j = 0; j < cells[1]; j++) {
        const [x, y] = [(i + 0.5) / cells[0] - 0.4, (j + 0.5) / cells[1] - 0.6];
        integral += Math.exp(-50 * (x * x + y * y)) / size;
      }
    }
    const phi = solve(0, { ...free, load: integral });
    assertClose("mean", phi.reduce((a, b) => a + b) / size, 0, { within: 1e-12 });
    assert.ok(Math.max(...phi) - Math.min(...phi) > 0.01);
    assert.throws(() => solver.solveResponses(one(0), free, new Float64Array(41 * size)), /no response to one of them/);
  });

  it("refuses what is no porosity and no condition, by name", () => {
    const wrong = one(0).slice();
    wrong[37] = 1.2;
    assert.throws(() => solver.solve(wrong, usual, new Float64Array(size)), /conduction-2d: .*got 1.2 in cell 37/);
    assert.throws(() => solver.solve(wrong.subarray(1), usual, new Float64Array(size)), /must have 320 values/);
    const { centre_y: _, ...without } = usual;
    assert.throws(() => solve(0, without), /conduction-2d: centre_y is missing \(place of the source along y, in m/);
    assert.throws(() => solve(0, { ...usual, boundary: 9 }), /boundary.*one of 0 \(Dirichlet-Dirichlet\)/);
  });
});
