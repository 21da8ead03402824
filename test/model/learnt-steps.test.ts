import assert from "node:assert/strict";
import { tf } from "../../lib/graph/tensorflow";
import { learnSteps } from "../../lib/model/learnt-steps";
import { modeSampler } from "../../lib/model/mode-flow";
import type { ModeArrays } from "../../lib/model/mode-geometry";
import type { TrainedModes } from "../../lib/model/trained-modes";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { conditionOf, flowBy, K } from "./toy-flow";

/** A network whose output is a share of the sine of its white input: its flow bends, and every mode's own way. */
describe("steps learnt from a flow", () => {
  const trained = flowBy(0.4, (white, theta) => tf.sin(white.mul(2)).mul(theta));
  const condition = (ratio: number, skewness = 0.4): ModeArrays => conditionOf(ratio, skewness);
  const learnt = (evaluations: number[], seed = 3) =>
    learnSteps(trained, [condition(0.4), condition(0.6)], stream(seed), { evaluations, count: 200 });

  const count = 1000;
  const start = Float32Array.from(stream(5).normals(count * K));
  async function end(model: TrainedModes, at: ModeArrays, levels: number): Promise<Float32Array> {
    const flow = modeSampler(model, { levels, batch: count });
    try {
      return await flow.push(at, start);
    } finally {
      flow.dispose();
    }
  }
  const distance = (a: Float32Array, b: Float32Array): number =>
    Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0) / a.length);
  const spread = (y: Float32Array, k: number): number =>
    Math.sqrt(y.reduce((sum, v, i) => (i % K === k ? sum + v * v : sum), 0) / count);

  it("end nearer to the flow of many levels than those of the formula, at a condition they were not learnt at", async () => {
    const at = condition(0.5);
    const exact = await end(trained, at, 200);
    const model = { ...trained, learntSteps: await learnt([4, 6]) };
    for (const evaluations of [4, 6]) {
      const [own, formula] = [await end(model, at, evaluations), await end(trained, at, evaluations)];
      const [near, far] = [distance(own, exact), distance(formula, exact)];
      assert.ok(near < far / 2, `${evaluations} evaluations: ${near} learnt, ${far} by the formula`);
    }
  });

  it("keep the spread of every mode to within what the trial fields know", async () => {
    const at = condition(0.5);
    const [learntSteps, exact] = [await learnt([4]), await end(trained, at, 200)];
    const own = await end({ ...trained, learntSteps }, at, 4);
    // a spread from n fields is known to its share 1 / sqrt(2 n); here two samples of 2 x 200 and of 1000
    const within = 3 * Math.sqrt(1 / 800 + 1 / 2000);
    for (let k = 0; k < K; k++) assertClose(`mode ${k}`, spread(own, k) / spread(exact, k), 1, { within });
  });

  it("fall from the largest level on and are as many as asked for", async () => {
    for (const { levels, weights } of await learnt([3, 5])) {
      assert.equal(levels[0], trained.range.max);
      assert.ok(levels.every((u, j) => j === 0 || u < levels[j - 1]));
      assert.equal(weights.length, levels.length * 4 * K);
    }
  });

  it("leave every other number of levels as it was, and can be left out", async () => {
    const at = condition(0.5);
    const model = { ...trained, learntSteps: await learnt([4]) };
    assert.deepEqual(await end(model, at, 5), await end(trained, at, 5));
    const flow = modeSampler(model, { levels: 4, batch: count, learnt: false });
    assert.deepEqual(await flow.push(at, start), await end(trained, at, 4));
    flow.dispose();
  });

  it("move nothing where neither cumulants nor the network say anything", async () => {
    const gaussian = condition(0.5, 0);
    const silent = { ...trained, theta: Float32Array.of(0), learntSteps: await learnt([4]) };
    assert.deepEqual(await end(silent, gaussian, 4), start);
    const learntOnNothing = await learnSteps({ ...trained, theta: Float32Array.of(0) }, [gaussian], stream(1), {
      evaluations: [3],
      count: 20,
    });
    assert.ok(learntOnNothing[0].weights.every((w) => w === 0));
  });

  it("are the same bits again, and others for another seed", async () => {
    const [first] = await learnt([4]);
    assert.deepEqual(await learnt([4]), [first]);
    assert.notDeepEqual((await learnt([4], 4))[0].weights, first.weights);
  });
});
