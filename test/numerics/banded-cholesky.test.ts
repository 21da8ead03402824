import assert from "node:assert/strict";
import { BandedCholesky } from "../../lib/numerics/banded-cholesky";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

/** Rows, the band's width and right-hand sides: parts of tiles of eight, bands narrower and wider than one. */
const sizes = [
  [13, 4, 3],
  [40, 8, 2],
  [51, 19, 5],
] as const;

function solved(size: number, width: number, count: number, plain: boolean): { B: Float64Array; X: Float64Array } {
  const solver = new BandedCholesky(size, width, { plain });
  const entries = stream(3).normals(size * (width + 1));
  const A = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = Math.max(0, i - width); j <= i; j++) {
      const at = i * (width + 1) + width - i + j;
      solver.band[at] = j === i ? 2 * width + 4 : entries[at];
      A[i * size + j] = A[j * size + i] = solver.band[at];
    }
  }
  const X = Float64Array.from(stream(4).normals(size * count));
  const B = Float64Array.from({ length: size * count }, (_, at) => {
    const [i, b] = [Math.floor(at / count), at % count];
    return Array.from({ length: size }, (_, j) => A[i * size + j] * X[j * count + b]).reduce((a, c) => a + c);
  });
  solver.factor();
  solver.solve(B);
  return { B, X };
}

describe("banded Cholesky factorisation", () => {
  for (const [size, width, count] of sizes) {
    it(`solves ${count} right-hand sides of a random positive definite band of ${size} rows, in both forms with the same bits`, () => {
      const { B, X } = solved(size, width, count, false);
      B.forEach((x, at) => assertClose(`entry ${at}`, x, X[at], { within: 1e-12 }));
      assert.deepStrictEqual(solved(size, width, count, true).B, B);
    });
  }

  it("a second matrix and other right-hand sides find nothing of the first", () => {
    const solver = new BandedCholesky(9, 2);
    for (const scale of [1, 4]) {
      solver.band.fill(0);
      for (let i = 0; i < 9; i++) solver.band[3 * i + 2] = scale;
      solver.factor();
      const B = new Float64Array(9 * scale).fill(8);
      solver.solve(B);
      B.forEach((x) => assertClose("8 / scale", x, 8 / scale, { within: 1e-15 }));
    }
  });

  it("refuses a matrix that is not positive definite, naming the pivot", () => {
    for (const plain of [false, true]) {
      const solver = new BandedCholesky(3, 1, { plain });
      solver.band.set([0, 1, 2, 1, 0, 1]); // the second pivot is 1 - 4
      assert.throws(() => solver.factor(), /positive definite, but pivot 1 is -3/);
      solver.band.set([0, 1, 1, 1, 0, 1]); // singular
      assert.throws(() => solver.factor(), /positive definite, but pivot 1 is 0/);
    }
  });
});
