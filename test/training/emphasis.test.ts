/**
 * Which of the pool's conditions a batch is made of, seen from outside: a condition whose numbers are NaN shows in the
 * loss.
 */
import assert from "node:assert/strict";
import { tf } from "../../lib/graph/tensorflow";
import { smoke } from "../../lib/network/architectures";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { modeObjective, skewness } from "../../lib/training/mode-objective";
import type { WhitenedPool } from "../../lib/training/whitened-pool";
import { assertClose } from "../assert-close";

const [cells, modes, count] = [20, 4, 8];
const dimension = 2 * cells;
const network = scoreNetwork({ ...smoke, cells, channelsIn: 6, conditions: 3 });

/** Conditions whose third cumulants have these norms; those of `bad` have fields that are not numbers. */
function pool(norms: readonly number[], bad: readonly number[] = []): WhitenedPool {
  const n = norms.length;
  const draw = (name: string, size: number) => Float32Array.from(stream(1).child(name).normals(size));
  const coordinates = draw("coordinates", n * count * modes);
  for (const c of bad) coordinates.fill(NaN, c * count * modes, (c + 1) * count * modes);
  const size = modes ** 3;
  return {
    conditions: norms.map(() => ({})),
    count,
    modes,
    dimension,
    coordinates,
    basis: draw("basis", n * dimension * modes),
    std: Float32Array.from({ length: n * modes }, (_, k) => 0.6 ** (k % modes)),
    inverseSpread: new Float32Array(n * dimension).fill(1),
    features: draw("features", n * 3),
    cumulants: Float32Array.from({ length: n * size }, (_, k) => norms[Math.floor(k / size)] / Math.sqrt(size)),
  };
}

/** In how many of `steps` batches of one condition the loss was a number. */
function finite(data: WhitenedPool, emphasis: number, steps: number): number {
  const range = { min: -4, max: 2 };
  const options = { conditions: 1, fields: 16, gamma: 1, channels: 2, range, penalty: 0, emphasis };
  const { loss, constants } = modeObjective(network, data, stream(5), options);
  const seen = tf.tidy(() => {
    const theta = tf.tensor1d(network.initial(stream(2)));
    let numbers = 0;
    for (let i = 0; i < steps; i++) {
      const value = tf.tidy(() => loss(theta, constants, tf.scalar(i, "int32")).loss.dataSync()[0]);
      if (Number.isFinite(value)) numbers++;
    }
    return numbers;
  });
  tf.dispose(constants);
  return seen;
}

describe("emphasis on conditions whose law is less Gaussian", () => {
  it("is the norm of a condition's third cumulants", () => {
    skewness(pool([3, 0, 0.5])).forEach((norm, c) => assertClose("norm", norm, [3, 0, 0.5][c], { within: 1e-6 }));
  });

  it("a condition is drawn as often as its norm to the power says", () => {
    const [steps, shares] = [400, { 0: 1 / 3, 1: 3 / 5, 2: 9 / 11 }];
    for (const [emphasis, share] of Object.entries(shares)) {
      const drawn = finite(pool([1, 3, 1], [0, 2]), Number(emphasis), steps) / steps;
      const standardError = Math.sqrt((share * (1 - share)) / steps);
      assertClose(`share at emphasis ${emphasis}`, drawn, share, { within: 4 * standardError });
    }
  });

  it("one without cumulants is not drawn, the first, one between and the last", () => {
    assert.equal(finite(pool([0, 1, 0, 1, 0], [0, 2, 4]), 1, 100), 100);
  });

  it("where no condition has any, all are drawn equally often", () => {
    const drawn = finite(pool([0, 0], [1]), 1, 100);
    assertClose("share", drawn / 100, 0.5, { within: 4 * 0.05 });
  });
});
