import assert from "node:assert";
import { assertClose } from "../assert-close";
import { fourierTransform, transformLength } from "../../lib/numerics/fourier";
import { stream } from "../../lib/random/stream";

describe("Fourier transform", () => {
  for (const size of [1, 2, 3, 4, 6, 8, 9, 12, 16, 36, 96, 128, 243]) {
    it(`of length ${size} equals its defining sum, again and again`, () => {
      const transform = fourierTransform(size);
      for (const turn of [0, 1]) {
        const [a, b] = ["re", "im"].map((part) => stream(size).child(turn).child(part).normals(size));
        transform.re.set(a);
        transform.im.set(b);
        const { re, im } = transform.run();
        for (let k = 0; k < size; k++) {
          let [x, y] = [0, 0];
          for (let j = 0; j < size; j++) {
            const angle = (-2 * Math.PI * ((j * k) % size)) / size;
            x += a[j] * Math.cos(angle) - b[j] * Math.sin(angle);
            y += a[j] * Math.sin(angle) + b[j] * Math.cos(angle);
          }
          assertClose(`Re X_${k}`, re[k], x, { within: 1e-14 * size });
          assertClose(`Im X_${k}`, im[k], y, { within: 1e-14 * size });
        }
      }
    });
  }

  it("the next length that it takes is the least product of twos and threes", () => {
    const smooth = (n: number): boolean => (n % 2 === 0 ? smooth(n / 2) : n % 3 === 0 ? smooth(n / 3) : n === 1);
    for (const least of [1, 2, 5, 7, 10, 25, 97, 129, 1000, 1025, 99_999, 131_073]) {
      let expected = least;
      while (!smooth(expected)) expected++;
      assert.strictEqual(transformLength(least), expected);
    }
  });

  it("refuses other lengths", () => {
    for (const size of [0, 5, 14, 1.5, -2, NaN]) assert.throws(() => fourierTransform(size), /twos and threes, got/);
  });
});
