/**
 * Dense linear algebra on random matrices of sizes with every remainder of division by four. A product of d terms near 1
 * is known to about d eps; a decomposition to n eps times the size of the matrix, a solution also times its condition.
 */
import assert from "node:assert/strict";
import {
  cholesky,
  choleskySolve,
  gram,
  multiplyTransposed,
  multiplyVector,
  principalAxes,
  rowProducts,
  singularValues,
  solveLower,
  solveLowerTransposed,
  symmetricEigen,
} from "../../lib/numerics/linear-algebra";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const entries = (seed: number, count: number): Float64Array => Float64Array.from(stream(seed).normals(count));

/** sum over r of a(r) b(r), by the definition. */
const sumOf = (n: number, term: (r: number) => number): number =>
  Array.from({ length: n }, (_, r) => term(r)).reduce((a, b) => a + b, 0);

/** X^T X + I for a random X: positive definite, with eigenvalues from 1 to a few n. */
function positiveDefinite(seed: number, n: number): Float64Array {
  const X = entries(seed, n * n);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return sumOf(n, (r) => X[r * n + i] * X[r * n + j]) + (i === j ? 1 : 0);
  });
}

function assertEntries(what: string, got: Float64Array, expected: (i: number, j: number) => number, columns: number) {
  got.forEach((x, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    assertClose(`${what}[${i}, ${j}]`, x, expected(i, j), { within: 1e-12 });
  });
}

describe("products", () => {
  const d = 5;
  for (const rows of [1, 2, 3, 4, 5, 6, 7, 8, 11]) {
    it(`of ${rows} rows are their defining sums`, () => {
      const X = entries(rows, rows * d);
      const V = entries(20, 3 * d);
      assert.equal(rowProducts(X, rows, d, V, 3).length, rows * 3);
      assertEntries("X V^T", rowProducts(X, rows, d, V, 3), (i, v) => sumOf(d, (j) => X[i * d + j] * V[v * d + j]), 3);
      assert.equal(gram(X, rows, d).length, d * d);
      assertEntries("X^T X", gram(X, rows, d), (i, j) => sumOf(rows, (r) => X[r * d + i] * X[r * d + j]), d);
      const [x, y] = [entries(30, d), entries(31, rows)];
      assertEntries("X x", multiplyVector(X, rows, d, x), (i) => sumOf(d, (j) => X[i * d + j] * x[j]), 1);
      assertEntries("X^T y", multiplyTransposed(X, rows, d, y), (j) => sumOf(rows, (i) => X[i * d + j] * y[i]), 1);
    });
  }
});

describe("Cholesky's factor", () => {
  for (const n of [1, 2, 5, 8]) {
    it(`of ${n} rows is lower triangular, gives the matrix back and solves with it`, () => {
      const A = positiveDefinite(n, n);
      const L = cholesky(A, n);
      assertEntries("L above", L, (i, j) => (j > i ? 0 : L[i * n + j]), n);
      assertEntries("L L^T", A, (i, j) => sumOf(n, (k) => L[i * n + k] * L[j * n + k]), n);
      const b = entries(40, n);
      const given = b.slice();
      const [half, other, x] = [solveLower(L, n, b), solveLowerTransposed(L, n, b), choleskySolve(L, n, b)];
      assert.deepEqual(b, given, "the right-hand side stays");
      assertEntries("L x", b, (i) => sumOf(n, (j) => L[i * n + j] * half[j]), 1);
      assertEntries("L^T x", b, (i) => sumOf(n, (j) => L[j * n + i] * other[j]), 1);
      assertEntries("A x", b, (i) => sumOf(n, (j) => A[i * n + j] * x[j]), 1);
    });
  }

  it("is refused by name, with the pivot, where the matrix is not positive definite, one that is singular too", () => {
    assert.throws(
      () => cholesky(Float64Array.of(1, 2, 2, 1), 2, "the covariance"),
      /^RangeError: the covariance must be positive definite, but pivot 1 is -3$/,
    );
    assert.throws(() => cholesky(Float64Array.of(1, 1, 1, 1), 2), /cholesky: the matrix must be .* pivot 1 is 0$/);
  });
});

describe("eigenpairs and singular values", () => {
  for (const n of [1, 2, 6]) {
    it(`of a symmetric matrix of ${n} rows: orthonormal rows, falling values, and the matrix out of them`, () => {
      const A = positiveDefinite(n, n);
      const { values, vectors } = symmetricEigen(A, n);
      for (let k = 1; k < n; k++) assert.ok(values[k - 1] >= values[k], "falling");
      assertEntries("V V^T", new Float64Array(n * n), (i, j) => sumOf(n, (k) => vectors[i * n + k] * vectors[j * n + k]) - Number(i === j), n); // prettier-ignore
      assertEntries("V^T lambda V", A, (i, j) => sumOf(n, (k) => values[k] * vectors[k * n + i] * vectors[k * n + j]), n); // prettier-ignore
      const { modes, variance } = principalAxes(A, n);
      assert.deepEqual(variance, values);
      assertEntries("modes", modes, (i, k) => vectors[k * n + i], n);
    });
  }

  it("take a matrix for symmetric that is so but for rounding: falling values and orthonormal vectors all the same", () => {
    const n = 6;
    const A = positiveDefinite(9, n);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) A[i * n + j] *= 1 + 2 ** -52;
    const { values, vectors } = symmetricEigen(A, n);
    for (let k = 1; k < n; k++) assert.ok(values[k - 1] >= values[k], "falling");
    assertEntries("V^T lambda V", A, (i, j) => sumOf(n, (k) => values[k] * vectors[k * n + i] * vectors[k * n + j]), n); // prettier-ignore
  });

  it("principal axes of a covariance of less than full rank have variances that are not negative", () => {
    const n = 6;
    const X = entries(7, 2 * n); // rank two
    const { variance } = principalAxes(gram(X, 2, n), n);
    assert.ok(
      variance.every((v) => v >= 0),
      `${variance}`,
    );
    const whole = sumOf(2 * n, (r) => X[r] ** 2);
    assertClose("the trace is theirs", variance[0] + variance[1], whole, { within: 1e-12 * whole });
    assert.deepEqual(principalAxes(Float64Array.of(4, 0, 0, -1e-17), 2).variance, Float64Array.of(4, 0));
  });

  for (const [rows, columns] of [
    [4, 4],
    [7, 3],
    [3, 7],
    [1, 5],
  ] as const) {
    it(`of a matrix of ${rows} x ${columns}: orthonormal rows on both sides, and the matrix out of them`, () => {
      const A = entries(rows + columns, rows * columns);
      const { values, left, right } = singularValues(A, rows, columns);
      const r = Math.min(rows, columns);
      assert.deepEqual([values.length, left.length, right.length], [r, r * rows, r * columns]);
      for (let k = 1; k < r; k++) assert.ok(values[k - 1] >= values[k], "falling");
      for (const [side, n] of [[left, rows], [right, columns]] as const)
        assertEntries("orthonormal", new Float64Array(r * r), (i, j) => sumOf(n, (k) => side[i * n + k] * side[j * n + k]) - Number(i === j), r); // prettier-ignore
      assertEntries("U sigma V^T", A, (i, j) => sumOf(r, (k) => values[k] * left[k * rows + i] * right[k * columns + j]), columns); // prettier-ignore
    });
  }

  it("are refused by name for a matrix of another size or with entries that are not finite", () => {
    assert.throws(() => symmetricEigen(new Float64Array(5), 2), /symmetricEigen: expected 2 x 2 = 4 entries, got 5/);
    const holed = Float64Array.of(1, 0, NaN, 1);
    assert.throws(() => singularValues(holed, 2, 2), /singularValues: entry 2 is NaN, expected finite numbers/);
    assert.throws(() => cholesky(Float64Array.of(Infinity), 1, "A"), /A: entry 0 is Infinity, expected finite/);
  });
});
