import { controlShift } from "../../lib/gaussian/mean-controls";
import { stream } from "../../lib/random/stream";
import { assertAtLeast, assertAtMost } from "../../lib/notebook/claims";

describe("means with controls", () => {
  it("take out what the coordinates explain, linearly and by squares, and leave the rest", () => {
    const [n, K, runs] = [200, 2, 40];
    let [plain, controlled, chance] = [0, 0, 0];
    for (let run = 0; run < runs; run++) {
      const normals = stream(8)
        .child(run)
        .normals(n * (K + 1));
      const y = Float32Array.from({ length: n * K }, (_, at) => normals[at]);
      // Mean 0: most of it follows y, and a tenth of a standard normal is its own.
      const q = Float32Array.from({ length: n }, (_, i) => {
        const [a, b] = [y[2 * i], y[2 * i + 1]];
        return 2 * a - b + 0.5 * (a * a - 1) + 0.1 * normals[n * K + i];
      });
      const mean = q.reduce((sum, x) => sum + x, 0) / n;
      const centred = q.map((x) => x - mean);
      plain += mean ** 2 / runs;
      controlled += (mean + controlShift(centred, y, n)[0]) ** 2 / runs;
      chance += (0.1 * 0.1) / n / runs;
    }
    // A sum of 40 squares of normals over its mean lies between 0.5 and 1.7 but for one time in a thousand; the four
    // coefficients cost a part in fifty more.
    assertAtMost("squared error with controls, over that of the rest", controlled / chance, 1.75);
    assertAtLeast("squared error without, over that with", plain / controlled, 100);
  });
});
