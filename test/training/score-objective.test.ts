import assert from "node:assert/strict";
import { assertClose } from "../assert-close";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { drawConditions } from "../../lib/ensemble/conditions";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { normalisation } from "../../lib/fields/normalisation";
import { tf } from "../../lib/graph/tensorflow";
import { smoke } from "../../lib/network/architectures";
import type { Network } from "../../lib/network/network";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { fieldPool, type FieldPool } from "../../lib/training/field-pool";
import { timeOf } from "../../lib/training/field-objective";
import { scoreObjective } from "../../lib/training/score-objective";
import { train, type TrainingOptions } from "../../lib/training/train";
import { problem } from "../../lib/transport/problems";

const p = problem("electrode-published");
const settings = { betaMin: 0.001, betaMax: 20, tMin: 1e-4 };
const schedule = variancePreserving(settings);

interface Seen {
  x: Float32Array;
  conditions: Float32Array;
  time: Float32Array;
}

/** The score -x, which is exact for data that are standard normal; remembers what it was given. */
function minusX(): Network & { seen?: Seen } {
  const network: Network & { seen?: Seen } = {
    parameters: [{ name: "unused", shape: [1], initial: { kind: "zeros" } }],
    size: 1,
    initial: () => new Float32Array(1),
    apply: (_, x, conditions, time) => {
      network.seen = {
        x: x.dataSync<"float32">().slice(),
        conditions: conditions.dataSync<"float32">().slice(),
        time: time.dataSync<"float32">().slice(),
      };
      return x.neg();
    },
  };
  return network;
}

function poolOf(
  conditions: number,
  count: number,
  value: (condition: number, k: number, i: number) => number,
): FieldPool {
  const [cells, channels] = [5, 2];
  const fields = new Float32Array(conditions * count * cells * channels);
  fields.forEach((_, at) => {
    const row = Math.floor(at / 10);
    fields[at] = value(Math.floor(row / count), row % count, at % 10);
  });
  const features = Float32Array.from({ length: conditions }, (_, c) => c);
  return { conditions: Array.from({ length: conditions }, () => ({})), count, cells, channels, fields, features };
}

function evaluate(network: Network, pool: FieldPool, batch: number, step = 0) {
  const objective = scoreObjective(network, pool, stream(3), { batch, schedule: settings });
  const { loss, explained } = objective.loss(tf.tensor1d([0]), objective.constants, tf.scalar(step, "int32"));
  tf.dispose(objective.constants);
  return { loss: loss.dataSync()[0], explained: Array.from(explained.dataSync()) };
}

describe("denoising score matching on fields", () => {
  it("the loss is the mean of (sigma s + z)^2 for x = alpha x_0 + sigma z, computed again in double precision", () => {
    const network = minusX();
    const batch = 64;
    const { loss, explained } = evaluate(
      network,
      poolOf(1, 1, (_, __, i) => Math.sin(i)),
      batch,
    );
    const { x, time } = network.seen!;
    const bands = { own: new Float64Array(8), zero: new Float64Array(8) };
    let [sum, sumZ, squareZ] = [0, 0, 0];
    x.forEach((value, at) => {
      const t = time[Math.floor(at / 10)];
      const z = (value - schedule.alpha(t) * Math.sin(at % 10)) / schedule.sigma(t);
      const term = (schedule.sigma(t) * -value + z) ** 2;
      const band = Math.floor(at / 10 / (batch / 8));
      bands.own[band] += term;
      bands.zero[band] += z * z;
      [sum, sumZ, squareZ] = [sum + term / x.length, sumZ + z / x.length, squareZ + (z * z) / x.length];
    });
    assertClose("loss", loss, sum, { within: 1e-3 }); // x in float32, divided by sigma >= 4e-4
    explained.forEach((e, b) => assertClose(`band ${b}`, e, 1 - bands.own[b] / bands.zero[b], { within: 2e-3 }));
    assertClose("mean of the noise", sumZ, 0, { within: 4 / Math.sqrt(x.length) });
    assertClose("variance of the noise", squareZ, 1, { within: 4 * Math.sqrt(2 / x.length) });
  });

  it("the exact score of standard normal data removes sigma^2 of the loss, band by band", () => {
    const normals = stream(8).normals(2000 * 10);
    const batch = 4000;
    const { explained } = evaluate(
      minusX(),
      poolOf(20, 100, (c, k, i) => normals[(c * 100 + k) * 10 + i]),
      batch,
    );
    explained.forEach((e, b) => {
      let expected = 0;
      for (let j = 0; j < 1000; j++)
        expected += schedule.sigma(timeOf((b + (j + 0.5) / 1000) / 8, settings)) ** 2 / 1000;
      assertClose(`band ${b}`, e, expected, { within: 5 * Math.sqrt(2 / (10 * (batch / 8))) });
    });
  });

  it("times are t = tMin + (1 - tMin) u^2 with one u in each stratum", () => {
    const network = minusX();
    evaluate(
      network,
      poolOf(1, 1, () => 0),
      16,
    );
    network.seen!.time.forEach((t, k) => {
      const u = Math.sqrt(Math.max(0, t - 1e-4) / (1 - 1e-4));
      assert.ok(u * 16 >= k - 1e-3 && u * 16 <= k + 1 + 1e-3, `u ${u} of field ${k}`);
    });
  });

  it("a field goes with its own condition's features, and over the steps every field is drawn", () => {
    const network = minusX();
    const pool = poolOf(3, 4, (c, k) => 10 * (4 * c + k)); // far apart: at the smallest times the noise is below 1
    const drawn = new Set<number>();
    for (let step = 0; step < 12; step++) {
      evaluate(network, pool, 64, step);
      const { x, conditions } = network.seen!;
      for (let row = 0; row < 6; row++) {
        const field = Math.abs(Math.round(x[row * 10] / 10)); // no minus zero
        assert.equal(Math.floor(field / 4), conditions[row]);
        drawn.add(field);
      }
    }
    assert.equal(drawn.size, 12);
  });

  it("a batch that cannot be split over the bands is refused", () => {
    assert.throws(
      () =>
        scoreObjective(
          minusX(),
          poolOf(1, 1, () => 0),
          stream(1),
          { batch: 12, schedule: settings },
        ),
      /multiple of 8, got 12/,
    );
  });
});

describe("training on the whole score", () => {
  const cells = 20;
  const network = scoreNetwork({ ...smoke, cells, channelsIn: 2, conditions: p.conditions.length });
  let pool: FieldPool;
  const objective = () => scoreObjective(network, pool, stream(5), { batch: 64, schedule: settings });
  const options = (steps: number, checkpointEvery: number): TrainingOptions => ({
    objective: objective(),
    heldOut: objective(),
    heldOutEvery: steps / 2,
    optimiser: {
      steps,
      learningRate: 3e-3,
      orthogonalRate: 0,
      warmUp: 4,
      finalFraction: 0.02,
      clip: 1e9,
      average: 0.9,
      betas: [0.9, 0.999],
    },
    stream: stream(7),
    stepsPerCall: 4,
    checkpointEvery,
  });

  before(async () => {
    const conditions = drawConditions(p, 70, stream(2));
    const [common, count] = [{ problem: p, conditions, cells }, 8];
    const ensemble = await generateEnsemble({ ...common, count, stream: stream(4) });
    pool = await fieldPool({
      ...common,
      count,
      normalisation: normalisation(ensemble.fields),
      stream: stream(3),
    });
  });

  it("its pool holds the solver's fields in network units, cell by cell", async () => {
    const { fields } = await generateEnsemble({
      problem: p,
      conditions: drawConditions(p, 70, stream(2)).slice(64),
      count: 8,
      cells,
      stream: stream(3).child(64),
    });
    for (const channel of [0, 1]) {
      const ours = Array.from({ length: 48 * cells }, (_, k) => pool.fields[(64 * 8 * cells + k) * 2 + channel]);
      const si = Array.from(
        { length: 48 * cells },
        (_, k) => fields.values[(2 * Math.floor(k / cells) + channel) * cells + (k % cells)],
      );
      const [first, last] = [0, 5 * cells + 7];
      const slope = (si[last] - si[first]) / (ours[last] - ours[first]);
      ours.forEach((x, k) =>
        assertClose(`number ${k}`, si[first] + slope * (x - ours[first]), si[k], { within: 1e-4 * Math.abs(slope) }),
      );
    }
    const n = pool.fields.length;
    assertClose("mean square", pool.fields.reduce((s, x) => s + (x * x) / n, 0), 1, { within: 0.1 }); // prettier-ignore
  });

  it("gradient steps reduce the loss below that of the score zero", async () => {
    const final = await train(options(120, 1000));
    const [half, end] = final.log.map((entry) => entry.heldOut!);
    assert.ok(end.loss < half.loss && end.loss < 0.6, `losses ${half.loss}, ${end.loss}`);
    assert.ok(end.explained[7] > 0.5, `explained by band: ${end.explained.join(", ")}`);
  });
});
