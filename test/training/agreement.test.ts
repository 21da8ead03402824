/**
 * Compiled and eager agree: every network and way of conditioning, the losses with their gradients, the scores, and the
 * flow in whitened modes.
 */
import assert from "node:assert";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { noiseLevel, type ResidentScore } from "../../lib/diffusion/score";
import { compile } from "../../lib/graph/compile";
import { tf } from "../../lib/graph/tensorflow";
import { type Architecture, fast, published, smoke } from "../../lib/network/architectures";
import { modeSampler } from "../../lib/model/mode-flow";
import { skewingModes } from "../../lib/model/mode-geometry";
import { plainScore } from "../../lib/model/plain-score";
import { scoreNetwork } from "../../lib/network/score-network";
import { velocityScore } from "../../lib/model/velocity-score";
import { stream } from "../../lib/random/stream";
import type { FieldPool } from "../../lib/training/field-pool";
import { modeObjective } from "../../lib/training/mode-objective";
import type { Objective } from "../../lib/training/objective";
import { scoreObjective } from "../../lib/training/score-objective";
import { velocityObjective } from "../../lib/training/velocity-objective";
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
/**
 * For a network that sees the logarithm of the noise level: of the original's time features the fastest has the phase 2
 * pi 2^15 times it, and one rounding of a logarithm of order one would move that by 2 pi 2^15 2^-24 = 0.01. Networks
 * for the velocity have gentler ones.
 */
const seeingLevels = (a: Architecture): Architecture => ({ ...a, time: fast.time });
const sizes = { published: small(published), fast: small(fast), smoke: small(smoke) };

const features = draws("features", conditions * 3);
const none = Array.from({ length: conditions }, () => ({}));
const fieldsPool: FieldPool = {
  conditions: none,
  count,
  cells,
  channels,
  fields: draws("fields", conditions * count * dimension),
  features,
};
const std = Float32Array.from({ length: conditions * modes }, (_, k) => 0.6 ** (k % modes));
const basis = draws("basis", conditions * dimension * modes).map((x) => x / Math.sqrt(dimension));
const inverseSpread = new Float32Array(conditions * dimension).fill(1);
const skewing = skewingModes(modes) ** 2 * modes;
const cumulants = draws("cumulants", conditions * skewing).map((x) => 0.05 * x);
const whitened: WhitenedPool = {
  conditions: none,
  count,
  modes,
  dimension,
  coordinates: draws("coordinates", conditions * count * modes),
  basis,
  std,
  inverseSpread,
  features,
  cumulants,
};
const range = { min: -4, max: 2 };
const schedule = { betaMin: 0.001, betaMax: 20, tMin: 1e-4 };

const objectives: Record<string, (a: Architecture) => Objective> = {
  "the whole score's loss": (a) =>
    scoreObjective(scoreNetwork({ ...a, channelsIn: channels }), fieldsPool, s.child("score"), {
      batch: 16,
      schedule,
    }),
  "the velocity's loss": (a) =>
    velocityObjective(scoreNetwork({ ...seeingLevels(a), channelsIn: channels }), fieldsPool, s.child("velocity"), {
      batch: 16,
      schedule,
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

const rows = 6;
const initial = (a: Architecture) => {
  const network = scoreNetwork({ ...a, channelsIn: channels });
  return { network, theta: network.initial(s.child("theta")), channels, schedule };
};
const scores: Record<string, (a: Architecture) => ResidentScore> = {
  "the plain score": (a) => plainScore(initial(a), [...features.slice(0, 3)]),
  "the score by way of the velocity": (a) =>
    velocityScore(initial(seeingLevels(a)), draws("conditions", rows * 3), rows),
};

/** The graph optimiser fuses products and sums: some tens of roundings of the largest value. */
function assertAgree(graph: Float32Array, eager: Float32Array, what: string): void {
  const size = eager.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  assert.ok(size > 0 && Number.isFinite(size));
  assert.equal(graph.length, eager.length);
  graph.forEach((x, j) =>
    assert.ok(Math.abs(x - eager[j]) <= 64 * 2 ** -24 * size, `${what}, ${j}: ${x} and ${eager[j]}`),
  );
}

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
            eager.forEach((expected, k) =>
              assertAgree(graph[k].dataSync<"float32">(), expected.dataSync<"float32">(), `${k}`),
            );
          }));

  for (const [size, architecture] of Object.entries(sizes))
    for (const conditioning of ["film", "concatenated", "none"] as const)
      for (const [what, make] of Object.entries(scores))
        it(`${size}, ${conditioning}: ${what} from the first noise level to the last, within rounding`, () => {
          const score = make({ ...architecture, conditioning });
          const names = Object.keys(score.constants);
          const step = (
            x: tf.Tensor,
            t: tf.Tensor,
            beta: tf.Tensor,
            alpha: tf.Tensor,
            sigma: tf.Tensor,
            ...values: tf.Tensor[]
          ) => {
            // prettier-ignore
            const at = { t, beta, alpha, sigma } as ReturnType<typeof noiseLevel>;
            return [score(x as tf.Tensor2D, at, Object.fromEntries(names.map((name, k) => [name, values[k]])))];
          };
          const compiled = compile(step, { name: what });
          try {
            tf.tidy(() => {
              const x = tf.tensor2d(draws("x", rows * dimension), [rows, dimension]);
              for (const t of [1e-4, 0.1, 1]) {
                const { t: time, beta, alpha, sigma } = noiseLevel(variancePreserving(schedule), t);
                const inputs = [x, time, beta, alpha, sigma, ...Object.values(score.constants)] as const;
                const [graph, eager] = [compiled(...inputs), step(...inputs)];
                assertAgree(graph[0].dataSync<"float32">(), eager[0].dataSync<"float32">(), `t = ${t}`);
              }
            });
          } finally {
            compiled.dispose();
            score.dispose();
          }
        });

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
