/**
 * Sizes of the score network, as plain data. `published` is the original study's network layer by layer; `fast` works
 * on patches of five cells and costs a hundredth; `smoke` is for tests that only need a network.
 */
import { UserError } from "../errors/user-error";

/**
 * How the operating conditions reach the network. All three have the same cost and, up to one rounding of a width, the
 * same size.
 */
export type Conditioning =
  /**
   * Scale and shift of every block's channels, from a multilayer perceptron of conditions and time (Perez et al. 2018).
   */
  | "film"
  /** The same perceptron's output, appended to the input as channels that are constant along x. */
  | "concatenated"
  /** Not at all: the network sees zeros in their place (it still sees the time). */
  | "none";

export interface Architecture {
  /** Two networks of one architecture take each other's weights; the name is stored with them. */
  readonly name: string;
  readonly cells: number;
  /** Cells along each axis of a grid of two, `cells` in all; left out on one axis. */
  readonly along?: readonly [number, number];
  readonly channelsIn: number;
  readonly channelsOut: number;
  /** Number of condition features. */
  readonly conditions: number;
  readonly conditioning: Conditioning;
  /** Neighbouring cells, along each axis, that form one position of the convolutions. */
  readonly patch: number;
  /** Channels of the blocks. */
  readonly width: number;
  readonly kernel: number;
  /** One residual block for each entry; both its convolutions have this dilation. */
  readonly dilations: readonly number[];
  /** What lies beyond the ends: copies of the last value, or zeros. */
  readonly padding: "replicate" | "zeros";
  /** The perceptron: hidden width, number of linear layers, and whether the blocks share all layers but the last. */
  readonly film: {
    readonly hidden: number;
    readonly layers: number;
    readonly shared: boolean;
    readonly nearIdentity: boolean;
  };
  /** sin and cos of frequency * time for each; `raw` appends the time itself. */
  readonly time: { readonly frequencies: readonly number[]; readonly raw: boolean };
  /** One more input channel for each axis, which runs from -1 to 1 along it. */
  readonly position: boolean;
  /** Gain and bias of the output, affine in conditions and time features. */
  readonly outputAffine: boolean;
  /** Start with output zero: the model then starts as the one without a network. */
  readonly zeroOutput: boolean;
}

const powers = (count: number, first: number, ratio: number): number[] =>
  Array.from({ length: count }, (_, k) => first * ratio ** k);

/** The original network: 1,116,626 parameters; time is t in [0, 1], conditions (l, U0, F_right), channels (c, phi). */
export const published: Architecture = {
  name: "published",
  cells: 100,
  channelsIn: 2,
  channelsOut: 2,
  conditions: 3,
  conditioning: "film",
  patch: 1,
  width: 64,
  kernel: 7,
  dilations: Array<number>(10).fill(1),
  padding: "replicate",
  film: { hidden: 128, layers: 4, shared: false, nearIdentity: true },
  time: { frequencies: powers(16, 2 * Math.PI, 2), raw: false },
  position: false,
  outputAffine: true,
  zeroOutput: false,
};

/** 188,426 parameters for 4 channels in, 2 out and 3 conditions; time is a log noise level scaled to [-1, 1]. */
export const fast: Architecture = {
  name: "fast",
  cells: 100,
  channelsIn: 4,
  channelsOut: 2,
  conditions: 3,
  conditioning: "film",
  patch: 5,
  width: 64,
  kernel: 3,
  dilations: [1, 2, 4, 1],
  padding: "zeros",
  film: { hidden: 128, layers: 3, shared: true, nearIdentity: false },
  time: { frequencies: powers(16, 1, 2 ** (1 / 3)), raw: true },
  position: true,
  outputAffine: false,
  zeroOutput: true,
};

/** A few thousand parameters. */
export const smoke: Architecture = {
  ...fast,
  name: "smoke",
  width: 16,
  dilations: [1, 2],
  film: { ...fast.film, hidden: 32 },
  time: { frequencies: powers(4, 1, 2), raw: true },
};

/** Most positions along an axis of two: patches are as large as that asks for. */
const mostPositions = 8;

/** 142,000 parameters for 3 channels in and 1 out: three blocks of 3 x 3 convolutions, which see the whole plane. */
const fastOnPlane: Partial<Architecture> = { name: "fast on a plane", width: 48, dilations: [1, 1, 1] };
const smokeOnPlane: Partial<Architecture> = { name: "smoke on a plane", dilations: [1, 1] };

/** An architecture for a grid of two axes. The size `published` has one axis alone. */
export function onPlane(a: Architecture, along: readonly [number, number]): Architecture {
  if (a.padding === "replicate") {
    throw new UserError(
      `network.size "${a.name}" has one axis, got a grid of ${along.join(" x ")} cells. Remedy: network.size=fast`,
    );
  }
  const patches = Array.from({ length: Math.min(...along) }, (_, k) => k + 1).filter((p) =>
    along.every((n) => n % p === 0),
  );
  const patch = patches.find((p) => along.every((n) => n / p <= mostPositions)) ?? patches[patches.length - 1];
  return { ...a, ...(a.name === "smoke" ? smokeOnPlane : fastOnPlane), along, cells: along[0] * along[1], patch };
}

/**
 * An architecture for a grid of one axis of any number of cells: where its patch does not divide them the next smaller
 * one that does, and likewise its dilations.
 */
export function onAxis(a: Architecture, cells: number): Architecture {
  const patch = divisorUpTo(cells, a.patch);
  return { ...a, cells, patch, dilations: a.dilations.map((d) => divisorUpTo(cells / patch, d)) };
}

/** The largest divisor of n that is at most `most`. */
function divisorUpTo(n: number, most: number): number {
  for (let d = most; d > 1; d--) if (n % d === 0) return d;
  return 1;
}

/** Refuses what cannot be built. */
export function checkArchitecture(a: Architecture): void {
  const fail = (what: string): never => {
    throw new RangeError(`scoreNetwork "${a.name}": ${what}`);
  };
  for (const key of ["cells", "channelsIn", "channelsOut", "patch", "width", "kernel"] as const) {
    if (!Number.isInteger(a[key]) || a[key] < 1) fail(`${key} must be a positive integer, got ${a[key]}`);
  }
  if (!Number.isInteger(a.conditions) || a.conditions < 0)
    fail(`conditions must be an integer >= 0, got ${a.conditions}`);
  if (a.cells % a.patch !== 0) fail(`patch must divide the ${a.cells} cells, got ${a.patch}`);
  if (a.kernel % 2 !== 1) fail(`kernel must be odd, got ${a.kernel}`);
  if (a.padding === "replicate" && a.dilations.some((d) => d !== 1))
    fail("replicate padding goes with dilation 1 only");
  if (a.along && (a.along[0] * a.along[1] !== a.cells || a.along.some((n) => n % a.patch !== 0)))
    fail(`patch must divide the cells along both axes, ${a.along.join(" x ")} of ${a.cells}, got ${a.patch}`);
  if (a.along && (a.padding === "replicate" || a.dilations.some((d) => d !== 1)))
    fail("on two axes padding is zeros and every dilation 1");
  const positions = a.cells / a.patch;
  const odd = a.dilations.find((d) => !Number.isInteger(d) || d < 1 || positions % d !== 0);
  if (odd !== undefined) fail(`each dilation must divide the ${positions} positions, got ${odd}`);
  if (a.film.layers < 2) fail(`film.layers must be at least 2, got ${a.film.layers}`);
}
