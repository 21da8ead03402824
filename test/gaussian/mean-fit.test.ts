import assert from "node:assert/strict";
import { fitMeans, meanAt } from "../../lib/gaussian/mean-fit";
import { shapeNodes } from "../../lib/gaussian/node-interpolation";
import { polynomialAt, polynomialFit } from "../../lib/gaussian/polynomial-fit";
import { stream } from "../../lib/random/stream";

describe("means of responses", () => {
  const [cells, count, degree, reach] = [3, 24, 6, [1.2]] as const;
  const nodes = shapeNodes(count, reach);
  /** Over five decades. */
  const size = (s: number): number => 10 ** (2.5 * s);
  const spread = polynomialFit(nodes, reach, 1, 2 * cells);
  nodes.forEach((s, j) =>
    spread.add(j, [...Array<number>(cells).fill(Math.log(size(s))), ...Array<number>(cells).fill(0)]),
  );
  const fit = (noise: number) => {
    const normals = stream(5).normals(count);
    const means = Array.from(nodes, (s, j) => {
      const own = size(s) * (2 + s + noise * normals[j]);
      return Float64Array.of(1000 + own, 7 - own, own, s, s ** 2, 1 + noise * normals[j]);
    });
    return fitMeans({ nodes, reach, cells, degree }, means, spread.fit);
  };
  const at = (found: ReturnType<typeof fit>, s: number): Float64Array =>
    meanAt(found, [s], polynomialAt(spread.fit, [s]));

  it("are exact where a response is a constant and its spread times a polynomial, over five decades of it", () => {
    const found = fit(0);
    assert.equal(found.meanUnits[0], 1, "the first response follows its spread");
    for (const s of [-0.95, 0.1, 0.9]) {
      const m = at(found, s);
      // The constant is that of the nodes where the response is smallest, to the size that it has there.
      assert.ok(Math.abs(m[0] - 1000 - size(s) * (2 + s)) < 0.01 * size(s) + 1e-9, `${s}: ${m[0]}`);
      assert.ok(Math.abs(m[3] - s) < 1e-9 && Math.abs(m[4] - s ** 2) < 1e-9);
    }
  });

  it("err by a share of the spread where it is small, and not of that where it is large", () => {
    const noise = 0.01;
    const found = fit(noise);
    const s = -0.9;
    // 7 coefficients from 24 nodes; at the ends of the nodes at most the noise of one of them.
    assert.ok(Math.abs(at(found, s)[2] - size(s) * (2 + s)) < 5 * noise * size(s));
    const plain = polynomialFit(nodes, reach, degree, 1);
    const normals = stream(5).normals(count);
    nodes.forEach((x, j) => plain.add(j, [size(x) * (2 + x + noise * normals[j])]));
    const error = Math.abs(polynomialAt(plain.fit, [s])[0] - size(s) * (2 + s));
    assert.ok(error > 50 * noise * size(s), "a plain polynomial would be off by many spreads");
  });
});
