import { tf } from "../../lib/graph/tensorflow";
import { smoke } from "../../lib/network/architectures";
import { modeVelocity } from "../../lib/model/mode-velocity";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

/**
 * Independent skewed coordinates y_k = (x + a (x^2 - 1)) / (1 + 2 a^2)^(1/2), x normal: mean 0, variance 1, third
 * cumulant kappa = (6 a + 8 a^3) / (1 + 2 a^2)^(3/2). To first order in kappa the velocity removes E F^2 = sin^2 cos^4
 * kappa^2 / 2 of each unit of loss.
 */
describe("the velocity of the third cumulants", () => {
  const [K, n, cells, a] = [3, 20000, 20, 0.08];
  const kappa = (6 * a + 8 * a ** 3) / (1 + 2 * a * a) ** 1.5;
  const network = scoreNetwork({ ...smoke, cells, channelsIn: 3, channelsOut: 1, conditions: 1 });
  const theta = tf.tensor1d(network.initial(stream(1))); // output layer zero
  const y0 = stream(2)
    .normals(n * K)
    .map((x) => (x + a * (x * x - 1)) / Math.sqrt(1 + 2 * a * a));
  const z = stream(3).normals(n * K);

  /** Share of E|v|^2 that F removes, at an angle with the given cosine, told T_kkk = told. */
  function removed(cos: number, told: number): number {
    const sin = Math.sqrt(1 - cos * cos);
    const cumulants = new Float32Array(K * K * K);
    for (let k = 0; k < K; k++) cumulants[(k * K + k) * K + k] = told;
    const basis = new Float32Array(cells * K);
    for (let k = 0; k < K; k++) basis[k * K + k] = 1;
    const F = tf.tidy(() =>
      modeVelocity(
        network,
        theta,
        {
          modes: tf.tensor3d(basis, [1, cells, K]),
          std: tf.ones([1, K]),
          inverseSpread: tf.ones([1, cells]),
          features: tf.zeros([1, 1]),
          cumulants: tf.tensor3d(cumulants, [1, K * K, K]),
        },
        tf.tensor3d(
          Float32Array.from(y0, (v, i) => cos * v + sin * z[i]),
          [1, n, K],
        ),
        tf.zeros([1, n, 1]),
        { cos: tf.fill([1, 1, K], cos), sin: tf.fill([1, 1, K], sin) },
        { min: -1, max: 1 },
        1,
      ).dataSync<"float32">(),
    ) as unknown as Float32Array;
    let [gain, whole] = [0, 0];
    for (let i = 0; i < n * K; i++) {
      const v = cos * z[i] - sin * y0[i];
      gain += v * v - (v - F[i]) ** 2;
      whole += v * v;
    }
    return gain / whole;
  }

  for (const cos of [0.5, 0.7, 0.85]) {
    it(`removes what theory says at cos theta = ${cos}`, () => {
      const expected = ((1 - cos * cos) * cos ** 4 * kappa * kappa) / 2;
      // Sampling: the gain is a mean of n K terms of standard deviation about 2 |F|. Second order: a relative error of
      // the size of kappa.
      const within = (4 * 2 * Math.sqrt(expected)) / Math.sqrt(n * K) + kappa * expected;
      assertClose("share removed", removed(cos, kappa), expected, { within });
    });
  }

  it("of the wrong sign would add to the loss instead", () => {
    const at = removed(0.7, -kappa);
    if (!(at < -0.01)) throw new Error(`removed ${at}`);
  });
});
