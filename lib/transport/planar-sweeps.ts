/**
 * The loops over cells of which the solver in two dimensions consists (see planar-levels.ts for what lies where), in
 * plain arithmetic. They define what the WebAssembly versions beside them (planar-kernel.ts) compute, to the bit.
 */
import type { Coarsening, Layout, Level } from "./planar-levels";

/** Of one level. */
export interface LevelSweeps {
  /**
   * The way down of a V-cycle, from x = 0: red cells relaxed, then black ones, again as often as the level says; then b
   * of the next level = the residuals of each block, summed. The last level is solved.
   */
  down(): void;
  /**
   * The way up: x of the next level added in each block (to the cells that pass residuals on; the others are relaxed
   * next), black cells relaxed, then red ones, again as often as the level says. On the finest level sum = b x.
   */
  up(): void;
  /**
   * d and 1/d hold the sums of a cell's conductances, to the neighbours alone (`diagonal`) or with what was added since
   * (`invert`).
   */
  diagonal(): void;
  invert(): void;
  /**
   * Conductances of the next level: of the fine ones between the middles of two blocks, in series along the axis and in
   * parallel across it. At the end of an odd number of cells it says zero, and others must know better.
   */
  coarsen(): void;
}

export interface Sweeps {
  readonly levels: readonly LevelSweeps[];
  /** Conductances of the finest level for the conductivities that lie in q: harmonic means on the faces. */
  conduct(): void;
  /** p = x + factor p, q = A p, sum = p q. */
  turn(): void;
  /** u += factor p, b -= factor q, sum = b b (b of the finest level is the residual). */
  advance(): void;
}

/** Stands for zero under a fraction whose numerator is zero. */
export const TINY = 1e-300;
const LANES = [0, 1] as const;

/** The sweeps over `m`, an array of at least twice `layout.size` numbers. */
export function plainSweeps(layout: Layout, m: Float64Array): Sweeps {
  const [finest] = layout.levels;
  const { first, end, pitch } = finest;
  const { gx, gy, b } = finest.at;
  const { p, q, u, factor, shape } = layout;
  const mean = (i: number, j: number, width: number): number => (2 * m[i] * m[j] * width) / Math.max(m[i] + m[j], TINY);
  return {
    levels: layout.levels.map((_, k) => levelSweeps(layout, k, m)),
    conduct() {
      for (let i = 2 * first; i < 2 * end; i++) {
        m[2 * gx + i] = mean(2 * (q - pitch) + i, 2 * q + i, shape.x);
        m[2 * gy + i] = mean(2 * (q - 1) + i, 2 * q + i, shape.y);
      }
    },
    turn() {
      for (let i = 2 * first; i < 2 * end; i++) {
        m[2 * p + i] = m[2 * finest.at.x + i] + m[2 * factor + (i % 2)] * m[2 * p + i];
      }
      for (let i = first; i < end; i++) {
        for (const lane of LANES) {
          m[2 * (q + i) + lane] = diagonal(m, finest, p, i, lane) - neighbours(m, finest, p, i, lane);
        }
      }
      sumOfProducts(m, p, q, layout);
    },
    advance() {
      for (let i = 2 * first; i < 2 * end; i++) {
        m[2 * u + i] += m[2 * factor + (i % 2)] * m[2 * p + i];
        m[2 * b + i] -= m[2 * factor + (i % 2)] * m[2 * q + i];
      }
      sumOfProducts(m, b, b, layout);
    },
  };
}

function levelSweeps(layout: Layout, k: number, m: Float64Array): LevelSweeps {
  return { ...cycle(layout, k, m), ...coefficients(layout.levels[k], layout.levels[k + 1], m) };
}

/** What a V-cycle does on level k. */
function cycle(layout: Layout, k: number, m: Float64Array): Pick<LevelSweeps, "down" | "up"> {
  const level = layout.levels[k];
  const { at, first, end, relaxations } = level;
  const next: Level | undefined = layout.levels[k + 1];
  const relax = (from: number) => {
    for (let i = from; i < end; i += 2) {
      for (const lane of LANES) {
        const inflow = m[2 * (at.b + i) + lane] + neighbours(m, level, at.x, i, lane);
        m[2 * (at.x + i) + lane] = m[2 * (at.inverse + i) + lane] * inflow;
      }
    }
  };
  const [relaxRed, relaxBlack] = [() => relax(first + 1), () => relax(first)];
  const begin = () => {
    for (let i = first + 1; i < end; i += 2) {
      for (const lane of LANES) {
        m[2 * (at.x + i) + lane] = m[2 * (at.inverse + i) + lane] * m[2 * (at.b + i) + lane];
      }
    }
  };
  const residual = (i: number, lane: number): number =>
    m[2 * (at.b + i) + lane] + neighbours(m, level, at.x, i, lane) - diagonal(m, level, at.x, i, lane);
  const restrict = ({ passing: [one, other] }: Coarsening) =>
    overBlocks(level, next, (cell, block) => {
      for (const lane of LANES) {
        m[2 * (next.at.b + block) + lane] = residual(cell + one, lane) + residual(cell + other, lane);
      }
    });
  const prolong = ({ passing }: Coarsening) =>
    overBlocks(level, next, (cell, block) => {
      for (const lane of LANES) {
        for (const i of passing) m[2 * (at.x + cell + i) + lane] += m[2 * (next.at.x + block) + lane];
      }
    });
  return {
    down() {
      if (!level.coarsening) return relaxBlack(); // the only cell
      begin();
      relaxBlack();
      for (let again = 1; again < relaxations; again++) {
        relaxRed();
        relaxBlack();
      }
      restrict(level.coarsening);
    },
    up() {
      if (level.coarsening) {
        prolong(level.coarsening);
        for (let again = 0; again < relaxations; again++) {
          relaxBlack();
          relaxRed();
        }
      }
      if (k === 0) sumOfProducts(m, at.b, at.x, layout);
    },
  };
}

/** How a level's coefficients, and those of the next, follow from its conductances. */
function coefficients(
  level: Level,
  next: Level | undefined,
  m: Float64Array,
): Pick<LevelSweeps, "diagonal" | "invert" | "coarsen"> {
  const { at, first, end, pitch } = level;
  return {
    diagonal() {
      for (let i = 2 * first; i < 2 * end; i++) {
        const along = m[2 * at.gx + i] + m[2 * (at.gx + pitch) + i];
        m[2 * at.d + i] = along + (m[2 * at.gy + i] + m[2 * (at.gy + 1) + i]);
      }
    },
    invert() {
      for (let i = 2 * first; i < 2 * end; i++) {
        const d = m[2 * at.d + i];
        m[2 * at.inverse + i] = d / Math.max(d * d, TINY);
      }
    },
    coarsen() {
      if (!level.coarsening || !next) return;
      const { along } = level.coarsening;
      overBlocks(level, next, (cell, block) => {
        for (const lane of LANES) {
          const g = (array: number, i: number) => m[2 * (array + cell + i) + lane];
          m[2 * (next.at.gx + block) + lane] = across(g, at.gx, pitch, along[0], 1, along[1]);
          m[2 * (next.at.gy + block) + lane] = across(g, at.gy, 1, along[1], pitch, along[0]);
        }
      });
    },
  };
}

/**
 * The conductance between the middles of a block and of the one before it: where blocks have two cells along the axis,
 * half of a, b and half of c in series, for each of the `width` cells across.
 */
function across(
  g: (array: number, i: number) => number,
  array: number,
  step: number,
  joined: 1 | 2,
  beside: number,
  width: 1 | 2,
): number {
  const path = (i: number): number => {
    const b = g(array, i);
    if (joined === 1) return b;
    const [a, c] = [g(array, i - step), g(array, i + step)];
    return (2 * a * b * c) / Math.max(2 * a * c + b * (a + c), TINY);
  };
  return width === 1 ? path(0) : path(0) + path(beside);
}

/** The first cell of each block and the block, over whole pairs of rows. */
function overBlocks(level: Level, next: Level, each: (cell: number, block: number) => void): void {
  const { along } = level.coarsening as Coarsening;
  for (let row = level.first, rowOfBlocks = next.first; row < level.end; rowOfBlocks += next.pitch) {
    for (let J = 0; J < next.ny; J++) each(row + J * along[1], rowOfBlocks + J);
    row += along[0] * level.pitch;
  }
}

/** Sum of g v over the neighbours of cell i. */
function neighbours(m: Float64Array, { at, pitch }: Level, v: number, i: number, lane: number): number {
  const g = (array: number, cell: number, from: number) => m[2 * (array + cell) + lane] * m[2 * (v + from) + lane];
  return g(at.gx, i, i - pitch) + g(at.gx, i + pitch, i + pitch) + (g(at.gy, i, i - 1) + g(at.gy, i + 1, i + 1));
}

function diagonal(m: Float64Array, { at }: Level, v: number, i: number, lane: number): number {
  return m[2 * (at.d + i) + lane] * m[2 * (v + i) + lane];
}

/** Over the finest level, for each lane: the black cells' sum and the red ones'. */
function sumOfProducts(m: Float64Array, v: number, w: number, { levels: [{ first, end }], sum }: Layout): void {
  for (const lane of LANES) {
    let [black, red] = [0, 0];
    for (let i = first; i < end; i += 2) {
      black += m[2 * (v + i) + lane] * m[2 * (w + i) + lane];
      red += m[2 * (v + i + 1) + lane] * m[2 * (w + i + 1) + lane];
    }
    m[2 * sum + lane] = black + red;
  }
}
