/**
 * Dense linear algebra in double precision on flat row-major arrays:
 *   S = V diag(lambda) V^T,   A = U diag(sigma) V^T,   A = L L^T,   X V^T,   X^T X.
 * Eigenvalues and singular values come in falling order; vectors are rows, so vector k is contiguous.
 */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { addTiles, inTiles } from "./product-kernel";
import { rowsOf, transposed } from "./rows";

export interface Eigenpairs {
  readonly values: Float64Array; // [n], falling
  readonly vectors: Float64Array; // [n, n], row k belongs to values[k]
}

/** Eigenpairs of a symmetric matrix [n, n]. Refuses a matrix that is not finite; symmetry is the caller's promise. */
export function symmetricEigen(matrix: Float64Array, n: number): Eigenpairs {
  checkMatrix("symmetricEigen", matrix, n, n);
  const evd = new EigenvalueDecomposition(new Matrix(rowsOf(matrix, n)), { assumeSymmetric: true });
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const from = n - 1 - k; // they arrive in rising order
    values[k] = evd.realEigenvalues[from];
    for (let i = 0; i < n; i++) vectors[k * n + i] = evd.eigenvectorMatrix.get(i, from);
  }
  return { values, vectors };
}

/**
 * Principal axes of a covariance [n, n]: modes [n, n] as columns, variances falling; tiny negative ones, which are
 * rounding, become 0.
 */
export function principalAxes(covariance: Float64Array, n: number): { modes: Float64Array; variance: Float64Array } {
  const { values, vectors } = symmetricEigen(covariance, n);
  return { modes: transposed(vectors, n), variance: values.map((v) => Math.max(0, v)) };
}

export interface SingularTriplets {
  readonly values: Float64Array; // [r], r = min(rows, columns), falling
  readonly left: Float64Array; // [r, rows]
  readonly right: Float64Array; // [r, columns]
}

/**
 * Singular value decomposition of a matrix [rows, columns]; small values keep their relative meaning down to 1e-15 of
 * the first.
 */
export function singularValues(matrix: Float64Array, rows: number, columns: number): SingularTriplets {
  checkMatrix("singularValues", matrix, rows, columns);
  const svd = new SingularValueDecomposition(new Matrix(rowsOf(matrix, columns)), { autoTranspose: true });
  const r = Math.min(rows, columns);
  const left = new Float64Array(r * rows);
  const right = new Float64Array(r * columns);
  for (let k = 0; k < r; k++) {
    for (let i = 0; i < rows; i++) left[k * rows + i] = svd.leftSingularVectors.get(i, k);
    for (let i = 0; i < columns; i++) right[k * columns + i] = svd.rightSingularVectors.get(i, k);
  }
  return { values: Float64Array.from(svd.diagonal.slice(0, r)), left, right };
}

/**
 * Lower Cholesky factor of a symmetric positive definite matrix [n, n]; an error that names the matrix as `what` where
 * it is not.
 */
export function cholesky(matrix: Float64Array, n: number, what = "cholesky: the matrix"): Float64Array {
  checkMatrix(what, matrix, n, n);
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      if (i !== j) L[i * n + j] = sum / L[j * n + j];
      else if (sum > 0) L[i * n + i] = Math.sqrt(sum);
      else throw new RangeError(`${what} must be positive definite, but pivot ${i} is ${sum}`);
    }
  }
  return L;
}

/** Solves L L^T x = b in a copy of b. */
export function choleskySolve(L: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = solveLower(L, n, b);
  return solveLowerTransposed(L, n, x);
}

/** Solves L x = b in a copy of b. */
export function solveLower(L: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
    x[i] /= L[i * n + i];
  }
  return x;
}

/** Solves L^T x = b in a copy of b. */
export function solveLowerTransposed(L: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= L[i * n + i];
    for (let k = 0; k < i; k++) x[k] -= L[i * n + k] * x[i];
  }
  return x;
}

/** y = A x for A [rows, columns]. */
export function multiplyVector(A: Float64Array, rows: number, columns: number, x: Float64Array): Float64Array {
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += A[i * columns + j] * x[j];
    y[i] = sum;
  }
  return y;
}

/** y = A^T x for A [rows, columns]. */
export function multiplyTransposed(A: Float64Array, rows: number, columns: number, x: Float64Array): Float64Array {
  const y = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) y[j] += A[i * columns + j] * x[i];
  return y;
}

/** X V^T for X [rows, d] and V [k, d]: the products of every row with every vector, [rows, k]. Four rows at a time. */
export function rowProducts(X: Float64Array, rows: number, d: number, V: Float64Array, k: number): Float64Array {
  const out = new Float64Array(rows * k);
  if (inTiles(rows, d, k)) addTiles("inTurn", X, transposed(V, d), k, out);
  else plainRowProducts(X, rows, d, V, k, out);
  return out;
}

/** The same in plain loops; the order of the sums is the tiles'. */
function plainRowProducts(
  X: Float64Array,
  rows: number,
  d: number,
  V: Float64Array,
  k: number,
  out: Float64Array,
): void {
  for (let i = 0; i < rows; i += 4) {
    const last = rows - 1; // past the end the last row is computed again
    const [i1, i2, i3] = [Math.min(i + 1, last), Math.min(i + 2, last), Math.min(i + 3, last)];
    const [p0, p1, p2, p3] = [i * d, i1 * d, i2 * d, i3 * d];
    for (let v = 0; v < k; v++) {
      const q = v * d;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j < d; j++) {
        const y = V[q + j];
        s0 += X[p0 + j] * y;
        s1 += X[p1 + j] * y;
        s2 += X[p2 + j] * y;
        s3 += X[p3 + j] * y;
      }
      out[i * k + v] = s0;
      out[i1 * k + v] = s1;
      out[i2 * k + v] = s2;
      out[i3 * k + v] = s3;
    }
  }
}

/** X^T X for X [rows, d], symmetric [d, d]. Four rows at a time, so that each sum stays in registers longer. */
export function gram(X: Float64Array, rows: number, d: number): Float64Array {
  const S = new Float64Array(d * d);
  const padded = rows - (rows % 4);
  for (let r = 0; r < padded; r += 4) {
    const p = r * d;
    for (let i = 0; i < d; i++) {
      const a = X[p + i];
      const b = X[p + d + i];
      const c = X[p + 2 * d + i];
      const e = X[p + 3 * d + i];
      const row = i * d;
      for (let j = 0; j <= i; j++) {
        S[row + j] += a * X[p + j] + b * X[p + d + j] + c * X[p + 2 * d + j] + e * X[p + 3 * d + j];
      }
    }
  }
  for (let r = padded; r < rows; r++) {
    for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) S[i * d + j] += X[r * d + i] * X[r * d + j];
  }
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) S[j * d + i] = S[i * d + j];
  return S;
}

function checkMatrix(who: string, matrix: Float64Array, rows: number, columns: number): void {
  if (matrix.length !== rows * columns) {
    throw new RangeError(`${who}: expected ${rows} x ${columns} = ${rows * columns} entries, got ${matrix.length}`);
  }
  const at = matrix.findIndex((v) => !Number.isFinite(v));
  if (at >= 0) throw new RangeError(`${who}: entry ${at} is ${matrix[at]}, expected finite numbers`);
}
