import assert from "node:assert";
import { stream } from "../../lib/random/stream";
import { exponentialContour, implicitEulerContour } from "../../lib/transport/contour";
import { plainResolventSum, resolventSum, resolventWork } from "../../lib/transport/resolvent";
import { hasResolventKernel } from "../../lib/transport/resolvent-kernel";

describe("the kernel of the resolvents", () => {
  it("is in use on this machine", () => assert.ok(hasResolventKernel));

  for (const size of [1, 2, 99, 100, 2500]) {
    it(`gives the bits of its plain twin for ${size} unknowns, any number of nodes and right-hand sides`, () => {
      for (const contour of [implicitEulerContour(1000), ...[1, 2, 4, 15].map((n) => exponentialContour(n))]) {
        for (const count of [1, 3]) {
          const s = stream(size).child(contour.nodes).child(count);
          const stride = size + 1;
          const couplings = s
            .child("g")
            .uniforms(size)
            .map((v) => 1e-5 * v);
          const storage = s
            .child("e")
            .uniforms(size)
            .map((v) => 1e-6 * v);
          const b = s.child("b").normals(count * stride);
          const [plain, kernel] = [0, 1].map(() => new Float64Array(count * stride).fill(7));
          const system = { time: 100, g: couplings, outlet: 2e-5, storage, b, count, stride };
          plainResolventSum(resolventWork(size), contour, { ...system, u: plain });
          resolventSum(resolventWork(size), contour, { ...system, u: kernel });
          assert.deepStrictEqual(kernel, plain);
        }
      }
    });
  }
});
