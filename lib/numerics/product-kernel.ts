/**
 * Tiles of matrix products in WebAssembly: eight rows of the left factor at a time against all columns of the right one,
 * two columns in a register. Every entry of the product is a sum over the inside index in one of two orders,
 *   inFours   x += (f_0 r_0 + f_1 r_1) + (f_2 r_2 + f_3 r_3)   for every four terms, then one by one those that are left,
 *   inTurn    x += f r                                          one by one,
 * which are those of the loops in row-products.ts: the bits do not tell which it was.
 */
import { assemble, f64x2, i32, type Body, type FunctionSource, type Kernel, type Local } from "./assembler";

/** The order of a sum. */
export type Order = "inFours" | "inTurn";

/** Rows of a tile, and columns in a register. */
const [tileRows, lanes] = [8, 2] as const;
/** Numbers of the right factor that are in the kernel's memory at one time: a megabyte, which stays near a processor. */
const rightAtOnce = 131072;
/** Below so many multiplications plain loops are done before the factors are laid out. */
const worthLayingOut = 16384;

/**
 * left holds [inside, 8]; right [column pairs, inside, 2]; out [column pairs, 8, 2], the sums' start where it is given.
 * `fours` and `ones` are bytes of `right` that are taken by four terms and by one.
 */
function tile(name: Order): FunctionSource {
  return {
    name,
    parameters: ["i32", "i32", "i32", "i32", "i32", "i32"],
    write(b, left, right, out, pairs, fours, ones) {
      const sums = Array.from({ length: tileRows }, () => b.local("v128"));
      const [at, end, last] = ["i32", "i32", "i32"].map(() => b.local("i32"));
      const terms = Array.from({ length: 4 }, () => b.local("v128"));
      const sum = b.local("v128");
      b.set(last, i32.add(out, i32.mul(pairs, i32.constant(8 * lanes * tileRows))));
      b.repeat(
        () => {
          sums.forEach((x, row) => b.set(x, f64x2.load(out, 8 * lanes * row)));
          b.set(at, left);
          if (name === "inFours") {
            b.set(end, i32.add(right, fours));
            b.when(i32.lessThan(right, end), () => {
              byFours(b, { at, right, end, sums, terms, sum });
            });
          }
          b.set(end, i32.add(right, name === "inFours" ? ones : i32.add(fours, ones)));
          b.when(i32.lessThan(right, end), () => {
            byOnes(b, { at, right, end, sums, terms });
          });
          sums.forEach((x, row) => b.do(f64x2.store(out, x, 8 * lanes * row)));
          b.set(out, i32.add(out, i32.constant(8 * lanes * tileRows)));
        },
        () => i32.lessThan(out, last),
      );
    },
  };
}

interface Registers {
  readonly at: Local;
  readonly right: Local;
  readonly end: Local;
  readonly sums: readonly Local[];
  readonly terms: readonly Local[];
}

function byFours(b: Body, { at, right, end, sums, terms, sum }: Registers & { readonly sum: Local }): void {
  const product = (row: number, k: number) => f64x2.mul(f64x2.loadSplat(at, 8 * (tileRows * k + row)), terms[k]);
  b.repeat(
    () => {
      terms.forEach((term, k) => b.set(term, f64x2.load(right, 8 * lanes * k)));
      sums.forEach((x, row) => {
        b.set(sum, f64x2.add(product(row, 0), product(row, 1)));
        b.set(x, f64x2.add(x, f64x2.add(sum, f64x2.add(product(row, 2), product(row, 3)))));
      });
      b.set(at, i32.add(at, i32.constant(4 * 8 * tileRows)));
      b.set(right, i32.add(right, i32.constant(4 * 8 * lanes)));
    },
    () => i32.lessThan(right, end),
  );
}

function byOnes(b: Body, { at, right, end, sums, terms: [term] }: Registers): void {
  b.repeat(
    () => {
      b.set(term, f64x2.load(right));
      sums.forEach((x, row) => b.set(x, f64x2.add(x, f64x2.mul(f64x2.loadSplat(at, 8 * row), term))));
      b.set(at, i32.add(at, i32.constant(8 * tileRows)));
      b.set(right, i32.add(right, i32.constant(8 * lanes)));
    },
    () => i32.lessThan(right, end),
  );
}

const kernel = assemble([tile("inFours"), tile("inTurn")]);

/** Is a product of [rows, inside] and [inside, columns] done in tiles? Plain loops are as fast for small ones. */
export const inTiles = (rows: number, inside: number, columns: number): boolean =>
  kernel !== undefined && rows >= tileRows / 2 && columns >= lanes && rows * inside * columns >= worthLayingOut;

/** out [rows, columns] += left [rows, inside] right [inside, columns], for a product of which `inTiles` is true. */
export function addTiles(
  order: Order,
  left: Float64Array,
  right: Float64Array,
  columns: number,
  out: Float64Array,
): void {
  if (!kernel) throw new Error("product kernel: there is no WebAssembly here");
  const inside = right.length / columns;
  const most = Math.max(lanes, Math.floor(rightAtOnce / inside / lanes) * lanes);
  for (let from = 0; from < columns; from += most) {
    addColumns(kernel, order, { left, right, columns, out, from, to: Math.min(columns, from + most) });
  }
}

interface Block {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly columns: number;
  readonly out: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** Columns from .. to - 1. A lane beyond the last and rows beyond the last hold what comes, and are not read. */
function addColumns({ functions, doubles }: Kernel, order: Order, block: Block): void {
  const { left, right, columns, out, from, to } = block;
  const inside = right.length / columns;
  const rows = out.length / columns;
  const pairs = Math.ceil((to - from) / lanes);
  const [leftAt, outAt] = [pairs * inside * lanes, pairs * inside * lanes + inside * tileRows];
  const memory = doubles(outAt + pairs * tileRows * lanes);
  for (let pair = 0, at = 0; pair < pairs; pair++) {
    const column = from + lanes * pair;
    const second = column + 1 < to ? 1 : 0;
    for (let k = 0, row = column; k < inside; k++, at += lanes, row += columns) {
      memory[at] = right[row];
      memory[at + 1] = right[row + second];
    }
  }
  const fours = 8 * lanes * 4 * Math.floor(inside / 4);
  const ones = 8 * lanes * (inside % 4);
  for (let first = 0; first < rows; first += tileRows) {
    const count = Math.min(tileRows, rows - first);
    for (let r = 0; r < count; r++) {
      const start = (first + r) * inside;
      for (let k = 0, at = leftAt + r; k < inside; k++, at += tileRows) memory[at] = left[start + k];
      const row = (first + r) * columns;
      for (let j = from, at = outAt + lanes * r; j < to; j += lanes, at += lanes * tileRows) {
        memory[at] = out[row + j];
        memory[at + 1] = j + 1 < to ? out[row + j + 1] : 0;
      }
    }
    functions[order](8 * leftAt, 0, 8 * outAt, pairs, fours, ones);
    for (let r = 0; r < count; r++) {
      const row = (first + r) * columns;
      for (let j = from, at = outAt + lanes * r; j < to; j += lanes, at += lanes * tileRows) {
        out[row + j] = memory[at];
        if (j + 1 < to) out[row + j + 1] = memory[at + 1];
      }
    }
  }
}
