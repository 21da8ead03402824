/**
 * Normalisation and pooled basis from a pilot's responses: averages over the box of the affine conditions, about whose
 * middle the responses are written (the formulas stand in fit-gaussian.ts).
 */
import type { Normalisation } from "../fields/units";
import { rowAt } from "../numerics/rows";
import type { Problem } from "../transport/problem";
import { type PooledBasis, pooledBasis } from "./pooled-basis";

/** What rows of responses [1 + affine, channels, cells] hold. */
export interface ResponseRows {
  readonly problem: Problem;
  /** Numbers of the affine conditions. */
  readonly affine: readonly number[];
  /** Of all axes together. */
  readonly cells: number;
}

export interface Pilot {
  readonly normalisation: Normalisation;
  readonly pooled: PooledBasis;
  /** Means of half_a r_a at each node in network units [nodes, 1 + affine, channels, cells]. */
  readonly means: Float64Array;
}

/**
 * Of a pilot's responses r_0, r_a [nodes, porosities, 1 + affine, channels, cells] in SI units, which it overwrites.
 */
export function pilotOf(fields: Float64Array, rows: ResponseRows, nodes: number): Pilot {
  const width = 1 + rows.affine.length;
  const channels = rows.problem.channels.length;
  const { cells } = rows;
  scaleAffine(fields, rows);
  const means = meansOfRows(fields, nodes, width * channels * cells);
  aboutTheMiddle(fields, rows);
  const normalisation = channelMoments(fields, channels, cells, width);
  normalise(fields, normalisation, cells, width);
  normalise(means, normalisation, cells, width);
  return { normalisation, means, pooled: pooledBasis(fields, { nodes, channels, cells, width }) };
}

/** In place: half_a r_a for r_a. */
function scaleAffine(fields: Float64Array, rows: ResponseRows): void {
  eachAffine(fields, rows, (_, response, { min, max }) => {
    for (let i = 0; i < response.length; i++) response[i] *= (max - min) / 2;
  });
}

/** In place: r_0 + sum (middle_a / half_a) (half_a r_a) for r_0. */
function aboutTheMiddle(fields: Float64Array, rows: ResponseRows): void {
  eachAffine(fields, rows, (constant, response, { min, max }) => {
    for (let i = 0; i < constant.length; i++) constant[i] += ((max + min) / (max - min)) * response[i];
  });
}

/**
 * Calls `f` with the constant response, an affine one and its condition, for every row of responses [rows, 1 + affine,
 * dimension].
 */
function eachAffine(
  fields: Float64Array,
  { problem, affine, cells }: ResponseRows,
  f: (constant: Float64Array, response: Float64Array, range: Problem["conditions"][number]) => void,
): void {
  const dimension = problem.channels.length * cells;
  for (let start = 0; start < fields.length; start += (1 + affine.length) * dimension) {
    const constant = fields.subarray(start, start + dimension);
    affine.forEach((index, a) => {
      const offset = start + (a + 1) * dimension;
      f(constant, fields.subarray(offset, offset + dimension), problem.conditions[index]);
    });
  }
}

/** Mean and standard deviation of each channel over nodes, porosities, affine conditions and cells. */
function channelMoments(fields: Float64Array, channels: number, cells: number, width: number): Normalisation {
  const samples = fields.length / (width * channels * cells);
  const [mean, std] = [new Array<number>(channels).fill(0), new Array<number>(channels).fill(0)];
  const response = (n: number, a: number, ch: number): Float64Array =>
    rowAt(fields, (n * width + a) * channels + ch, cells);
  for (let ch = 0; ch < channels; ch++) {
    let sum = 0;
    for (let n = 0; n < samples; n++) for (const x of response(n, 0, ch)) sum += x;
    mean[ch] = sum / (samples * cells);
    let square = 0;
    for (let n = 0; n < samples; n++) {
      for (let a = 0; a < width; a++) {
        const [centre, weight] = a === 0 ? [mean[ch], 1] : [0, 1 / 3];
        for (const r of response(n, a, ch)) square += weight * (r - centre) * (r - centre);
      }
    }
    std[ch] = Math.sqrt(square / (samples * cells));
  }
  return { mean, std };
}

/** In place: the constant response becomes (x - mean) / std, the others x / std. */
function normalise(fields: Float64Array, { mean, std }: Normalisation, cells: number, width: number): void {
  const channels = mean.length;
  for (let start = 0, row = 0; start < fields.length; start += cells, row++) {
    const ch = row % channels;
    const shift = Math.floor(row / channels) % width === 0 ? mean[ch] : 0;
    for (let i = start; i < start + cells; i++) fields[i] = (fields[i] - shift) / std[ch];
  }
}

/** Mean [groups, size] over the rows of each group of [groups, rows, size]. */
function meansOfRows(rows: Float64Array, groups: number, size: number): Float64Array {
  const means = new Float64Array(groups * size);
  const count = rows.length / means.length;
  for (let row = 0; row < groups * count; row++) {
    const to = Math.floor(row / count) * size;
    for (let i = 0; i < size; i++) means[to + i] += rows[row * size + i] / count;
  }
  return means;
}
