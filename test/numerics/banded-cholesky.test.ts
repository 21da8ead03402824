import assert from "node:assert/strict";
import { BandedCholesky } from "../../lib/numerics/banded-cholesky";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const [size, width, count] = [13, 4, 3];

describe("banded Cholesky factorisation", () => {
  it("solves many right-hand sides of a random positive definite band", () => {
    const solver = new BandedCholesky(size, width);
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
    B.forEach((x, at) => assertClose(`entry ${at}`, x, X[at], { within: 1e-12 }));
  });

  it("refuses a matrix that is not positive definite, naming the pivot", () => {
    const solver = new BandedCholesky(3, 1);
    solver.band.set([0, 1, 2, 1, 0, 1]); // the second pivot is 1 - 4
    assert.throws(() => solver.factor(), /positive definite, but pivot 1 is -3/);
    solver.band.set([0, 1, 1, 1, 0, 1]); // singular
    assert.throws(() => solver.factor(), /positive definite, but pivot 1 is 0/);
  });
});
