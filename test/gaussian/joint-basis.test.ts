import assert from "node:assert/strict";
import { principalDirections } from "../../lib/gaussian/joint-basis";
import { stream } from "../../lib/random/stream";

describe("principal directions of many vectors", () => {
  for (const together of [1, 8])
    it(`are orthonormal and carry each variance once where half of the entries never vary, ${together} columns at a time`, () => {
      const [count, size, varying] = [400, 40, 20];
      const normals = stream(8).normals(count * varying);
      const vectors = new Float32Array(count * size);
      let total = 0;
      for (let n = 0; n < count; n++) {
        for (let i = 0; i < varying; i++) {
          const x = normals[n * varying + i] / (1 + i);
          vectors[n * size + varying + i] = x;
          total += x * x / count; // prettier-ignore
        }
      }
      const { directions, scale } = principalDirections(vectors, size, {
        most: 36,
        weakest: 1e-4,
        together,
        stream: stream(9),
      });
      assert.equal(scale.length, varying);
      const sum = scale.reduce((s, x) => s + x * x, 0);
      assert.ok(Math.abs(sum / total - 1) < 1e-5, `${sum} of ${total}`);
      for (let p = 0; p < varying; p++) {
        for (let q = 0; q <= p; q++) {
          let dot = 0;
          for (let i = 0; i < size; i++) dot += directions[i * varying + p] * directions[i * varying + q];
          assert.ok(Math.abs(dot - Number(p === q)) < 1e-9, `${p}, ${q}: ${dot}`);
        }
      }
    });
});
