/**
 * The loops of banded-cholesky.ts in WebAssembly. Rows of the factor lie in tiles of eight,
 *   tile [width + 8, 8]: column c of the tile that begins at row i0 holds L_ij of its rows i, with j = i0 - width + c,
 * and zeros where row i has no entry, which change no sum; right-hand sides in pairs [pairs, rows, 2]. Every sum has the
 * order of the plain twin, so the bits are its own.
 */
import { assemble, f64x2, i32, type FunctionSource, type Kernel } from "./assembler";

export const TILE = 8;
/** Bytes of a column of a tile, and of a pair of right-hand sides in a row. */
const [COLUMN, PAIR] = [8 * TILE, 16];

const rows = Array.from({ length: TILE }, (_, r) => r);

/** column -= sum of the columns first .. column - 1 of its tile, each times an entry of the row of the factor at `other`. */
const subtract: FunctionSource = {
  name: "subtract",
  parameters: ["i32", "i32", "i32"],
  write(b, first, column, other) {
    const sums = rows.slice(0, TILE / 2).map((k) => b.let("v128", f64x2.load(column, PAIR * k)));
    const entry = b.local("v128");
    b.when(i32.lessThan(first, column), () => {
      b.repeat(
        () => {
          b.set(entry, f64x2.loadSplat(other));
          sums.forEach((sum, k) => b.set(sum, f64x2.sub(sum, f64x2.mul(f64x2.load(first, PAIR * k), entry))));
          b.set(first, i32.add(first, i32.constant(COLUMN)));
          b.set(other, i32.add(other, i32.constant(COLUMN)));
        },
        () => i32.lessThan(first, column),
      );
    });
    sums.forEach((sum, k) => b.do(f64x2.store(column, sum, PAIR * k)));
  },
};

/**
 * Solves the rows of a tile. `from` .. `to` are its columns before its own rows; x the first pair in the row of the first
 * column, `stride` bytes to the next pair, to `end`; reciprocals of the diagonal are in pairs too.
 */
const forward: FunctionSource = {
  name: "forward",
  parameters: ["i32", "i32", "i32", "i32", "i32", "i32"],
  write(b, from, to, x, stride, end, reciprocals) {
    const [at, row] = [b.local("i32"), b.local("i32")];
    const sums = rows.map(() => b.local("v128"));
    const known = b.local("v128");
    b.repeat(
      () => {
        b.set(at, from);
        b.set(row, x);
        // the rows of the tile follow those of its columns
        const own = b.let("i32", i32.add(x, i32.shiftRight(i32.sub(to, from), i32.constant(2))));
        sums.forEach((sum, r) => b.set(sum, f64x2.load(own, PAIR * r)));
        b.when(i32.lessThan(at, to), () => {
          b.repeat(
            () => {
              b.set(known, f64x2.load(row));
              sums.forEach((sum, r) => b.set(sum, f64x2.sub(sum, f64x2.mul(f64x2.loadSplat(at, 8 * r), known))));
              b.set(at, i32.add(at, i32.constant(COLUMN)));
              b.set(row, i32.add(row, i32.constant(PAIR)));
            },
            () => i32.lessThan(at, to),
          );
        });
        for (const r of rows) {
          b.set(sums[r], f64x2.mul(sums[r], f64x2.load(reciprocals, PAIR * r)));
          b.do(f64x2.store(own, sums[r], PAIR * r));
          for (const s of rows.slice(r + 1)) {
            b.set(sums[s], f64x2.sub(sums[s], f64x2.mul(f64x2.loadSplat(to, COLUMN * r + 8 * s), sums[r])));
          }
        }
        b.set(x, i32.add(x, stride));
      },
      () => i32.lessThan(x, end),
    );
  },
};

/** The way back: solves the rows of a tile for L^T, and takes them out of the rows of its columns. */
const backward: FunctionSource = {
  name: "backward",
  parameters: ["i32", "i32", "i32", "i32", "i32", "i32"],
  write(b, from, to, x, stride, end, reciprocals) {
    const [at, row] = [b.local("i32"), b.local("i32")];
    const found = rows.map(() => b.local("v128"));
    const left = b.local("v128");
    const upwards = [...rows].reverse();
    b.repeat(
      () => {
        b.set(at, from);
        b.set(row, x);
        const own = b.let("i32", i32.add(x, i32.shiftRight(i32.sub(to, from), i32.constant(2))));
        found.forEach((sum, r) => b.set(sum, f64x2.load(own, PAIR * r)));
        for (const r of upwards) {
          b.set(found[r], f64x2.mul(found[r], f64x2.load(reciprocals, PAIR * r)));
          b.do(f64x2.store(own, found[r], PAIR * r));
          for (const q of rows.slice(0, r)) {
            b.set(found[q], f64x2.sub(found[q], f64x2.mul(f64x2.loadSplat(to, COLUMN * q + 8 * r), found[r])));
          }
        }
        b.when(i32.lessThan(at, to), () => {
          b.repeat(
            () => {
              b.set(left, f64x2.load(row));
              for (const r of upwards) {
                b.set(left, f64x2.sub(left, f64x2.mul(f64x2.loadSplat(at, 8 * r), found[r])));
              }
              b.do(f64x2.store(row, left));
              b.set(at, i32.add(at, i32.constant(COLUMN)));
              b.set(row, i32.add(row, i32.constant(PAIR)));
            },
            () => i32.lessThan(at, to),
          );
        });
        b.set(x, i32.add(x, stride));
      },
      () => i32.lessThan(x, end),
    );
  },
};

/** Factor and right-hand sides in the memory of a kernel of their own. */
export class BandedTiles {
  private readonly tiles: number;
  /** Numbers in a tile. */
  private readonly tileSize: number;
  /** Where the reciprocals of the diagonal begin, in pairs, and where the right-hand sides. */
  private readonly reciprocalsAt: number;
  private readonly rightAt: number;

  /** Undefined where WebAssembly SIMD is missing. */
  static make(size: number, width: number): BandedTiles | undefined {
    const kernel = assemble([subtract, forward, backward]);
    return kernel && new BandedTiles(kernel, size, width);
  }

  private constructor(
    private readonly kernel: Kernel,
    private readonly size: number,
    private readonly width: number,
  ) {
    this.tiles = Math.ceil(size / TILE);
    this.tileSize = (width + TILE) * TILE;
    this.reciprocalsAt = this.tiles * this.tileSize;
    this.rightAt = this.reciprocalsAt + 2 * TILE * this.tiles;
  }

  /** L of the band [size, width + 1]; @throws RangeError as the twin does, by `refuse` */
  factor(band: Float64Array, refuse: (row: number, pivot: number) => never): void {
    const { kernel, tiles, tileSize, reciprocalsAt, size, width } = this;
    const memory = kernel.doubles(this.rightAt);
    this.layOut(memory, band);
    for (let tile = 0; tile < tiles; tile++) {
      const [i0, start] = [tile * TILE, tile * tileSize];
      const skipped = Math.max(0, width - i0); // columns before the first one
      const at = (c: number): number => start + c * TILE;
      for (let c = skipped; c < width + TILE; c++) {
        const j = i0 - width + c;
        const [other, r] = [Math.floor(j / TILE), j % TILE];
        const row = other * tileSize + (skipped + i0 - other * TILE) * TILE + r;
        kernel.functions.subtract(8 * at(skipped), 8 * at(c), 8 * row);
        if (j >= i0) {
          const pivot = j < size ? memory[at(c) + r] : 1;
          if (!(pivot > 0)) refuse(j, pivot);
          const root = Math.sqrt(pivot);
          memory[reciprocalsAt + 2 * j] = memory[reciprocalsAt + 2 * j + 1] = 1 / root;
          for (let s = r + 1; s < TILE; s++) memory[at(c) + s] *= memory[reciprocalsAt + 2 * j];
          memory[at(c) + r] = root;
          for (let s = 0; s < r; s++) memory[at(c) + s] = 0;
        } else for (let s = 0; s < TILE; s++) memory[at(c) + s] *= memory[reciprocalsAt + 2 * j];
      }
    }
  }

  /** B [size, count] becomes X, in place. */
  solve(B: Float64Array): void {
    const { kernel, tiles, tileSize, reciprocalsAt, rightAt, size, width } = this;
    const count = B.length / size;
    const padded = tiles * TILE;
    const pairs = Math.ceil(count / 2);
    const memory = kernel.doubles(rightAt + 2 * padded * pairs);
    memory.fill(0, rightAt, rightAt + 2 * padded * pairs);
    const place = (b: number): number => rightAt + 2 * padded * Math.floor(b / 2) + (b % 2);
    for (let b = 0; b < count; b++) {
      for (let i = 0, to = place(b), from = b; i < size; i++, to += 2, from += count) memory[to] = B[from];
    }
    const stride = 2 * padded;
    const step = (name: "forward" | "backward", tile: number): void => {
      const skipped = Math.max(0, width - tile * TILE);
      const [from, to] = [skipped, width].map((c) => tile * tileSize + c * TILE);
      const x = rightAt + 2 * (tile * TILE - width + skipped);
      const reciprocals = reciprocalsAt + 2 * tile * TILE;
      kernel.functions[name](8 * from, 8 * to, 8 * x, 8 * stride, 8 * (x + stride * pairs), 8 * reciprocals);
    };
    for (let tile = 0; tile < tiles; tile++) step("forward", tile);
    for (let tile = tiles - 1; tile >= 0; tile--) step("backward", tile);
    for (let b = 0; b < count; b++) {
      for (let i = 0, from = place(b), to = b; i < size; i++, from += 2, to += count) B[to] = memory[from];
    }
  }

  /** A into the tiles; rows beyond the last are those of the identity. */
  private layOut(memory: Float64Array, band: Float64Array): void {
    const { tiles, tileSize, size, width } = this;
    memory.fill(0, 0, tiles * tileSize);
    for (let i = 0; i < tiles * TILE; i++) {
      const r = i % TILE;
      const start = Math.floor(i / TILE) * tileSize + r * TILE + r; // column c = r is j = i - width
      if (i >= size) memory[start + width * TILE] = 1;
      else for (let k = Math.max(0, width - i); k <= width; k++) memory[start + k * TILE] = band[i * (width + 1) + k];
    }
  }
}
