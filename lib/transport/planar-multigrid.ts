/**
 * Multigrid for conduction on a rectangle, as a preconditioner: one V-cycle with relaxation by colours (red, black on
 * the way down; black, red on the way up, which makes the cycle symmetric), residuals summed over the cells of a block
 * and corrections constant in it. A coarse conductance is that of the fine ones between the middles of two blocks, in
 * series along the axis and in parallel across it; at the ends of the domain likewise. Equations and numbering:
 * planar-levels.ts; loops: planar-sweeps.ts. Source: Trottenberg, Oosterlee & Schueller, "Multigrid" (2001), sections
 * 2.5 and 7.3; the operator that matches constant transfers:
 * Braess, "Towards algebraic multigrid for elliptic problems of second order", Computing 55 (1995).
 */
import type { Coarsening, Layout, Level } from "./planar-levels";
import type { Sweeps } from "./planar-sweeps";

/** Conductances from the cells of the first and of the last row to what is outside: pairs, [ny][2] each. */
export interface EndConductances {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** x of the finest level = (V-cycle) b, sum = b x; both lanes. */
export function cycle({ levels }: Sweeps): void {
  const last = levels.length - 1;
  for (let k = 0; k <= last; k++) levels[k].down();
  for (let k = last - (last > 0 ? 1 : 0); k >= 0; k--) levels[k].up();
}

/** The equations on all levels for the conductivities that lie in q of the layout, and these ends. */
export function assembleLevels(sweeps: Sweeps, { levels }: Layout, m: Float64Array, ends: EndConductances): void {
  sweeps.conduct();
  for (let k = 0; ; k++) {
    sweeps.levels[k].diagonal();
    addEnds(levels[k], m, ends);
    sweeps.levels[k].invert();
    if (k + 1 === levels.length) return;
    sweeps.levels[k].coarsen();
    mendOddEnds(levels[k], levels[k + 1], m);
    ends = coarseEnds(levels[k], m, ends);
  }
}

function addEnds({ nx, ny, pitch, first, at }: Level, m: Float64Array, { left, right }: EndConductances): void {
  for (let j = 0; j < 2 * ny; j++) {
    m[2 * (at.d + first) + j] += left[j];
    m[2 * (at.d + first + (nx - 1) * pitch) + j] += right[j];
  }
}

/** Where an axis ends in a block of one cell, its middle is that cell's: half of a and the whole of b in series. */
function mendOddEnds(level: Level, next: Level, m: Float64Array): void {
  const { along } = level.coarsening as Coarsening;
  const { nx, ny, pitch, first, at } = level;
  const toLast = (g: number, step: number, cell: number, lane: number): number => {
    const [a, b] = [m[2 * (g + cell - step) + lane], m[2 * (g + cell) + lane]];
    return (2 * a * b) / (2 * a + b);
  };
  for (const lane of [0, 1]) {
    for (let j = 0; along[0] === 2 && nx % 2 === 1 && nx > 1 && j < next.ny; j++) {
      let sum = 0;
      for (let c = j * along[1]; c < Math.min(ny, (j + 1) * along[1]); c++) {
        sum += toLast(at.gx, pitch, first + (nx - 1) * pitch + c, lane);
      }
      m[2 * (next.at.gx + next.first + (next.nx - 1) * next.pitch + j) + lane] = sum;
    }
    for (let i = 0; along[1] === 2 && ny % 2 === 1 && ny > 1 && i < next.nx; i++) {
      let sum = 0;
      for (let r = i * along[0]; r < Math.min(nx, (i + 1) * along[0]); r++) {
        sum += toLast(at.gy, 1, first + r * pitch + ny - 1, lane);
      }
      m[2 * (next.at.gy + next.first + i * next.pitch + next.ny - 1) + lane] = sum;
    }
  }
}

/** From the middle of a block to the outside: half of the fine conductance in it, and the fine one at the end. */
function coarseEnds(level: Level, m: Float64Array, { left, right }: EndConductances): EndConductances {
  const { along } = level.coarsening as Coarsening;
  const { nx, ny, pitch, first, at } = level;
  const size = 2 * Math.ceil(ny / along[1]);
  const whole = (end: number, inside: number): number => (end > 0 ? (2 * inside * end) / (2 * inside + end) : 0);
  const coarse = { left: new Float64Array(size), right: new Float64Array(size) };
  for (let j = 0; j < 2 * ny; j++) {
    const block = 2 * Math.floor((j >> 1) / along[1]) + (j % 2);
    const face = (row: number): number => m[2 * (at.gx + first + row * pitch) + j];
    coarse.left[block] += along[0] === 2 ? whole(left[j], face(1)) : left[j];
    coarse.right[block] += along[0] === 2 && nx % 2 === 0 ? whole(right[j], face(nx - 1)) : right[j];
  }
  return coarse;
}
