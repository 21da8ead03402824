import assert from "node:assert/strict";
import { rowProducts } from "../../lib/numerics/linear-algebra";
import { addProduct, multiply, plainAddProduct, plainMultiply } from "../../lib/numerics/row-products";
import { transposed } from "../../lib/numerics/rows";
import { stream } from "../../lib/random/stream";

/** Rows, inside, columns: whole tiles, parts of tiles, odd columns, and a right factor in several pieces. */
const sizes = [
  [8, 64, 64],
  [13, 67, 41],
  [5, 130, 26],
  [24, 3, 257],
  [9, 700, 401],
] as const;

describe("products in tiles", () => {
  for (const [rows, inside, columns] of sizes) {
    it(`${rows} x ${inside} by ${inside} x ${columns}: have the bits of the plain loops`, () => {
      const [left, right] = [stream(1).normals(rows * inside), stream(2).normals(inside * columns)];
      const plain = new Float64Array(rows * columns);
      plainMultiply(left, right, columns, plain);
      assert.deepStrictEqual(multiply(left, right, columns), plain);

      const [sums, expected] = [stream(3).normals(rows * columns), stream(3).normals(rows * columns)];
      plainAddProduct(left, right, columns, expected);
      addProduct(left, right, columns, sums);
      assert.deepStrictEqual(sums, expected);

      const inTurn = new Float64Array(rows * columns);
      plainAddProduct(left, right, columns, inTurn);
      assert.deepStrictEqual(rowProducts(left, rows, inside, transposed(right, columns), columns), inTurn);
    });
  }
});
