/**
 * Conduction on a rectangle, -div(k grad phi) = s (the equations of planar-potential.ts), for one conductivity and many
 * sources at once: the matrix is factored, since its factor serves all of them. With nx x ny cells the factor costs
 * nx ny^3 operations and a source 4 nx ny^2: at 32 x 32 cells forty sources cost what three do by iteration.
 */
import { BandedCholesky } from "../numerics/banded-cholesky";
import { checkBoundary, conductanceOf, outsideValue, outwardFlux } from "./boundary";
import type { Ends } from "./planar-potential";

/** A solver with its work space. One serves one thread. */
export class PlanarResponses {
  private readonly matrix: BandedCholesky;
  private readonly h: readonly [number, number];
  private readonly all: Float64Array;

  /** For `sources` fixed sources [sources, nx, ny], A/m3. */
  constructor(
    readonly cells: readonly [number, number],
    lengths: readonly [number, number],
    private readonly sources: Float64Array,
  ) {
    const [nx, ny] = cells;
    this.h = [lengths[0] / nx, lengths[1] / ny];
    this.matrix = new BandedCholesky(nx * ny, ny);
    this.all = new Float64Array(nx * ny + sources.length);
  }

  /**
   * Without a source between these ends, and with each source between the same with nothing beyond them
   * [1 + sources, nx, ny] into `out` from `offset`. The level must be fixed by an end.
   */
  solve(k: Float64Array, ends: Ends, out: Float64Array, offset = 0): void {
    checkBoundary("planar responses, left", ends.left);
    checkBoundary("planar responses, right", ends.right);
    const size = k.length;
    const count = this.all.length / size;
    this.assemble(k, ends);
    this.matrix.factor();
    this.fill(k, ends);
    this.matrix.solve(this.all);
    for (let cell = 0, from = 0; cell < size; cell++) {
      for (let b = 0, to = offset + cell; b < count; b++, from++, to += size) out[to] = this.all[from];
    }
  }

  private assemble(k: Float64Array, { left, right }: Ends): void {
    const [nx, ny] = this.cells;
    const [hx, hy] = this.h;
    const { band } = this.matrix;
    const row = ny + 1;
    const join = (a: number, b: number, shape: number): void => {
      const g = (shape * 2 * k[a] * k[b]) / (k[a] + k[b]);
      band[a * row + ny] += g;
      band[b * row + ny] += g;
      band[b * row + ny + a - b] -= g;
    };
    band.fill(0);
    for (let i = 0, cell = 0; i < nx; i++) {
      for (let j = 0; j < ny; j++, cell++) {
        if (i > 0) join(cell - ny, cell, hy / hx);
        if (j > 0) join(cell - 1, cell, hx / hy);
        if (i === 0) band[cell * row + ny] += conductanceOf(left, k[cell], hx) * hy;
        if (i === nx - 1) band[cell * row + ny] += conductanceOf(right, k[cell], hx) * hy;
      }
    }
  }

  /** What enters at the ends, and the sources, cell by cell. */
  private fill(k: Float64Array, { left, right }: Ends): void {
    const [nx, ny] = this.cells;
    const [hx, hy] = this.h;
    const { all, sources } = this;
    const size = nx * ny;
    const count = all.length / size;
    for (let cell = 0; cell < size; cell++) {
      all[cell * count] = 0;
      for (let b = 1; b < count; b++) all[cell * count + b] = sources[(b - 1) * size + cell] * hx * hy;
    }
    for (let j = 0; j < ny; j++) {
      for (const [cell, end] of [
        [j, left],
        [size - ny + j, right],
      ] as const) {
        all[cell * count] += (conductanceOf(end, k[cell], hx) * outsideValue(end) - outwardFlux(end)) * hy;
      }
    }
  }
}
