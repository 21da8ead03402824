import { assertClose } from "../assert-close";
import { sample } from "../../lib/diffusion/sample";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { noiseLevel } from "../../lib/diffusion/score";
import { tf } from "../../lib/graph/tensorflow";
import { smoke } from "../../lib/network/architectures";
import { plainScore } from "../../lib/model/plain-score";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";

const cells = 20;
const network = scoreNetwork({ ...smoke, cells, channelsIn: 2, conditions: 3 });
const theta = network.initial(stream(1)).map((x, i) => x + 0.05 * Math.sin(i));
const features = [0.1, -0.4, 0.7];
const schedule = variancePreserving();

describe("score of a network that learned it whole", () => {
  it("is the network's own output at time t, with channels outside instead of inside", () => {
    const score = plainScore({ network, theta, channels: 2 }, features);
    const x = Float32Array.from(stream(2).normals(3 * 2 * cells));
    const t = 0.37;
    const got = score(tf.tensor2d(x, [3, 2 * cells]), noiseLevel(schedule, t)).dataSync();
    const inside = new Float32Array(x.length);
    const place = (k: number): number => {
      const [row, channel, i] = [Math.floor(k / (2 * cells)), Math.floor(k / cells) % 2, k % cells];
      return (row * cells + i) * 2 + channel;
    };
    x.forEach((value, k) => (inside[place(k)] = value));
    const expected = network
      .apply(
        tf.tensor1d(theta),
        tf.tensor3d(inside, [3, cells, 2]),
        tf.tensor2d([features, features, features]),
        tf.fill([3, 1], t),
      )
      .dataSync();
    got.forEach((s, k) => assertClose(`number ${k}`, s, expected[place(k)], { within: 1e-6 }));
    score.dispose();
  });

  it("samples alike in a compiled loop and step by step", async () => {
    const score = plainScore({ network, theta, channels: 2 }, features);
    const draw = async (mode: "graph" | "eager"): Promise<Float32Array> => {
      const x = await sample({
        score,
        schedule,
        start: { law: "standard normal" },
        dimension: 2 * cells,
        count: 4,
        stream: stream(5),
        method: "reverse-sde-heun",
        steps: 12,
        mode,
      });
      const values = x.dataSync<"float32">().slice();
      x.dispose();
      return values;
    };
    const [eager, graph] = [await draw("eager"), await draw("graph")];
    const scale = eager.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
    eager.forEach((v, k) => assertClose(`number ${k}`, graph[k], v, { within: 1e-4 * scale }));
    score.dispose();
  });
});
