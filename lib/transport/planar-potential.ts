/**
 * Conduction on a rectangle,  -div(k grad phi) = s  on [0, Lx] x [0, Ly], by cell-centred finite volumes with harmonic
 * means on the faces: second order, currents closed cell by cell. The ends x = 0 and x = Lx have a boundary each
 * (boundary.ts, half a cell from the last centres); nothing passes at y = 0 and y = Ly. Arrays are [nx][ny], SI units.
 *
 * Solved by conjugate gradients with a multigrid cycle as preconditioner (planar-multigrid.ts), for two systems side by
 * side. A system that has converged stands still until the other has too, so that its numbers do not depend on its
 * neighbour. The number of iterations hardly depends on the number of cells: eight to ten where the largest
 * conductivity is ten times the smallest.
 */
import { checkBoundary, conductanceOf, outsideValue, outwardFlux, type Boundary } from "./boundary";
import { InadmissibleInput } from "./errors";
import { kernelSweeps } from "./planar-kernel";
import { layoutOf, sizeOf, type Layout } from "./planar-levels";
import { assembleLevels, cycle, type EndConductances } from "./planar-multigrid";
import { plainSweeps, type Sweeps } from "./planar-sweeps";

export interface Ends {
  readonly left: Boundary;
  readonly right: Boundary;
}

export type Lane = 0 | 1;
const LANES: readonly Lane[] = [0, 1];
type Pair = [number, number];

/** Of the residual's norm to the right-hand side's. */
const TOLERANCE = 1e-13;
const MOST_ITERATIONS = 300;

/** A solver with its work space: set each lane, solve, and read each lane. One serves one thread. */
export class PlanarPotential {
  private readonly layout: Layout;
  private readonly sweeps: Sweeps;
  private readonly m: Float64Array;
  private readonly h: readonly [number, number];
  private readonly ends: EndConductances;
  /** Of the right-hand sides. */
  private readonly norm: Pair = [0, 0];
  /** Cycles that the last solution took. */
  iterations = 0;

  /** `plain` computes without WebAssembly, the same numbers. */
  constructor(
    readonly cells: readonly [number, number],
    lengths: readonly [number, number],
    { plain = false }: { readonly plain?: boolean } = {},
  ) {
    const [nx, ny] = cells;
    this.h = [lengths[0] / nx, lengths[1] / ny];
    this.layout = layoutOf(cells, this.h);
    const kernel = plain ? undefined : kernelSweeps(this.layout);
    this.m = kernel?.memory ?? new Float64Array(2 * this.layout.size);
    this.sweeps = kernel?.sweeps ?? plainSweeps(this.layout, this.m);
    this.ends = { left: new Float64Array(2 * ny), right: new Float64Array(2 * ny) };
  }

  /** Conductivities k [nx][ny] (S/m, positive), one for each lane, and what their ends let through. */
  setConductivity(k: readonly [Float64Array, Float64Array], { left, right }: Ends): void {
    const [nx, ny] = this.cells;
    const { m, layout, ends } = this;
    const { first, pitch } = layout.levels[0];
    for (const lane of LANES) {
      for (let i = 0, cell = 0; i < nx; i++) {
        for (let j = 0, to = 2 * (layout.q + first + i * pitch) + lane; j < ny; j++, cell++, to += 2)
          m[to] = k[lane][cell];
      }
      const [hx, hy] = this.h;
      for (let j = 0; j < ny; j++) {
        ends.left[2 * j + lane] = conductanceOf(left, k[lane][j], hx) * hy;
        ends.right[2 * j + lane] = conductanceOf(right, k[lane][(nx - 1) * ny + j], hx) * hy;
      }
    }
    assembleLevels(this.sweeps, layout, m, ends);
  }

  /**
   * The source s [nx][ny] (A/m3; none if left out) of a lane, and what comes in at its ends; after the conductivity.
   */
  setSource(lane: Lane, source: Float64Array | undefined, { left, right }: Ends): void {
    checkBoundary("planar potential, left", left);
    checkBoundary("planar potential, right", right);
    const [nx, ny] = this.cells;
    const [hx, hy] = this.h;
    const { first, pitch, at } = this.layout.levels[0];
    const { m } = this;
    const place = (row: number): number => 2 * (at.b + first + row * pitch) + lane;
    for (let i = 0, cell = 0; i < nx; i++) {
      for (let j = 0, to = place(i); j < ny; j++, cell++, to += 2) m[to] = source ? source[cell] * hx * hy : 0;
    }
    for (let j = 0; j < ny; j++) {
      const enters = (conductances: Float64Array, end: Boundary): number =>
        conductances[2 * j + lane] * outsideValue(end) - outwardFlux(end) * hy;
      m[place(0) + 2 * j] += enters(this.ends.left, left);
      m[place(nx - 1) + 2 * j] += enters(this.ends.right, right);
    }
    let square = 0;
    for (let i = 0; i < nx; i++) {
      for (let at = place(i), end = at + 2 * ny; at < end; at += 2) square += m[at] * m[at];
    }
    this.norm[lane] = Math.sqrt(square);
  }

  /** Solves both lanes. Throws InadmissibleInput where no solution is found in double precision. */
  solve(): void {
    const { m, sweeps, norm, layout } = this;
    for (const array of [layout.p, layout.q, layout.u]) m.fill(0, 2 * array, 2 * (array + sizeOf(layout.levels[0])));
    const active: [boolean, boolean] = [norm[0] > 0, norm[1] > 0];
    cycle(sweeps);
    let energy = this.sums();
    this.setFactors([0, 0]);
    for (this.iterations = 1; ; this.iterations++) {
      sweeps.turn();
      const curvature = this.sums();
      this.setFactors(eachActive(active, (lane) => energy[lane] / curvature[lane]));
      sweeps.advance();
      const residual = this.sums().map(Math.sqrt);
      for (const lane of LANES) active[lane] &&= !(residual[lane] <= TOLERANCE * norm[lane]);
      if (!active[0] && !active[1]) return;
      if (this.iterations === MOST_ITERATIONS) throw notSolved(residual, norm);
      cycle(sweeps);
      const next = this.sums();
      this.setFactors(eachActive(active, (lane) => next[lane] / energy[lane]));
      energy = next;
    }
  }

  /** phi [nx][ny] of a lane into `out` from `offset`. */
  copy(lane: Lane, out: Float64Array, offset = 0): void {
    const [nx, ny] = this.cells;
    const { first, pitch } = this.layout.levels[0];
    for (let i = 0, to = offset; i < nx; i++) {
      for (let j = 0, from = 2 * (this.layout.u + first + i * pitch) + lane; j < ny; j++, to++, from += 2) {
        out[to] = this.m[from];
      }
    }
  }

  private setFactors(factors: Pair): void {
    this.m.set(factors, 2 * this.layout.factor);
  }

  private sums(): Pair {
    return [this.m[2 * this.layout.sum], this.m[2 * this.layout.sum + 1]];
  }
}

/** A lane that has converged goes no further. */
function eachActive(active: readonly [boolean, boolean], factor: (lane: Lane) => number): Pair {
  return [active[0] ? factor(0) : 0, active[1] ? factor(1) : 0];
}

function notSolved(residual: readonly number[], norm: readonly number[]): InadmissibleInput {
  const left = Math.max(...LANES.map((lane) => (norm[lane] > 0 ? residual[lane] / norm[lane] : 0)));
  return new InadmissibleInput(
    `conduction on a rectangle: no solution to ${TOLERANCE} in ${MOST_ITERATIONS} iterations ` +
      `(${left.toPrecision(2)} of the currents are left over). Remedy: a porosity whose values differ by fewer ` +
      "orders of magnitude",
  );
}
