import assert from "node:assert/strict";
import { slopeOf } from "../../bench/memory";
import { stream } from "../../lib/random/stream";

/** 41 readings: a warm-up that grows, then `slope` per interval with noise whose neighbours have the correlation r. */
function readings(slope: number, noise: number, r: number, run: number): number[] {
  const z = stream(5).child("readings").child(run).normals(41);
  let e = 0;
  return Array.from({ length: 41 }, (_, k) => {
    e = r * e + Math.sqrt(1 - r * r) * z[k];
    return 500 + 30 * Math.min(k, 10) + slope * k + noise * e;
  });
}

describe("the memory soak's slope", () => {
  it("is exact without noise, the warm-up left out", () => {
    const { mean, within } = slopeOf(readings(0.25, 0, 0, 0));
    assert.ok(Math.abs(mean - 0.25) < 1e-9 && within < 1e-9, `${mean} +- ${within}`);
    assert.throws(() => slopeOf([1, 2, 3]), RangeError);
  });

  const runs = 2000;
  for (const { r, least } of [
    { r: 0, least: 0.95 - 4 * Math.sqrt((0.95 * 0.05) / runs) },
    { r: 0.6, least: 0.85 }, // of 25 readings the estimated correlation is too small: the interval is somewhat short
  ]) {
    it(`lies in its 95 % interval as often as it should, neighbours correlated by ${r}`, () => {
      const inside = Array.from({ length: runs }, (_, run) => slopeOf(readings(0.1, 2, r, run))).filter(
        ({ mean, within }) => Math.abs(mean - 0.1) <= within,
      );
      assert.ok(inside.length / runs >= least, `${inside.length / runs}`);
    });
  }

  it("a leak of twice the promise is not taken for one that keeps it", () => {
    // 1 MB per 10,000 steps are 0.1 MB per interval of 1,000
    for (let run = 0; run < 200; run++) {
      const { mean, within } = slopeOf(readings(0.2, 0.3, 0.3, run));
      assert.ok(mean + within > 0.1, `${mean} +- ${within}`);
    }
  });
});
