import assert from "node:assert";
import { tf } from "../../lib/graph/tensorflow";
import { sigmaSpace, variancePreserving, variancePreservingAt } from "../../lib/diffusion/schedule";
import { type Spacing, timeGrid } from "../../lib/diffusion/time-grid";
import { assertClose } from "../assert-close";

const schedules = [
  variancePreserving({ betaMax: 3 }),
  variancePreserving({ betaMax: 20 }),
  sigmaSpace({ sigmaMin: 0.002, sigmaMax: 80 }),
];

for (const schedule of schedules) {
  const at = (u: number): number => schedule.tMin + u * (schedule.tMax - schedule.tMin);
  describe(`the ${schedule.name} schedule with beta(tMax) = ${schedule.beta(schedule.tMax)}`, () => {
    it("has the drift f = alpha' / alpha and the diffusion g^2 = (sigma^2)' - 2 f sigma^2", () => {
      for (const t of [0.03, 0.2, 0.5, 0.9].map(at)) {
        const h = 1e-4 * t;
        const slope = (f: (t: number) => number): number => (f(t + h) - f(t - h)) / (2 * h);
        const drift = slope((s) => Math.log(schedule.alpha(s)));
        assertClose("f", schedule.drift(t), drift, { within: 1e-6 * (1 + Math.abs(drift)) });
        const diffusion = slope((s) => schedule.sigma(s) ** 2) - 2 * drift * schedule.sigma(t) ** 2;
        assertClose("g^2", schedule.beta(t), diffusion, { within: 1e-6 * schedule.beta(t) });
      }
    });

    it("finds the time of a noise-to-signal ratio, also at its least noise", () => {
      for (const t of [schedule.tMin, at(0.01), at(0.5), schedule.tMax]) {
        assertClose("t", schedule.timeAt(schedule.sigma(t) / schedule.alpha(t)), t, { within: 1e-12 * t });
      }
    });

    for (const spacing of ["uniform", "quadratic", "karras", "log-ratio"] as Spacing[]) {
      it(`has a ${spacing} grid that descends from tMax to tMin`, () => {
        const times = timeGrid(schedule, 50, spacing);
        assert.strictEqual(times.length, 51);
        assert.strictEqual(times[0], schedule.tMax);
        assert.strictEqual(times[50], schedule.tMin);
        for (let i = 0; i < 50; i++) assert(times[i + 1] < times[i], `times[${i + 1}] does not descend`);
      });
    }
  });
}

describe("variance preserving schedules", () => {
  it("keep the variance of standardised data", () => {
    const schedule = variancePreserving();
    for (const t of [1e-4, 0.3, 1])
      assertClose("variance", schedule.alpha(t) ** 2 + schedule.sigma(t) ** 2, 1, { within: 1e-15 });
  });

  it("leave at t = 1 the squared signal that the study quotes: 0.223 for beta_max = 3, 4.5e-5 for 20", () => {
    assertClose("alpha^2", variancePreserving({ betaMax: 3 }).alpha(1) ** 2, 0.223, { within: 5e-4 });
    assertClose("alpha^2", variancePreserving({ betaMax: 20 }).alpha(1) ** 2, 4.5e-5, { within: 5e-7 });
  });

  it("end at t = 1e-4 with a white floor of 4.5e-4", () => {
    assertClose("sigma", variancePreserving({ betaMax: 20 }).sigma(1e-4), 4.47e-4, { within: 1e-6 });
  });

  it("refuse impossible noise rates and steps", () => {
    assert.throws(() => variancePreserving({ betaMin: -1 }), /variancePreserving.*-1/);
    assert.throws(() => variancePreserving({ tMin: 0 }), /tMin.*0/);
    assert.throws(() => sigmaSpace({ sigmaMin: 2, sigmaMax: 1 }), /sigmaSpace/);
    assert.throws(() => timeGrid(variancePreserving(), 0), /timeGrid.*0/);
  });
});

it("the variance-preserving schedule on a tensor of times is the schedule, also where sigma is smallest", () => {
  for (const options of [
    { betaMin: 0.001, betaMax: 20 },
    { betaMin: 0.1, betaMax: 3 },
  ]) {
    const schedule = variancePreserving(options);
    const times = [1e-5, 1e-4, 1e-3, 0.03, 0.4, 1];
    const { alpha, sigma } = variancePreservingAt(tf.tensor2d(times, [6, 1]), options);
    assert.deepEqual(sigma.shape, [6, 1]);
    const [a, s] = [alpha.dataSync(), sigma.dataSync()];
    times.forEach((t, k) => {
      assertClose("alpha", a[k], schedule.alpha(t), { within: 3e-6 * schedule.alpha(t) }); // float32, exponent up to 5
      assertClose("sigma", s[k], schedule.sigma(t), { within: 1e-6 * schedule.sigma(t) });
    });
  }
});
