/**
 * The convolutional score network.
 *
 *   patches of cells -> in_proj -> residual blocks [conv, FiLM, SiLU, conv, FiLM, SiLU, + input] -> out_proj [-> gain,
 *   bias] -> cells
 *
 * Both modulations of a block share one gamma and beta. Pieces carry the names of the original study's PyTorch modules,
 * so that its weights load (see state-dict.ts). Initial values are PyTorch's defaults, uniform within 1 / sqrt(fan in),
 * except where the architecture says so.
 */
import { filmSilu } from "../graph/film";
import { inHalves } from "../graph/halves";
import { tf } from "../graph/tensorflow";
import { type Architecture, checkArchitecture } from "./architectures";
import { featureCount, features, silu } from "./film";
import { positionsOf } from "./positions";
import {
  type Initial,
  type Network,
  type NetworkParts,
  type ParameterShape,
  drawInitial,
  sizeOf,
  splitParameters,
} from "./network";

const uniform = (fanIn: number): Initial => ({ kind: "uniform", bound: 1 / Math.sqrt(fanIn) });
const zeros: Initial = { kind: "zeros" };

function linear(
  name: string,
  from: number,
  to: number,
  weight = uniform(from),
  bias = uniform(from),
): ParameterShape[] {
  return [
    { name: `${name}.weight`, shape: [from, to], initial: weight },
    { name: `${name}.bias`, shape: [to], initial: bias },
  ];
}

function convolution(
  name: string,
  [rows, taps]: readonly [number, number],
  from: number,
  to: number,
  initial = uniform(rows * taps * from),
): ParameterShape[] {
  return [
    { name: `${name}.weight`, shape: [rows, taps, from, to], initial },
    { name: `${name}.bias`, shape: [to], initial },
  ];
}

/** A perceptron's linear layers; PyTorch numbers them 0, 2, 4, .. because the activations between count too. */
function perceptron(name: string, widths: readonly number[], nearIdentity = false): ParameterShape[] {
  return widths.slice(1).flatMap((to, i) => {
    const last = nearIdentity && i === widths.length - 2;
    return linear(
      `${name}.${2 * i}`,
      widths[i],
      to,
      last ? { kind: "normal", std: 1e-3 } : undefined,
      last ? zeros : undefined,
    );
  });
}

const hidden = (a: Architecture, layers: number): number[] => Array<number>(layers).fill(a.film.hidden);

/**
 * The pieces of a film-conditioned network, and of the others given the width of the embedding that joins the input.
 */
function layout(a: Architecture, embedding: number | undefined): ParameterShape[] {
  const z = featureCount(a);
  const blocks = a.dilations.map((_, b) => b);
  const { cells, taps } = positionsOf(a);
  const inputs = cells * (a.channelsIn + (a.position ? (a.along?.length ?? 1) : 0)) + (embedding ?? 0);
  const { layers, shared, nearIdentity } = a.film;
  const modulation = (): ParameterShape[] => {
    if (embedding !== undefined) return perceptron("embedding", [z, ...hidden(a, layers - 1), embedding]);
    const last = nearIdentity ? ({ kind: "normal", std: 1e-3 } as const) : undefined;
    return shared
      ? [
          ...perceptron("film.net", [z, ...hidden(a, layers - 1)]),
          ...blocks.flatMap((b) =>
            linear(`film_blocks.${b}`, a.film.hidden, 2 * a.width, last, nearIdentity ? zeros : undefined),
          ),
        ]
      : blocks.flatMap((b) =>
          perceptron(`film_blocks.${b}.net`, [z, ...hidden(a, layers - 1), 2 * a.width], nearIdentity),
        );
  };
  return [
    ...convolution("in_proj", [1, 1], inputs, a.width),
    ...modulation(),
    ...blocks.flatMap((b) =>
      ["conv1", "conv2"].flatMap((conv) => convolution(`blocks.${b}.${conv}`, taps, a.width, a.width)),
    ),
    ...convolution("out_proj", [1, 1], a.width, cells * a.channelsOut, a.zeroOutput ? zeros : undefined),
    ...(a.outputAffine ? linear("out_affine", z, 2 * a.channelsOut, zeros, zeros) : []),
  ];
}

const total = (parameters: readonly ParameterShape[]): number =>
  parameters.reduce((sum, p) => sum + sizeOf(p.shape), 0);

/** The width of the embedding at which concatenation has as many parameters as FiLM, to within one unit of width. */
function equalEmbedding(a: Architecture): number {
  const [one, two] = [1, 2].map((width) => total(layout(a, width)));
  return Math.max(1, Math.round((total(layout(a, undefined)) - one) / (two - one)) + 1);
}

/** Builds the network; refuses an architecture that is not consistent. */
export function scoreNetwork(a: Architecture): Network {
  checkArchitecture(a);
  const embedding = a.conditioning === "concatenated" ? equalEmbedding(a) : undefined;
  const parameters = layout(a, embedding);
  const plan: Plan = { a, embedding, positions: positionsOf(a) };
  return {
    parameters,
    size: total(parameters),
    initial: (s) => drawInitial(parameters, s),
    apply: (theta, x, conditions, time) => {
      checkInputs(a, x, conditions, time);
      const layers = new Layers(splitParameters(parameters, theta));
      return inHalves(
        (...[part, z, t]: [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D]) => evaluate(plan, layers, part, features(a, z, t)),
        x,
        conditions,
        time,
      );
    },
    ...(hasParts(a) ? { parts: partsOf(plan, parameters) } : {}),
  };
}

/** On one axis a network costs less than its parts would save. */
const hasParts = (a: Architecture): boolean =>
  a.along !== undefined && a.conditioning !== "concatenated" && !a.outputAffine;

function partsOf(plan: Plan, parameters: readonly ParameterShape[]): NetworkParts {
  const { a, positions } = plan;
  const size = positions.count * a.width;
  const layersOf = (theta: tf.Tensor1D): Layers => new Layers(splitParameters(parameters, theta));
  const inPatches = (fields: tf.Tensor2D): tf.Tensor2D => fields.reshape([fields.shape[0] * positions.count, -1]);
  return {
    ordered: (x) => positions.gather(x).reshape<tf.Tensor2D>([x.shape[0], -1]),
    enter: (theta, groups) => enteredInGroups(plan, layersOf(theta), groups),
    pass: (theta, activations, conditions, time) => {
      const layers = layersOf(theta);
      return inHalves(
        (...[h, z, t]: [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D]) => {
          const grid = h.reshape<tf.Tensor4D>([h.shape[0], ...positions.shape, a.width]);
          return blocks(plan, layers, grid, features(a, z, t)).reshape<tf.Tensor2D>([h.shape[0], size]);
        },
        activations,
        conditions,
        time,
      );
    },
    leave: (theta, activations) =>
      leftInPatches(plan, layersOf(theta), activations).reshape<tf.Tensor2D>([activations.shape[0], -1]),
    returned: (theta, fields) => {
      const weight = layersOf(theta).get<tf.Tensor>("out_proj.weight").reshape<tf.Tensor2D>([a.width, -1]);
      return tf.matMul(inPatches(fields), weight, false, true).reshape<tf.Tensor2D>([fields.shape[0], size]);
    },
  };
}

/** `NetworkParts.enter`: every group of channels has rows of in_proj of its own, and so have the positions. */
function enteredInGroups(
  { a, positions }: Plan,
  layers: Layers,
  groups: readonly (tf.Tensor2D | undefined)[],
): tf.Tensor2D {
  const { cells, count } = positions;
  const weight = layers.get<tf.Tensor>("in_proj.weight").reshape<tf.Tensor3D>([cells, -1, a.width]);
  const rowsOfChannels = (first: number, channels: number): tf.Tensor2D =>
    weight.slice([0, first, 0], [cells, channels, a.width]).reshape<tf.Tensor2D>([cells * channels, a.width]);
  const axes = weight.shape[1] - a.channelsIn;
  const constant =
    axes > 0
      ? tf.matMul(positions.gather(positions.coordinates()), rowsOfChannels(a.channelsIn, axes))
      : tf.zeros<tf.Rank.R2>([count, a.width]);
  const own = a.channelsIn / Math.max(1, groups.length);
  const parts = groups.flatMap((fields, g) =>
    fields === undefined
      ? []
      : [tf.matMul(fields.reshape<tf.Tensor2D>([fields.shape[0] * count, -1]), rowsOfChannels(g * own, own))],
  );
  const batch = groups.find((fields) => fields !== undefined)?.shape[0] ?? 1;
  const entry = constant.add<tf.Tensor2D>(layers.get<tf.Tensor1D>("in_proj.bias")).reshape<tf.Tensor2D>([1, -1]);
  return parts.reduce<tf.Tensor2D>((sum, part) => part.reshape<tf.Tensor2D>([batch, -1]).add(sum), entry);
}

interface Plan {
  readonly a: Architecture;
  /** The width of the embedding that joins the input; undefined for FiLM. */
  readonly embedding: number | undefined;
  readonly positions: ReturnType<typeof positionsOf>;
}

/** The pieces with their parameters, by the names of `layout`. */
class Layers {
  constructor(private readonly views: ReadonlyMap<string, tf.Tensor>) {}

  get<T extends tf.Tensor>(name: string): T {
    return this.views.get(name) as T;
  }

  affine(name: string, input: tf.Tensor2D): tf.Tensor2D {
    return tf.matMul(input, this.get<tf.Tensor2D>(`${name}.weight`)).add(this.get<tf.Tensor1D>(`${name}.bias`));
  }

  perceptron(name: string, layers: number, input: tf.Tensor2D, activateLast: boolean): tf.Tensor2D {
    let h = input;
    for (let i = 0; i < layers; i++) {
      h = this.affine(`${name}.${2 * i}`, h);
      if (i < layers - 1 || activateLast) h = silu(h) as tf.Tensor2D;
    }
    return h;
  }
}

/** The network's output for fields x [batch, cells, channels] and features z [batch, P]. */
function evaluate(plan: Plan, layers: Layers, x: tf.Tensor3D, z: tf.Tensor2D): tf.Tensor3D {
  const { a } = plan;
  const [batch] = x.shape;
  const out = left(plan, layers, blocks(plan, layers, entered(plan, layers, x, z), z));
  if (!a.outputAffine) return out;
  const both = layers.affine("out_affine", z).reshape<tf.Tensor3D>([batch, 1, 2 * a.channelsOut]);
  const [gain, bias] = tf.split(both, 2, 2);
  return out.mul<tf.Tensor3D>(gain.add(1)).add(bias);
}

/** The residual blocks, with the features z [batch, P]. */
function blocks(plan: Plan, layers: Layers, entry: tf.Tensor4D, z: tf.Tensor2D): tf.Tensor4D {
  const { a, positions } = plan;
  let h = entry;
  const modulation = modulations(plan, layers, z);
  a.dilations.forEach((dilation, b) => {
    const { scale, beta } = modulation(b);
    let y = h;
    for (const conv of [`blocks.${b}.conv1`, `blocks.${b}.conv2`]) {
      const convolved = positions.convolve(y, layers.get<tf.Tensor4D>(`${conv}.weight`), dilation);
      const bias = layers.get<tf.Tensor1D>(`${conv}.bias`);
      y =
        plan.embedding === undefined
          ? filmSilu(convolved, scale, scale.mul<tf.Tensor4D>(bias).add(beta))
          : (silu(convolved.add(bias)) as tf.Tensor4D);
    }
    h = h.add(y);
  });
  return h;
}

/** Through out_proj to cells: [batch, cells, channelsOut]. */
function left(plan: Plan, layers: Layers, h: tf.Tensor): tf.Tensor3D {
  return plan.positions.scatter(leftInPatches(plan, layers, h), h.shape[0], plan.a.channelsOut);
}

/** The same patch by patch: [batch * positions, cells of a patch * channelsOut]. */
function leftInPatches({ a, positions }: Plan, layers: Layers, h: tf.Tensor): tf.Tensor2D {
  const outWeight = layers.get<tf.Tensor>("out_proj.weight").reshape<tf.Tensor2D>([a.width, -1]);
  return tf
    .matMul(h.reshape<tf.Tensor2D>([h.shape[0] * positions.count, a.width]), outWeight)
    .add<tf.Tensor2D>(layers.get<tf.Tensor1D>("out_proj.bias"));
}

/** Patches of cells, with the position and the embedding where the network has them, through in_proj. */
function entered({ a, embedding, positions }: Plan, layers: Layers, x: tf.Tensor3D, z: tf.Tensor2D): tf.Tensor4D {
  const [batch] = x.shape;
  const withPosition = a.position ? tf.concat3d([x, positions.coordinates().tile<tf.Tensor3D>([batch, 1, 1])], 2) : x;
  const patches = positions.gather(withPosition);
  const weight = layers.get<tf.Tensor>("in_proj.weight").reshape<tf.Tensor2D>([-1, a.width]);
  const bias = layers.get<tf.Tensor1D>("in_proj.bias");
  const grid: [number, number, number, number] = [batch, ...positions.shape, a.width];
  if (embedding === undefined) return tf.matMul(patches, weight).add(bias).reshape(grid);
  // Channels that are constant along x need one product for each sample, not one for each position.
  const own = patches.shape[1];
  const e = layers.perceptron("embedding", a.film.layers, z, true);
  const constant = tf.matMul(e, weight.slice([own, 0], [embedding, a.width])).add(bias);
  const varying = tf.matMul(patches, weight.slice([0, 0], [own, a.width]));
  return varying.reshape<tf.Tensor4D>(grid).add(constant.reshape([batch, 1, 1, a.width]));
}

/** 1 + gamma and beta of block b; those that change nothing where the conditions enter by the embedding. */
function modulations({ a, embedding }: Plan, layers: Layers, z: tf.Tensor2D) {
  const { layers: depth, shared } = a.film;
  const trunk = embedding === undefined && shared ? layers.perceptron("film.net", depth - 1, z, true) : z;
  return (b: number): { scale: tf.Tensor4D; beta: tf.Tensor4D } => {
    if (embedding !== undefined) return { scale: tf.ones([1, 1, 1, 1]), beta: tf.zeros([1, 1, 1, 1]) };
    const both = shared
      ? layers.affine(`film_blocks.${b}`, trunk)
      : layers.perceptron(`film_blocks.${b}.net`, depth, trunk, false);
    const [gamma, beta] = tf.split<tf.Tensor4D>(both.reshape([z.shape[0], 1, 1, 2 * a.width]), 2, 3);
    return { scale: gamma.add<tf.Tensor4D>(1), beta };
  };
}

function checkInputs(a: Architecture, x: tf.Tensor3D, conditions: tf.Tensor2D, time: tf.Tensor2D): void {
  const [batch, cells, channels] = x.shape;
  const expected = `x [batch, ${a.cells}, ${a.channelsIn}], conditions [batch, ${a.conditions}], time [batch, 1]`;
  const right =
    cells === a.cells &&
    channels === a.channelsIn &&
    String(conditions.shape) === String([batch, a.conditions]) &&
    String(time.shape) === String([batch, 1]);
  if (!right) {
    const got = [x, conditions, time].map((t) => `[${String(t.shape)}]`).join(", ");
    throw new RangeError(`scoreNetwork "${a.name}": expected ${expected}; got ${got}`);
  }
}
