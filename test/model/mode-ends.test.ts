import { tf } from "../../lib/graph/tensorflow";
import { onPlane, smoke } from "../../lib/network/architectures";
import type { Network } from "../../lib/network/network";
import { scoreNetwork } from "../../lib/network/score-network";
import { modeEnds } from "../../lib/model/mode-ends";
import { modeVelocity, type ModeGeometry, type VelocityGeometry } from "../../lib/model/mode-velocity";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

describe("a network's ends taken together with the modes", () => {
  for (const channels of [1, 2]) {
    it(`give the velocity that goes by way of fields, ${channels} a cell`, () => {
      const [K, rows, along] = [5, 70, [6, 4]] as const; // rows for two halves
      const cells = along[0] * along[1];
      const shape = { channelsIn: 3 * channels, channelsOut: channels, conditions: 2, zeroOutput: false };
      const network = scoreNetwork({ ...onPlane(smoke, along), ...shape });
      const normals = (seed: number, ...of: number[]): tf.Tensor =>
        tf.tensor(Float32Array.from(stream(seed).normals(of.reduce((a, b) => a * b))), of);
      const found = tf.tidy(() => {
        const theta = tf.tensor1d(network.initial(stream(1)));
        const geometry = {
          modes: normals(2, 1, cells * channels, K).mul(0.3),
          std: tf.tensor2d([[2, 1, 0.5, 0.2, 0.1]]),
          inverseSpread: normals(3, 1, cells * channels).abs(),
          features: tf.tensor2d([[0.3, -0.7]]),
          cumulants: normals(4, 1, K * K, K).mul(0.1),
        } as ModeGeometry;
        const { std, features, cumulants } = geometry;
        const carried = { std, features, cumulants, ...modeEnds(network.parts!, theta, geometry, channels) };
        const [y, levels] = [normals(5, 1, rows, K) as tf.Tensor3D, normals(6, 1, rows, 1) as tf.Tensor3D];
        const angle = { cos: tf.fill([1, 1, K], 0.8), sin: tf.fill([1, 1, K], 0.6) };
        const F = (g: VelocityGeometry, by: Network = network): Float32Array =>
          modeVelocity(by, theta, g, y, levels, angle, { min: -2, max: 2 }, channels).dataSync<"float32">();
        const whole = { ...network, parts: undefined }; // fields in the cells' order, through `apply`
        return [F(geometry, whole), F(geometry), F(carried)].map((values) => tf.tensor1d(values));
      });
      const [byFields, ordered, carried] = found.map((values) => values.dataSync<"float32">());
      const size = Math.sqrt(byFields.reduce((sum, x) => sum + x * x, 0) / byFields.length);
      // Sums of some hundred terms in single precision
      for (const way of [ordered, carried]) {
        byFields.forEach((x, at) => assertClose(`number ${at}`, way[at], x, { within: 1e-5 * size }));
      }
      tf.dispose(found);
    });
  }
});
