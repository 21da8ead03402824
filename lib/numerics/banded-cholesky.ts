/**
 * Many right-hand sides of one symmetric positive definite system A X = B whose entries lie within `width` of the
 * diagonal: A = L L^T with L of the same band. Row i of a band holds the entries of the columns i - width .. i. In
 * WebAssembly eight rows are on their way together (banded-kernel.ts); every sum goes term by term, the rows' own
 * neighbours last, in both forms.
 */
import { BandedTiles } from "./banded-kernel";

/** Factor and solutions with their work space, for systems of one size. One serves one thread. */
export class BandedCholesky {
  /** A, row by row [size, width + 1], to be filled before `factor`, which may put L in its place. */
  readonly band: Float64Array;
  private readonly reciprocal: Float64Array;
  private readonly tiles: BandedTiles | undefined;

  /** `plain` does without WebAssembly. */
  constructor(
    readonly size: number,
    readonly width: number,
    { plain = false } = {},
  ) {
    this.band = new Float64Array(size * (width + 1));
    this.reciprocal = new Float64Array(size);
    this.tiles = plain ? undefined : BandedTiles.make(size, width);
  }

  /** @throws RangeError where the matrix is not positive definite */
  factor(): void {
    const { band, size, width, reciprocal } = this;
    if (this.tiles) return this.tiles.factor(band, refuse);
    const row = width + 1;
    for (let i = 0; i < size; i++) {
      const first = Math.max(0, i - width);
      const at = i * row + width - i;
      for (let j = first; j <= i; j++) {
        const other = j * row + width - j;
        let sum = band[at + j];
        for (let k = first; k < j; k++) sum -= band[at + k] * band[other + k];
        if (j < i) band[at + j] = sum * reciprocal[j];
        else if (sum > 0) reciprocal[i] = 1 / (band[at + i] = Math.sqrt(sum));
        else refuse(i, sum);
      }
    }
  }

  /** B [size, count] becomes X, in place. */
  solve(B: Float64Array): void {
    const { band, size, width, reciprocal } = this;
    if (this.tiles) return this.tiles.solve(B);
    const row = width + 1;
    const count = B.length / size;
    const subtract = (i: number, factor: number, j: number): void => {
      for (let b = 0; b < count; b++) B[i * count + b] -= factor * B[j * count + b];
    };
    const scale = (i: number): void => {
      for (let at = i * count; at < (i + 1) * count; at++) B[at] *= reciprocal[i];
    };
    for (let i = 0; i < size; i++) {
      for (let j = Math.max(0, i - width); j < i; j++) subtract(i, band[i * row + width - i + j], j);
      scale(i);
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let j = Math.min(size - 1, i + width); j > i; j--) subtract(i, band[j * row + width - j + i], j);
      scale(i);
    }
  }
}

function refuse(row: number, pivot: number): never {
  throw new RangeError(`banded Cholesky: the matrix must be positive definite, but pivot ${row} is ${pivot}`);
}
