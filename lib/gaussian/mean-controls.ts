/**
 * Means with what the porosities' coordinates explain taken out: fields follow the normal coordinates y of the process
 * behind the porosity (latent-coordinates.ts) almost linearly, and the moments of y are known. With B the least-squares
 * coefficients of q on y and y^2 - 1, the mean of q is that of the sample less B^T mean(y, y^2 - 1) (Glasserman 2003,
 * section 4.1), whose error is that of the residuals.
 */
import { Matrix, solve } from "ml-matrix";

/** Rows that each of the two controls of a coordinate needs beside it. */
const rowsPerControl = 4;

/** The most coordinates that serve for so many rows. */
export const mostControls = (rows: number): number => Math.floor(rows / (2 * rowsPerControl));

/** What to add to the mean of q [n, rank], for coordinates y [n, K]. */
export function controlShift(q: Float32Array, y: Float32Array, n: number): Float64Array {
  const [rank, K] = [q.length / n, y.length / n];
  const controls = new Matrix(n, 2 * K);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < K; k++) {
      const value = y[i * K + k];
      controls.set(i, k, value);
      controls.set(i, K + k, value * value - 1);
    }
  }
  const mean = controls.mean("column");
  const centred = controls.subRowVector(mean);
  const turned = centred.transpose();
  const shift = solve(turned.mmul(centred), Matrix.columnVector(mean)); // B^T mean = q^T C (C^T C)^-1 mean
  const weights = centred.mmul(shift).to1DArray();
  const result = new Float64Array(rank);
  for (let i = 0; i < n; i++) for (let p = 0; p < rank; p++) result[p] -= weights[i] * q[i * rank + p];
  return result;
}
