import { controlledMoments } from "../../lib/diagnostics/control-variates";
import { latentCoordinates } from "../../lib/ensemble/latent-coordinates";
import { moments } from "../../lib/diagnostics/moments";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { porosityInverse } from "../../lib/porosity/law";
import { gridOf } from "../../lib/transport/domain";
import { porosityProcess } from "../../lib/transport/porosity-process";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";

describe("coordinates of the Gaussian process behind porosities", () => {
  const p = problem("electrode-published");
  const [cells, modes, n] = [30, 6, 2000];
  const condition = { l: 1e-5, U0: 0.1, F_right: 30 };

  const drawn = async (seed: number) => {
    const { fields, porosity } = await generateEnsemble({
      problem: p,
      conditions: [condition],
      count: n,
      cells,
      stream: stream(seed),
      keepPorosity: true,
    });
    return {
      sample: fields,
      xi: latentCoordinates(p, condition, porosity!.values, { cells, modes }),
    };
  };

  it("are independent standard normals", async () => {
    const { xi } = await drawn(3);
    for (let a = 0; a < modes; a++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += xi[i * modes + a] / n;
      assertClose(`mean of ${a}`, mean, 0, { within: 4.5 / Math.sqrt(n) });
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < n; i++) product += (xi[i * modes + a] * xi[i * modes + b]) / n;
        const within = (4.5 * Math.sqrt(a === b ? 2 : 1)) / Math.sqrt(n);
        assertClose(`product of ${a} and ${b}`, product, a === b ? 1 : 0, { within });
      }
    }
  });

  it("make the means of two ensembles agree far more closely than plain means do, within the error that is told", async () => {
    const [a, b] = await Promise.all([drawn(4), drawn(5)]);
    const [first, second] = [a, b].map(({ sample, xi }) => controlledMoments(sample, xi));
    const plain = moments(a.sample);
    for (const channel of [0, 1]) {
      let [difference, variance] = [0, 0];
      for (let j = channel * cells; j < (channel + 1) * cells; j++) {
        difference += (first.mean[j] - second.mean[j]) ** 2;
        variance += plain.std[j] ** 2;
      }
      const told = first.meanVariance[channel] + second.meanVariance[channel];
      // Plain means: 2 variance / n. Six coordinates hold almost all of fields that the solver smooths.
      assertClose(`error told, channel ${channel}`, told, 0, { within: 0.1 * ((2 * variance) / n) });
      // chi-square, one degree at worst: 1e-4
      assertClose(`difference, channel ${channel}`, difference, 0, { within: 15 * told });
    }
  });

  it("on a plane the products of the axes' are those of the whole covariance", () => {
    const plane = problem("conduction-2d");
    const [z, grid] = [{ l: 0.2 }, [6, 5]];
    const eps = Float64Array.from({ length: 4 * 30 }, (_, at) => 0.2 + ((at * 7) % 60) / 100);
    const own = latentCoordinates(plane, z, eps, { cells: grid, modes: 6 });
    const L = porosityProcess(plane, z, gridOf(plane, grid)).factor();
    // sum_k xi_k^2 over all modes is g^T S^-1 g, whatever basis the equal eigenvalues have.
    const all = latentCoordinates(plane, z, eps, { cells: grid, modes: 30 });
    const g = porosityInverse(eps, plane.porosity.law);
    for (let n = 0; n < 4; n++) {
      const e = new Float64Array(30); // L e = g
      for (let i = 0; i < 30; i++) {
        let sum = g[n * 30 + i];
        for (let j = 0; j < i; j++) sum -= L[i * 30 + j] * e[j];
        e[i] = sum / L[i * 30 + i];
      }
      const exact = e.reduce((sum, x) => sum + x * x, 0);
      const found = all.subarray(n * 30, (n + 1) * 30).reduce((sum, x) => sum + x * x, 0);
      assertClose(`porosity ${n}`, found / exact, 1, { within: 1e-5 });
      assertClose(`first of ${n}`, own[n * 6], all[n * 30], { within: 1e-6 });
    }
  });
});
