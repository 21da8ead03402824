import assert from "node:assert/strict";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { biasRatios, difference, exactProfile, meanProfile, standardErrors } from "../../lib/diagnostics/profile-bias";
import { roughnessSpectrum, secondDifferenceWaves } from "../../lib/diagnostics/roughness-spectrum";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const cells = 8;
const std = new Float64Array(cells).fill(1);
const count = 100;

/** Fields x = bias + 0.7 y + 0.3 e with a control y of mean 0; all N(0, 1) before the bias. */
function draw(seed: number, bias: number) {
  const s = stream(seed);
  const [y, e] = [s.child("y").normals(count * cells), s.child("e").normals(count * cells)];
  const x = y.map((v, k) => bias + 0.7 * v + 0.3 * e[k]);
  const shape = { channels: 1, cells };
  return { x: fieldSample(x, shape), control: { fields: fieldSample(y, shape), mean: new Float64Array(cells) } };
}

describe("bias of a mean profile", () => {
  it("has the standard error of four numbers done by hand, with n - 1, and with n - 2 beside a control", () => {
    const [x, y] = [
      [0, 0, 0, 4],
      [1, -1, 1, -1],
    ].map((v) => fieldSample(Float64Array.from(v), { channels: 1, cells: 1 }));
    assertClose("plain", meanProfile(x).error[0], 12 / (4 * 3), { within: 1e-15 });
    // slope -1, so the residuals about the means are 0, -2, 0, 2
    const { value, error } = meanProfile(x, { fields: y, mean: new Float64Array(1) });
    assertClose("mean", value[0], 1, { within: 1e-15 });
    assertClose("beside a control", error[0], 8 / (4 * 2), { within: 1e-15 });
  });

  it("with a control variate is unbiased, and its errors are as large as it says: 0.3 / sqrt n, not 0.76 / sqrt n", () => {
    const repeats = 300;
    let mean = 0;
    let square = 0;
    let said = 0;
    for (let r = 0; r < repeats; r++) {
      const { x, control } = draw(r, 0.2);
      const found = meanProfile(x, control);
      for (const v of found.value) {
        mean += (v - 0.2) / (repeats * cells);
        square += (v - 0.2) ** 2 / (repeats * cells);
      }
      standardErrors(found).forEach((s) => (said += s / (repeats * cells)));
    }
    const n = repeats * cells;
    const error = 0.3 / Math.sqrt(count);
    assertClose("mean", mean, 0, { within: (4 * error) / Math.sqrt(n) });
    assertClose("scatter", Math.sqrt(square), error, { within: 4 * error * Math.sqrt(0.5 / n) + 0.02 * error });
    assertClose("what it says", said, error, { within: 0.02 * error });
  });

  it("has a ratio that is zero on average without bias, and z of unit variance; 0.2 standard deviations are seen", () => {
    let first = 0;
    let second = 0;
    const repeats = 400;
    for (let r = 0; r < repeats; r++) {
      const [{ z }] = biasRatios(meanProfile(draw(r, 0).x), std, 1);
      first += z / repeats;
      second += (z * z) / repeats;
    }
    assertClose("mean z", first, 0, { within: 4 / Math.sqrt(repeats) });
    // chi-square of 8: kurtosis 3 + 12 / 8
    assertClose("mean square of z", second, 1, { within: 4 * Math.sqrt(6 / repeats) });
    const { x, control } = draw(1, 0.2);
    const [seen] = biasRatios(meanProfile(x, control), std, 1);
    assertClose("ratio", seen.ratio, 0.2, { within: 4 * seen.standardError });
    assert.ok(seen.z > 7);
    const [none] = biasRatios(
      difference(meanProfile(x, control), exactProfile(new Float64Array(cells).fill(0.2))),
      std,
      1,
    );
    assert.ok(Math.abs(none.z) < 7);
  });

  it("refuses a control of another size", () => {
    const { x, control } = draw(1, 0);
    assert.throws(() => meanProfile(x, { ...control, mean: new Float64Array(3) }), /the control must have/);
  });
});

describe("second differences by wavenumber", () => {
  it("of white noise are its variance times |D^T C_q|^2, within sampling error", () => {
    const n = 4000;
    const white = fieldSample(stream(8).normals(n * cells), { channels: 1, cells });
    const [{ power, standardError }] = roughnessSpectrum(white);
    const waves = secondDifferenceWaves(cells);
    power.forEach((p, q) => {
      const expected = waves.subarray(q * cells, (q + 1) * cells).reduce((sum, v) => sum + v * v, 0);
      assertClose(`power ${q}`, p, expected, { within: 4.5 * standardError[q] });
      assertClose(`its error ${q}`, standardError[q], expected * Math.sqrt(2 / n), {
        within: 0.2 * expected * Math.sqrt(2 / n),
      });
    });
  });
});
