/** Compiled and eager agree: every network and way of conditioning, both losses with their gradients, and the flow in whitened modes. */
import assert from "node:assert";
import { compile } from "../../lib/graph/compile";
import { tf } from "../../lib/graph/tensorflow";
import { type Architecture, fast, published, smoke } from "../../lib/network/architectures";
import { modeSampler } from "../../lib/network/mode-flow";
import { skewingModes } from "../../lib/network/mode-geometry";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import type { FieldPool } from "../../lib/training/field-pool";
import { modeObjective } from "../../lib/training/mode-objective";
import type { Objective } from "../../lib/training/objective";
import { scoreObjective } from "../../lib/training/score-objective";
import type { WhitenedPool } from "../../lib/training/whitened-pool";

const [cells, channels, conditions, count, modes] = [20, 2, 4, 12, 5];
const dimension = cells * channels;
const s = stream(17);
const draws = (name: string, n: number) => Float32Array.from(s.child(name).normals(n));

/** The structure of each size at a width that a test can afford. */
const small = (a: Architecture): Architecture => ({
  ...a,
  cells,
  width: 8,
  dilations: a.dilations.slice(0, 2),
  film: { ...a.film, hidden: 16 },
  zeroOutput: false, // with it the first gradients of the inner layers vanish
});
const sizes = { published: small(published), fast: small(fast), smoke: small(smoke) };

const features = draws("features", conditions * 3);
const none = Array.from({ length: conditions }, () => ({}));
const fieldsPool: FieldPool = { conditions: none, count, cells, channels, fields: draws("fields", conditions * count * dimension), features }; // prettier-ignore
const std = Float32Array.from({ length: conditions * modes }, (_, k) => 0.6 ** (k % modes));
const basis = draws("basis", conditions * dimension * modes).map((x) => x / Math.sqrt(dimension));
const inverseSpread = new Float32Array(conditions * dimension).fill(1);
const skewing = skewingModes(modes) ** 2 * modes;
const cumulants = draws("cumulants", conditions * skewing).map((x) => 0.05 * x);
const whitened: WhitenedPool = { conditions: none, count, modes, dimension, coordinates: draws("coordinates", conditions * count * modes), basis, std, inverseSpread, features, cumulants }; // prettier-ignore
const range = { min: -4, max: 2 };

const objectives: Record<string, (a: Architecture) => Objective> = {
  "the whole score's loss": (a) =>
    scoreObjective(scoreNetwork({ ...a, channelsIn: channels }), fieldsPool, s.child("score"), {
      batch: 16,
      schedule: { betaMin: 0.001, betaMax: 20, tMin: 1e-4 },
    }),
  "the whitened modes' loss": (a) =>
    modeObjective(scoreNetwork({ ...a, channelsIn: 3 * channels }), whitened, s.child("modes"), {
      conditions: 8,
      fields: 2,
      gamma: 1,
      channels,
      range,
      penalty: 1,
    }),
};

describe("compiled and eager agree", () => {
  for (const [size, architecture] of Object.entries(sizes))
    for (const conditioning of ["film", "concatenated", "none"] as const)
      for (const [what, make] of Object.entries(objectives))
        it(`${size}, ${conditioning}: ${what} and its gradient, within rounding`, () =>
          void tf.tidy(() => {
            const { network, constants, loss } = make({ ...architecture, conditioning });
            const names = Object.keys(constants);
            const step = (theta: tf.Tensor, i: tf.Tensor, ...values: tf.Tensor[]): tf.Tensor[] => {
              const held = Object.fromEntries(names.map((name, k) => [name, values[k]]));
              const { value, grad } = tf.valueAndGrad(
                (x: tf.Tensor) => loss(x as tf.Tensor1D, held, i as tf.Scalar).loss,
              )(theta);
              return [value, grad];
            };
            const inputs = [tf.tensor1d(network.initial(s.child("theta"))), tf.scalar(3, "int32")];
            const compiled = compile(step, { name: what });
            const graph = compiled(inputs[0], inputs[1], ...Object.values(constants));
            const eager = step(inputs[0], inputs[1], ...Object.values(constants));
            compiled.dispose();
            eager.forEach((expected, k) => {
              const [a, b] = [graph[k].dataSync<"float32">(), expected.dataSync<"float32">()];
              const size = b.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
              assert.ok(size > 0 && Number.isFinite(size));
              // the graph optimiser fuses products and sums: some tens of roundings of the largest value
              a.forEach((x, j) =>
                assert.ok(Math.abs(x - b[j]) <= 64 * 2 ** -24 * size, `${k}, ${j}: ${x} and ${b[j]}`),
              );
            });
          }));

  it("the flow in whitened modes draws the same compiled as operation by operation on another backend", async () => {
    const network = scoreNetwork({ ...sizes.smoke, channelsIn: 3 * channels });
    const trained = { network, theta: network.initial(s.child("theta")), modes, range, gamma: 1, channels };
    const condition = {
      basis: basis.slice(0, dimension * modes),
      std: std.slice(0, modes),
      inverseSpread: inverseSpread.slice(0, dimension),
      features: features.slice(0, 3),
      cumulants: cumulants.slice(0, skewing),
    };
    const draw = async (): Promise<Float32Array> => {
      const sampler = modeSampler(trained, { levels: 4, batch: 8 });
      try {
        return await sampler.sample(condition, 8, s.child("draw"));
      } finally {
        sampler.dispose();
      }
    };
    const compiled = await draw();
    await tf.setBackend("cpu");
    try {
      const eager = await draw();
      eager.forEach((x, k) =>
        assert.ok(Math.abs(x - compiled[k]) <= 1e-5 * (1 + Math.abs(x)), `${x} and ${compiled[k]}`),
      );
    } finally {
      await tf.setBackend("tensorflow");
    }
  });
});
