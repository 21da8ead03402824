import assert from "node:assert";
import { assertClose } from "../assert-close";
import { hartleyTransform } from "../../lib/numerics/hartley";
import { stream } from "../../lib/random/stream";

describe("Hartley transform", () => {
  for (const size of [4, 6, 8, 18, 64, 96, 162, 256]) {
    it(`of length ${size} equals its defining sum, and is its own inverse up to the length`, () => {
      const x = stream(1).normals(size);
      const H = x.slice();
      const transform = hartleyTransform(size);
      transform.inPlace(H);
      for (let k = 0; k < size; k++) {
        const angle = (j: number) => (2 * Math.PI * ((j * k) % size)) / size;
        const sum = x.reduce((s, xj, j) => s + xj * (Math.cos(angle(j)) + Math.sin(angle(j))), 0);
        assertClose(`H_${k}`, H[k], sum, { within: 1e-14 * size });
      }
      transform.inPlace(H);
      H.forEach((v, j) => assertClose("x", v / size, x[j], { within: 1e-14 }));
    });
  }

  it("refuses odd lengths, and those with other prime factors than 2 and 3", () => {
    for (const size of [0, 2, 9, 2.5, NaN]) assert.throws(() => hartleyTransform(size), /even number from 4, got/);
    for (const size of [10, 100]) assert.throws(() => hartleyTransform(size), /product of twos and threes, got/);
    assert.throws(() => hartleyTransform(8).inPlace(new Float64Array(7)), /expected 8 entries, got 7/);
  });
});
