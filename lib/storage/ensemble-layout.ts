/**
 * How an ensemble of fields lies in a Zarr folder (version 2 of the published format; JSON texts and raw chunks, which
 * is why no library is needed to write it, and no ESM-only one in the notebooks' kernel; every Zarr reader opens it).
 *
 *     NAME(condition, realisation, x[, y])   one array per channel, and `eps` where porosities are kept; float64, SI
 *                                            units
 *     x(x)[, y(y)]                           cell centres
 *     l(condition), U0(condition), ..        the conditions
 *
 * Chunks are whole fields in the order in which they are made, about 4 MB each, so that an ensemble can be streamed in
 * and read back in bounded memory. Chunks are not compressed: random fields hardly compress, and a chunk's size is
 * then known before it is read. `.checksums.json` (no part of Zarr, ignored by its readers) holds every file's SHA-256.
 */
import type { Json } from "./json";

/** Anything with a name and a unit: channels and condition ranges of a problem are. */
export interface Quantity {
  readonly name: string;
  readonly symbol?: string;
  readonly unit: string;
  readonly meaning?: string;
}

/** One direction of the domain: its name, its length in m and its equal cells. */
export interface StoredAxis {
  readonly name: string;
  readonly length: number;
  readonly cells: number;
}

export interface EnsembleDescription {
  readonly problem: string;
  /** The last varies fastest. */
  readonly axes: readonly StoredAxis[];
  /** Realisations per condition. */
  readonly count: number;
  readonly channels: readonly Quantity[];
  readonly conditionQuantities: readonly Quantity[];
  /** One record per condition, holding each quantity. */
  readonly conditions: readonly Readonly<Record<string, number>>[];
  readonly keepPorosity: boolean;
  /** Where the data come from: seed, configuration, version. */
  readonly provenance: { readonly [key: string]: Json };
}

/** A stored ensemble, read in portions. */
export interface EnsembleReader {
  readonly description: EnsembleDescription;
  /**
   * Fields first to first + n (order condition * count + realisation): [n, channels, cells]; porosity [n, cells] if
   * kept.
   */
  read(first: number, n: number): Promise<{ fields: Float64Array; porosity?: Float64Array }>;
}

export const porosityQuantity: Quantity = { name: "eps", symbol: "ε", unit: "1", meaning: "porosity" };
export const checksumFile = ".checksums.json";
const targetChunk = 1 << 19; // float64 values, 4 MiB

/**
 * A run of fields [first, end) in the order condition * count + realisation, and the name of the chunk holding them.
 */
export interface Chunk {
  readonly name: string;
  readonly first: number;
  readonly end: number;
}

export interface Layout {
  /** Conditions and realisations per chunk; either one condition, or all realisations. */
  readonly chunkShape: readonly number[];
  readonly chunkBytes: number;
  readonly chunks: readonly Chunk[];
}

type Sizes = Pick<EnsembleDescription, "axes" | "count"> & { readonly conditions: { readonly length: number } };

/** Of all axes together. */
export const cellsIn = ({ axes }: Pick<EnsembleDescription, "axes">): number =>
  axes.reduce((product, { cells }) => product * cells, 1);

/** Conditions and realisations in one chunk. */
function chunking(d: Sizes): [conditionsPerChunk: number, perCondition: number] {
  const fields = Math.max(1, Math.floor(targetChunk / cellsIn(d)));
  const perCondition = Math.min(d.count, fields);
  return [perCondition === d.count ? Math.min(d.conditions.length, Math.floor(fields / d.count)) : 1, perCondition];
}

/** Chunks per array, without listing them. */
export function chunkCount(d: Sizes): number {
  const [conditionsPerChunk, perCondition] = chunking(d);
  return Math.ceil(d.conditions.length / conditionsPerChunk) * Math.ceil(d.count / perCondition);
}

export function layoutOf(d: Sizes): Layout {
  const conditions = d.conditions.length;
  const [conditionsPerChunk, perCondition] = chunking(d);
  const chunks: Chunk[] = [];
  for (let i = 0; i < conditions; i += conditionsPerChunk) {
    for (let j = 0; j < d.count; j += perCondition) {
      const first = i * d.count + j;
      const rows = Math.min(conditionsPerChunk, conditions - i);
      const end = rows > 1 ? first + rows * d.count : first + Math.min(perCondition, d.count - j);
      chunks.push({ name: [i / conditionsPerChunk, j / perCondition, ...d.axes.map(() => 0)].join("."), first, end });
    }
  }
  const chunkShape = [conditionsPerChunk, perCondition, ...d.axes.map(({ cells }) => cells)];
  return { chunkShape, chunkBytes: 8 * conditionsPerChunk * perCondition * cellsIn(d), chunks };
}

/** The arrays that hold fields, in the order of a field's rows. */
export function fieldArrays(d: EnsembleDescription): readonly Quantity[] {
  return d.keepPorosity ? [...d.channels, porosityQuantity] : d.channels;
}

function arrayMetadata(shape: readonly number[], chunks: readonly number[]): Json {
  const rest = { compressor: null, dtype: "<f8", fill_value: "NaN", filters: null, order: "C", zarr_format: 2 };
  return { chunks, shape, dimension_separator: ".", ...rest };
}

function arrayAttributes(q: Quantity, dimensions: readonly string[], more: Record<string, Json> = {}): Json {
  const name = { long_name: q.meaning ?? q.name, ...(q.symbol === undefined ? {} : { symbol: q.symbol }) };
  return { _ARRAY_DIMENSIONS: dimensions, ...name, units: q.unit, ...more };
}

/** Every metadata file of the store, by its path in the folder (".zgroup", "c/.zarray", ...). */
export function metadataFiles(d: EnsembleDescription): Record<string, Json> {
  const n = d.conditions.length;
  const conditionNames = d.conditionQuantities.map((q) => q.name);
  const files: Record<string, Json> = {
    ".zattrs": {
      title: `Fields of the problem ${d.problem} for random porosities`,
      problem: d.problem,
      ...lengths(d),
      channels: d.channels.map((q) => q.name),
      conditions: conditionNames,
      provenance: JSON.stringify(d.provenance),
    },
    ".zgroup": { zarr_format: 2 },
  };
  for (const { name, cells } of d.axes) {
    files[`${name}/.zarray`] = arrayMetadata([cells], [cells]);
    files[`${name}/.zattrs`] = arrayAttributes({ name, unit: "m", meaning: "cell centres" }, [name]);
  }
  const dimensions = ["condition", "realisation", ...d.axes.map(({ name }) => name)];
  for (const q of fieldArrays(d)) {
    files[`${q.name}/.zarray`] = arrayMetadata(
      [n, d.count, ...d.axes.map(({ cells }) => cells)],
      layoutOf(d).chunkShape,
    );
    const coordinates = { coordinates: conditionNames.join(" ") };
    files[`${q.name}/.zattrs`] = arrayAttributes(q, dimensions, coordinates);
  }
  for (const q of d.conditionQuantities) {
    files[`${q.name}/.zarray`] = arrayMetadata([n], [n]);
    files[`${q.name}/.zattrs`] = arrayAttributes(q, ["condition"]);
  }
  return files;
}

/** Axes and lengths as the store tells them: one axis called x by its length alone. */
function lengths({ axes }: EnsembleDescription): Record<string, Json> {
  if (axes.length === 1 && axes[0].name === "x") return { length: axes[0].length };
  return { axes: axes.map(({ name }) => name), length: axes.map(({ length }) => length) };
}

/** @throws TypeError | RangeError naming what cannot be stored. */
export function checkDescription(d: EnsembleDescription): void {
  for (const [what, n] of [
    ["number of axes", d.axes.length],
    ...d.axes.map(({ name, cells }) => [`cells along ${name}`, cells] as const),
    ["count", d.count],
    ["number of conditions", d.conditions.length],
    ["number of channels", d.channels.length],
  ] as const) {
    if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`ensemble store: ${what} must be at least 1, got ${n}`);
  }
  for (const { name, length } of d.axes) {
    if (length > 0) continue;
    throw new RangeError(`ensemble store: length must be a positive number of m along ${name}, got ${length}`);
  }
  const names = [
    ...d.axes.map(({ name }) => name),
    porosityQuantity.name,
    ...[...d.channels, ...d.conditionQuantities].map((q) => q.name),
  ];
  for (const [i, name] of names.entries()) {
    if (!/^[A-Za-z]\w{0,63}$/.test(name))
      throw new TypeError(`ensemble store: ${JSON.stringify(name)} is no array name`);
    if (names.indexOf(name) !== i) throw new TypeError(`ensemble store: two arrays would be called ${name}`);
  }
  for (const [i, condition] of d.conditions.entries()) {
    for (const { name } of d.conditionQuantities) {
      // Infinity is a number like another: a time that never ends is the steady state.
      if (typeof condition[name] === "number" && !Number.isNaN(condition[name])) continue;
      throw new TypeError(`ensemble store: condition ${i} must give ${name} as a number, got ${condition[name]}`);
    }
  }
}
