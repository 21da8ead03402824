import assert from "node:assert";
import { assertClose } from "../assert-close";
import { hartleyTransform } from "../../lib/porosity/hartley";
import { stream } from "../../lib/random/stream";

describe("Hartley transform", () => {
  for (const size of [4, 8, 64, 256]) {
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

  it("refuses lengths that are not powers of two", () => {
    for (const size of [0, 2, 12, 100]) assert.throws(() => hartleyTransform(size), /power of two/);
    assert.throws(() => hartleyTransform(8).inPlace(new Float64Array(7)), /expected 8 entries, got 7/);
  });
});
