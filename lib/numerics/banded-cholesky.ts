/**
 * Many right-hand sides of one symmetric positive definite system A X = B whose entries lie within `width` of the
 * diagonal: A = L L^T with L of the same band. Row i of a band holds the entries of the columns i - width .. i.
 */
import { addCombination, scalarProduct } from "./row-products";

/** Factor and solutions with their work space, for systems of one size. One serves one thread. */
export class BandedCholesky {
  /** A, row by row [size, width + 1], to be filled before `factor`, which puts L in its place. */
  readonly band: Float64Array;
  private readonly reciprocal: Float64Array;
  private readonly factors: Float64Array;

  constructor(
    readonly size: number,
    readonly width: number,
  ) {
    this.band = new Float64Array(size * (width + 1));
    this.reciprocal = new Float64Array(size);
    this.factors = new Float64Array(width);
  }

  /** @throws RangeError where the matrix is not positive definite */
  factor(): void {
    const { band, size, width, reciprocal } = this;
    const row = width + 1;
    for (let i = 0; i < size; i++) {
      for (let j = Math.max(0, i - width); j <= i; j++) {
        const first = Math.max(0, i - width); // the column from which both rows have entries
        const at = i * row + width - i;
        const other = j * row + width - j;
        const sum = band[at + j] - scalarProduct(band, at + first, band, other + first, j - first);
        if (j < i) band[at + j] = sum * reciprocal[j];
        else if (sum > 0) reciprocal[i] = 1 / (band[at + i] = Math.sqrt(sum));
        else throw new RangeError(`banded Cholesky: the matrix must be positive definite, but pivot ${i} is ${sum}`);
      }
    }
  }

  /** B [size, count] becomes X, in place. */
  solve(B: Float64Array): void {
    const { band, size, width, reciprocal, factors } = this;
    const row = width + 1;
    const count = B.length / size;
    const rows = (from: number, to: number): Float64Array => B.subarray(from * count, to * count);
    const scale = (i: number): void => {
      for (let at = i * count; at < (i + 1) * count; at++) B[at] *= reciprocal[i];
    };
    for (let i = 0; i < size; i++) {
      const first = Math.max(0, i - width);
      for (let j = first; j < i; j++) factors[j - first] = -band[i * row + width - i + j];
      addCombination(rows(i, i + 1), factors, i - first, rows(first, i));
      scale(i);
    }
    for (let i = size - 1; i >= 0; i--) {
      const last = Math.min(size - 1, i + width);
      for (let j = i + 1; j <= last; j++) factors[j - i - 1] = -band[j * row + width - j + i];
      addCombination(rows(i, i + 1), factors, last - i, rows(i + 1, last + 1));
      scale(i);
    }
  }
}
