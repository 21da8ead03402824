/**
 * How the equations of a five-point scheme, and of its coarser versions for multigrid, lie in one memory. For two
 * systems side by side (two porosities, or two right-hand sides), each number is a pair, one for each lane of a
 * register:
 *   d_i x_i = b_i + gx_i x_(i-P) + gx_(i+P) x_(i+P) + gy_i x_(i-1) + gy_(i+1) x_(i+1),
 * with gx_i, gy_i the conductances to the neighbours before cell i along the first and the second axis. Cells are
 * numbered row by row with a pitch P of at least one more than a row has cells, after one empty row and before two. In
 * what surplus places there are, the conductances, d, 1/d and b are zero, so that loops run over a row's end without
 * looking. P is odd: the colours of a chessboard are then the even and the odd numbers, "red" and "black", and of two
 * rows together the first cell is black.
 *
 * A coarse cell is a block of two cells along one axis or both (one, at the end of an odd number). Cells are joined
 * along an axis as long as they are not more than half as long again as across it: with much longer cells a pointwise
 * relaxation smooths nothing.
 */
export interface Level {
  readonly nx: number;
  readonly ny: number;
  readonly pitch: number;
  /** The number of the first cell, and of the place after the last pair of rows. */
  readonly first: number;
  readonly end: number;
  /** Where the arrays begin, in pairs. */
  readonly at: Readonly<Record<"gx" | "gy" | "d" | "inverse" | "b" | "x", number>>;
  /** Relaxations of both colours before a coarse correction, and as many after it. */
  readonly relaxations: number;
  /** To the next level; none on the last, which has one cell. */
  readonly coarsening?: Coarsening;
}

export interface Coarsening {
  /** Cells to a block along the axes. */
  readonly along: readonly [1 | 2, 1 | 2];
  /**
   * The two cells of a block that pass a residual on, counted from its first one: both, or of four the two red ones,
   * since a residual is taken after the black ones were relaxed.
   */
  readonly passing: readonly [number, number];
}

export interface Layout {
  readonly levels: readonly Level[];
  /** Of the faces on the finest level: width over distance of the centres. */
  readonly shape: { readonly x: number; readonly y: number };
  /** More arrays on the finest level, in pairs: direction p, its image q and the solution u. */
  readonly p: number;
  readonly q: number;
  readonly u: number;
  /** A pair each: a factor that goes in, a sum that comes out. */
  readonly factor: number;
  readonly sum: number;
  /** Of all, in pairs. */
  readonly size: number;
}

const RELAXATIONS = { finest: 2, coarser: 3 };
const LONGEST_CELL = 1.5;

/** For nx x ny cells of hx x hy m. */
export function layoutOf([nx, ny]: readonly [number, number], [hx, hy]: readonly [number, number]): Layout {
  const levels: Level[] = [];
  const shape = { x: hy / hx, y: hx / hy };
  let next = ny + 2; // room before the first array, so that a neighbour of what lies in it is a place too
  const take = (count: number): number => {
    const here = next;
    next += count;
    return here;
  };
  for (;;) {
    const pitch = ny + 1 + (ny % 2);
    const end = pitch * (1 + 2 * Math.ceil(nx / 2));
    const size = sizeOf({ nx, pitch });
    const at = { gx: take(size), gy: take(size), d: take(size), inverse: take(size), b: take(size), x: take(size) };
    const along = joined(nx, ny, hx, hy);
    const relaxations = levels.length === 0 ? RELAXATIONS.finest : RELAXATIONS.coarser;
    const coarsening = along && { along, passing: passing(along, pitch) };
    levels.push({ nx, ny, pitch, first: pitch, end, at, relaxations, coarsening });
    if (!along) {
      const finest = sizeOf(levels[0]);
      const more = { p: take(finest), q: take(finest), u: take(finest), factor: take(1), sum: take(1) };
      return { levels, shape, ...more, size: next };
    }
    [nx, ny, hx, hy] = [Math.ceil(nx / along[0]), Math.ceil(ny / along[1]), hx * along[0], hy * along[1]];
  }
}

/** Of an array of a level, in pairs. */
export const sizeOf = ({ nx, pitch }: Pick<Level, "nx" | "pitch">): number => (nx + 3) * pitch + 1;

function joined(nx: number, ny: number, hx: number, hy: number): Coarsening["along"] | undefined {
  if (nx === 1 && ny === 1) return undefined;
  const x = nx > 1 && (ny === 1 || hx <= LONGEST_CELL * hy);
  const y = ny > 1 && (nx === 1 || hy <= LONGEST_CELL * hx);
  return [x ? 2 : 1, y ? 2 : 1];
}

function passing([x, y]: Coarsening["along"], pitch: number): readonly [number, number] {
  if (x === 1) return [0, 1];
  return y === 1 ? [0, pitch] : [1, pitch];
}
