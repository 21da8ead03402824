import assert from "node:assert";
import { tf } from "../../lib/graph/tensorflow";
import { published } from "../../lib/network/architectures";
import { scoreNetwork } from "../../lib/network/score-network";
import { fromStateDict, toStateDict, torchShape } from "./state-dict";
import { assertClose } from "../assert-close";
import golden from "./golden/published.json";

/** The formula of golden/make_golden.py. */
function formula(p: number, count: number, scale: number): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => {
    let h = (65537 * p + k) >>> 0;
    for (let round = 0; round < 2; round++) h = Math.imul((h >>> 16) ^ h, 0x45d9f3b) >>> 0;
    h = ((h >>> 16) ^ h) >>> 0;
    return scale * (h / 2 ** 31 - 1);
  });
}

const network = scoreNetwork(published);
const [batch, cells] = [golden.times.length, published.cells];
const state = Object.fromEntries(
  (golden.pieces as [string, number[], number][]).map(([name, shape, scale], p) => [
    name,
    {
      shape,
      data: formula(
        p,
        shape.reduce((a, b) => a * b, 1),
        scale,
      ),
    },
  ]),
);

/** [batch, channels, cells], PyTorch's layout, to ours and back. */
const channelsLast = (x: ArrayLike<number>): tf.Tensor3D =>
  tf.tidy(() => tf.tensor3d(Float32Array.from(x), [batch, 2, cells]).transpose([0, 2, 1]));
const channelsFirst = (x: tf.Tensor): Float32Array => x.transpose([0, 2, 1]).dataSync<"float32">();

const size = (x: ArrayLike<number>): number => Math.sqrt(Array.from(x).reduce((sum, v) => sum + v * v, 0) / x.length);

describe("the published network", () => {
  it("has the original's pieces, names and shapes, 1,116,626 parameters in all", () => {
    assert.strictEqual(network.size, 1116626);
    const ours = network.parameters.map((p) => [p.name, torchShape(p)] as const).sort();
    const theirs = (golden.pieces as [string, number[], number][])
      .map(([name, shape]) => [name, shape] as const)
      .sort();
    assert.deepStrictEqual(ours, theirs);
  });

  it("forward pass and gradients agree with PyTorch's to float32 rounding", () => {
    const theta = tf.tensor1d(fromStateDict(network, state));
    const x = channelsLast(formula(1000, batch * 2 * cells, 1.5));
    const conditions = tf.tensor2d(formula(1001, batch * 3, 1), [batch, 3]);
    const times = tf.tensor2d(golden.times, [batch, 1]);
    const weights = channelsLast(formula(1002, batch * 2 * cells, 1));

    const output = channelsFirst(network.apply(theta, x, conditions, times));
    // 22 layers in single precision: errors of a few 2^-24 each add up at random
    const within = 1e-5 * size(golden.output);
    golden.output.forEach((value, i) => assertClose(`output ${i}`, output[i], value, { within }));

    const loss = (p: tf.Tensor, y: tf.Tensor): tf.Scalar =>
      network
        .apply(p as tf.Tensor1D, y as tf.Tensor3D, conditions, times)
        .mul(weights)
        .sum();
    const [byTheta, byInput] = tf.grads(loss)([theta, x]);
    const inputGradient = channelsFirst(byInput);
    golden.inputGradient.forEach((value, i) =>
      assertClose(`input gradient ${i}`, inputGradient[i], value, { within: 1e-5 * size(golden.inputGradient) }),
    );
    const gradients = toStateDict(network, byTheta.dataSync<"float32">());
    for (const [name, { norm, projection }] of Object.entries(golden.gradients)) {
      const { data } = gradients[name];
      assertClose(`|gradient of ${name}|`, Math.sqrt(data.length) * size(data), norm, { within: 1e-5 * norm });
      const projected = data.reduce((sum, value, k) => sum + value * Math.cos(0.7 * k), 0);
      assertClose(`projected gradient of ${name}`, projected, projection, { within: 1e-5 * norm });
    }
    tf.dispose([theta, x, conditions, times, weights, byTheta, byInput]);
  });

  it("weights go to PyTorch's layout and back unchanged; the second listing of a block's perceptron is ignored", () => {
    const theta = fromStateDict(network, state);
    const again = toStateDict(network, theta);
    for (const [name, { data }] of Object.entries(state)) assert.deepStrictEqual(again[name].data, data, name);
    const listedTwice = { ...state, "blocks.3.film.net.0.weight": state["film_blocks.3.net.0.weight"] };
    assert.deepStrictEqual(fromStateDict(network, listedTwice), theta);
  });

  it("missing, unknown and misshapen tensors are refused by name", () => {
    const { ["out_proj.bias"]: _bias, ...missing } = state;
    assert.throws(() => fromStateDict(network, missing), /no tensor "out_proj.bias"/);
    assert.throws(() => fromStateDict(network, { ...state, extra: state["out_proj.bias"] }), /no parameter "extra"/);
    const bent = { ...state, "out_proj.bias": { shape: [3], data: [1, 2, 3] } };
    assert.throws(() => fromStateDict(network, bent), /"out_proj.bias" must be \[2\], got \[3\]/);
  });
});
