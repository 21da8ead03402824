import assert from "node:assert/strict";
import { joined } from "../../lib/numerics/joined";
import { addCombination, multiply, scalarProduct } from "../../lib/numerics/row-products";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const numbers = (seed: number, count: number): Float64Array => Float64Array.from(stream(seed).normals(count));
const within = 1e-14; // sums of at most thirteen terms near 1

describe("products of rows", () => {
  const columns = 3;
  for (const count of [0, 1, 2, 3, 4, 5, 7, 8, 13]) {
    it(`of ${count} terms are their defining sums, and what lies beyond does not count`, () => {
      const [x, rows, factor] = [numbers(1, columns), numbers(2, (count + 1) * columns), numbers(3, count + 1)];
      const before = x.slice();
      addCombination(x, factor, count, rows);
      x.forEach((got, i) => {
        let expected = before[i];
        for (let r = 0; r < count; r++) expected += factor[r] * rows[r * columns + i];
        assertClose(`x[${i}]`, got, expected, { within });
      });
      const [a, b] = [numbers(4, count + 3), numbers(5, count + 4)];
      let expected = 0;
      for (let i = 0; i < count; i++) expected += a[1 + i] * b[2 + i];
      assertClose("scalar product", scalarProduct(a, 1, b, 2, count), expected, { within });
    });
  }

  it("make a matrix product, in the array that is given, whatever it held", () => {
    const [left, right] = [numbers(6, 4 * 5), numbers(7, 5 * columns)];
    const out = new Float64Array(4 * columns).fill(9);
    assert.equal(multiply(left, right, columns, out), out);
    assert.deepEqual(multiply(left, right, columns), out);
    assert.equal(out.length, 12);
    out.forEach((got, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      let expected = 0;
      for (let k = 0; k < 5; k++) expected += left[i * 5 + k] * right[k * columns + j];
      assertClose(`product [${i}, ${j}]`, got, expected, { within });
    });
  });
});

it("arrays are put end to end, in their order, in one of their kind", () => {
  const parts = [Float64Array.of(1, 2), new Float64Array(0), Float64Array.of(3)];
  assert.deepEqual(joined(parts, Float64Array), Float64Array.of(1, 2, 3));
  assert.deepEqual(joined([Float32Array.of(0.5), Float32Array.of(4)], Float32Array), Float32Array.of(0.5, 4));
});
