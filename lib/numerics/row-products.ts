/**
 * The products in which a conditional law's time goes, on flat double-precision arrays: combinations of rows, x +=
 * sum_r f_r row_r, matrix products made of them, and scalar products. Written so that the processor need not wait:
 * several rows in one pass, several sums beside each other; large products in the tiles of product-kernel.ts, whose sums
 * have the same order.
 */
import { addTiles, inTiles } from "./product-kernel";
import { rowAt } from "./rows";

/**
 * x += sum of factor[r] times row r of `rows`, for the first `count` rows. Four rows at a time: x is read and written a
 * quarter as often.
 */
export function addCombination(x: Float64Array, factor: Float64Array, count: number, rows: Float64Array): void {
  const n = x.length;
  let r = 0;
  for (; r + 3 < count; r += 4) {
    const [f0, f1, f2, f3] = [factor[r], factor[r + 1], factor[r + 2], factor[r + 3]];
    const [at0, at1, at2, at3] = [r * n, (r + 1) * n, (r + 2) * n, (r + 3) * n];
    for (let i = 0; i < n; i++) {
      x[i] += f0 * rows[at0 + i] + f1 * rows[at1 + i] + (f2 * rows[at2 + i] + f3 * rows[at3 + i]);
    }
  }
  for (; r < count; r++) for (let i = 0; i < n; i++) x[i] += factor[r] * rows[r * n + i];
}

/** sum of x[from + i] y[start + i] over i < n, in two sums that do not wait for each other. */
export function scalarProduct(x: Float64Array, from: number, y: Float64Array, start: number, n: number): number {
  let [even, odd] = [0, 0];
  let i = 0;
  for (; i + 1 < n; i += 2) {
    even += x[from + i] * y[start + i];
    odd += x[from + i + 1] * y[start + i + 1];
  }
  return even + odd + (i < n ? x[from + i] * y[start + i] : 0);
}

/** left right, for right with rows of `columns` numbers; in `out`, which it returns, where that is given. */
export function multiply(left: Float64Array, right: Float64Array, columns: number, out?: Float64Array): Float64Array {
  const inside = right.length / columns;
  const product = out?.fill(0) ?? new Float64Array((left.length / inside) * columns);
  if (inTiles(product.length / columns, inside, columns)) addTiles("inFours", left, right, columns, product);
  else plainMultiply(left, right, columns, product);
  return product;
}

/** The same in plain loops, into a product of zeros. */
export function plainMultiply(left: Float64Array, right: Float64Array, columns: number, product: Float64Array): void {
  const inside = right.length / columns;
  for (let row = 0; row < product.length / columns; row++) {
    const factors = rowAt(left, row, inside);
    addCombination(rowAt(product, row, columns), factors, inside, right);
  }
}

/** out += left right, for right with rows of `columns` numbers; each sum term by term, in the order of the terms. */
export function addProduct(left: Float64Array, right: Float64Array, columns: number, out: Float64Array): void {
  const inside = right.length / columns;
  if (inTiles(out.length / columns, inside, columns)) addTiles("inTurn", left, right, columns, out);
  else plainAddProduct(left, right, columns, out);
}

/** The same in plain loops. */
export function plainAddProduct(left: Float64Array, right: Float64Array, columns: number, out: Float64Array): void {
  const inside = right.length / columns;
  for (let row = 0; row < out.length / columns; row++) {
    const sums = rowAt(out, row, columns);
    for (let k = 0; k < inside; k++) {
      const factor = left[row * inside + k];
      const start = k * columns;
      for (let j = 0; j < columns; j++) sums[j] += factor * right[start + j];
    }
  }
}
