import { assertClose } from "../assert-close";
import { stream } from "../../lib/random/stream";
import { profileCosine } from "../../lib/experiments/mean-bias/figures";
import { roughness } from "../../lib/experiments/porosity-and-transport/figures";
import { nullLimit } from "../../lib/experiments/sampling/figures";

describe("numbers that the notebooks assert", () => {
  it("the null's limit is exceeded by about one mean in a thousand of (chi^2 - 1) / sqrt 2", () => {
    const [n, draws] = [8, 20000];
    const normals = stream(3).normals(n * draws);
    let exceeded = 0;
    for (let k = 0; k < draws; k++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += (normals[k * n + i] ** 2 - 1) / Math.SQRT2 / n;
      if (mean > nullLimit(n)) exceeded++;
    }
    assertClose("exceedances", exceeded, draws / 1000, { within: 4 * Math.sqrt(draws / 1000) });
  });

  it("the cosine of two profiles is 1 for proportional ones, 0 for orthogonal ones, and channel by channel", () => {
    const row = (profile: number[], predictedProfile: number[]) => ({ bias: [0, 0], profile, predictedProfile });
    assertClose("proportional", profileCosine(row([1, 2, 9, 9], [2, 4, 0, 1]), 0), 1, { within: 1e-12 });
    assertClose("orthogonal", profileCosine(row([1, 2, 1, 0], [2, 4, 0, 1]), 1), 0, { within: 1e-12 });
  });

  it("the roughness of a sine falls with the square of its wavelength", () => {
    const wave = (periods: number) =>
      Array.from({ length: 400 }, (_, i) => ({
        draw: 0,
        quantity: "eps" as const,
        x: i,
        value: Math.sin((2 * Math.PI * periods * (i + 0.5)) / 400),
      }));
    assertClose("ratio", roughness(wave(8), "eps") / roughness(wave(2), "eps"), 16, { within: 0.2 });
  });
});
