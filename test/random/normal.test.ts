import { assertClose } from "../assert-close";
import { normalQuantile } from "../../lib/random/normal";
import { stream } from "../../lib/random/stream";

/** Computed with scipy.special.ndtri (SciPy 1.17). */
const quantiles = [
  [2 ** -53, -8.209536151601387],
  [1e-12, -7.034483825301131],
  [1e-8, -5.612001244174789],
  [1e-5, -4.264890793922825],
  [0.001, -3.090232306167813],
  [0.0749999, -1.439532177375901],
  [0.0750001, -1.4395307645017301],
  [0.1, -1.2815515655446004],
  [0.3, -0.5244005127080409],
  [0.5, 0],
  [0.6, 0.2533471031357997],
  [0.9250001, 1.439532177375901],
  [0.99, 2.3263478740408408],
  [0.99999, 4.264890793923841],
  [1 - 2 ** -53, 8.209536151601387],
] as const;

describe("standard normals", () => {
  for (const [u, z] of quantiles) {
    it(`the quantile of ${u} is ${z}`, () =>
      assertClose("quantile", normalQuantile(u), z, { within: 4e-15 * Math.max(1, Math.abs(z)) }));
  }

  const n = 2_000_000;
  let z: Float64Array;
  before(() => (z = stream(11).child("normals").normals(n)));

  it("has the moments 0, 1, 0, 3 within five standard errors", () => {
    const moment = (p: number) => z.reduce((sum, v) => sum + v ** p, 0) / n;
    assertClose("mean", moment(1), 0, { within: 5 / Math.sqrt(n) });
    assertClose("variance", moment(2), 1, { within: 5 * Math.sqrt(2 / n) });
    assertClose("third moment", moment(3), 0, { within: 5 * Math.sqrt(15 / n) });
    assertClose("fourth moment", moment(4), 3, { within: 5 * Math.sqrt(96 / n) });
  });

  for (const { beyond, probability } of [
    { beyond: 2, probability: 0.022750131948179 },
    { beyond: 3, probability: 0.0013498980316301 },
    { beyond: 4, probability: 3.1671241833119863e-5 },
    { beyond: 4.5, probability: 3.3976731247300535e-6 },
  ]) {
    it(`both tails beyond ${beyond} standard deviations hold their share`, () => {
      const within = 5 * Math.sqrt(n * probability) + 1;
      assertClose("upper", z.filter((v) => v > beyond).length, n * probability, { within });
      assertClose("lower", z.filter((v) => v < -beyond).length, n * probability, { within });
    });
  }

  it("follows the normal law over its whole range (Kolmogorov-Smirnov, one chance in 10^5 to fail)", () => {
    // The quantile is monotone: the law of z is normal if and only if Phi(z) is uniform; Phi by its own series.
    const sorted = z.slice(0, 200_000).sort();
    let distance = 0;
    sorted.forEach((v, i) => {
      const f = normalDistribution(v);
      distance = Math.max(distance, Math.abs(f - i / sorted.length), Math.abs(f - (i + 1) / sorted.length));
    });
    assertClose("sqrt(n) D", Math.sqrt(sorted.length) * distance, 0, { within: 2.47 });
  });
});

/** Phi(z) = 1/2 + phi(z) (z + z^3/3 + z^5/(3 5) + ...), Marsaglia 2004; independent of the quantile's approximation. */
function normalDistribution(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let sum = z;
  let term = z;
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) sum += term *= (z * z) / i;
  return 0.5 + sum * Math.exp(-0.5 * z * z - 0.9189385332046727);
}
