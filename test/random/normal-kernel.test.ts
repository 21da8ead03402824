import assert from "node:assert";
import { normalQuantile } from "../../lib/random/normal";
import { normalKernel } from "../../lib/random/normal-kernel";
import { plainUniforms, stream } from "../../lib/random/stream";

describe("the kernel of uniforms and normals", () => {
  it("is in use on this machine", () => assert.ok(normalKernel));

  for (const [count, offset] of [
    [1, 0],
    [1, 1],
    [2, 1],
    [2047, 1],
    [2048, 0],
    [2048, 1],
    [10_001, 3],
    [5, 2 ** 33 - 3],
    [4, 2 ** 40 + 1],
  ]) {
    it(`gives the bits of its plain twin for ${count} numbers from ${offset}`, () => {
      const s = stream(99).child(count);
      const plain = plainUniforms(s.identity, count, offset);
      assert.deepStrictEqual(s.uniforms(count, offset), plain);
      assert.deepStrictEqual(s.normals(count, offset), plain.map(normalQuantile));
      const out = new Float64Array(count + 5).fill(7);
      s.fillNormals(out, 3, count, offset);
      assert.deepStrictEqual(out, Float64Array.of(7, 7, 7, ...plain.map(normalQuantile), 7, 7));
      assert.throws(() => s.fillNormals(out, 6, count, offset), /do not fit/);
    });
  }
});
