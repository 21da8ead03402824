/**
 * Weights under the original study's PyTorch names. PyTorch keeps a linear map as [out, in] and a convolution as [out,
 * in, kernel]; here they are [in, out] and [1, kernel, in, out], the layouts that multiply without a transposition.
 * Names are the same. PyTorch lists a block's perceptron twice, also as blocks.N.film.net.*: the second listing is
 * ignored.
 */
import { type Network, type ParameterShape, sizeOf } from "../../lib/network/network";

/** A tensor of a state dictionary, as safetensors give it. */
export interface StateTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** PyTorch's shape of a piece. */
export function torchShape({ shape }: ParameterShape): number[] {
  if (shape.length === 4) return [shape[3], shape[2], shape[1]];
  return shape.length === 2 ? [shape[1], shape[0]] : [...shape];
}

/**
 * For entry i of a piece here, its place in PyTorch's layout: both are [a, out] here against [out, ...reversed a]
 * there.
 */
function torchIndex({ shape }: ParameterShape, i: number): number {
  if (shape.length === 1) return i;
  const out = shape[shape.length - 1];
  const [k, c, o] = [
    Math.floor(i / (out * shape[shape.length - 2])),
    Math.floor(i / out) % shape[shape.length - 2],
    i % out,
  ];
  const taps = shape.length === 4 ? shape[1] : 1;
  return (o * shape[shape.length - 2] + c) * taps + k;
}

const repeatedListing = /^blocks\.\d+\.film\./;

/** The flat parameter vector of `network`. Missing, unknown and misshapen tensors are refused by name. */
export function fromStateDict(network: Network, state: Readonly<Record<string, StateTensor>>): Float32Array {
  const known = new Set(network.parameters.map((p) => p.name));
  const stranger = Object.keys(state).find((name) => !known.has(name) && !repeatedListing.test(name));
  if (stranger !== undefined) throw new RangeError(`fromStateDict: the network has no parameter "${stranger}"`);
  const theta = new Float32Array(network.size);
  let offset = 0;
  for (const piece of network.parameters) {
    const tensor = state[piece.name];
    if (!tensor) throw new RangeError(`fromStateDict: no tensor "${piece.name}"`);
    const expected = torchShape(piece);
    const size = sizeOf(expected);
    if (String(tensor.shape) !== String(expected) || tensor.data.length !== size) {
      throw new RangeError(
        `fromStateDict: "${piece.name}" must be [${String(expected)}], got [${String(tensor.shape)}] with ` +
          `${tensor.data.length} values`,
      );
    }
    for (let i = 0; i < size; i++) theta[offset + i] = tensor.data[torchIndex(piece, i)];
    offset += size;
  }
  return theta;
}

/** The inverse of fromStateDict. */
export function toStateDict(
  network: Network,
  theta: ArrayLike<number>,
): Record<string, { shape: number[]; data: Float32Array }> {
  if (theta.length !== network.size) {
    throw new RangeError(`toStateDict: expected ${network.size} parameters, got ${theta.length}`);
  }
  const state: Record<string, { shape: number[]; data: Float32Array }> = {};
  let offset = 0;
  for (const piece of network.parameters) {
    const size = sizeOf(piece.shape);
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) data[torchIndex(piece, i)] = theta[offset + i];
    state[piece.name] = { shape: torchShape(piece), data };
    offset += size;
  }
  return state;
}
