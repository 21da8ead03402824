/**
 * Fields on a plane in few directions. Fields are smooth beside their cells: with b_a the mean of a response over nodes
 * and porosities, for each combination of the choices, and U [cells, P] the principal directions of fields and of their
 * means about that, over nodes, choices, porosities and affine conditions, each of unit norm so that strong and weak
 * ones count alike,
 *   r_a = b_a + U c_a   for every response r_a,
 * and the joint law (joint-gaussian.ts) is one of the coordinates c_a: what it costs does not grow with the cells. Each
 * channel has directions of its own. The mean is taken out cell by cell because it may be thousands of times as large
 * as the spread, and what U misses of it with it: a response that is certain is then exact.
 */
import { drawConditions } from "../ensemble/conditions";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { affineOf } from "../transport/affine";
import type { Problem } from "../transport/problem";
import { joined } from "../numerics/joined";
import { rowAt } from "../numerics/rows";
import { sumOfSquares } from "../numerics/statistics";
import { manyCells, principalDirections } from "./joint-basis";
import { centre } from "./node-moments";

/** Directions of a channel, at most and down to this share of the first one's size. */
const mostFieldDirections = 256;
const weakestFieldDirection = 1e-6;
/** Fields at conditions of their own that each porosity gives. */
const fieldsPerPorosity = 3;

/**
 * U of every channel, one after the other [channels, cells, P], and b of every combination [functions, channels,
 * cells].
 */
export interface FieldDirections {
  readonly lift: Float64Array;
  readonly count: number;
  readonly bases: readonly Float64Array[];
}

/**
 * From the blocks of each combination of the choices: responses [porosities, functions, channels, cells] to functions
 * of the problem's own scale, which are overwritten.
 */
export function fieldDirections(
  problem: Problem,
  blocks: readonly (readonly Float64Array[])[],
  cells: number,
  stream: Stream,
): FieldDirections {
  const channels = problem.channels.length;
  const size = affineOf(problem).count * channels * cells;
  const vectors: Float64Array[] = [];
  const bases = blocks.map((own) => {
    const means = own.map((responses) => centre(responses, size));
    const base = means[0].map((_, i) => means.reduce((sum, mean) => sum + mean[i], 0) / means.length);
    own.forEach((deviations, k) => {
      const mean = means[k].map((m, i) => m - base[i]);
      vectors.push(fieldsOf(problem, { deviations, mean }, cells, stream.child("fields").child(vectors.length)));
    });
    return base;
  });
  const found = problem.channels.map((_, channel) => {
    const own = joined(
      vectors.map((all) => unitRows(all, channel, channels, cells)),
      Float32Array,
    );
    const most = Math.min(mostFieldDirections, cells);
    const asked = { most, weakest: weakestFieldDirection, together: manyCells };
    return principalDirections(own, cells, { ...asked, stream: stream.child(channel) });
  });
  const count = Math.min(...found.map(({ scale }) => scale.length));
  const lift = new Float64Array(channels * cells * count);
  found.forEach(({ directions, scale }, channel) => {
    for (let i = 0; i < cells; i++) {
      for (let p = 0; p < count; p++) lift[(channel * cells + i) * count + p] = directions[i * scale.length + p];
    }
  });
  return { lift, count, bases };
}

/** Deviations of fields at drawn conditions from their means, and the means [.., channels, cells]. */
function fieldsOf(
  problem: Problem,
  { deviations, mean }: { deviations: Float64Array; mean: Float64Array },
  cells: number,
  stream: Stream,
): Float64Array {
  const { at, count: width } = affineOf(problem);
  const dimension = problem.channels.length * cells;
  const size = width * dimension;
  const porosities = deviations.length / size;
  const conditions = drawConditions(problem, porosities * fieldsPerPorosity, stream);
  const fields = new Float64Array(2 * conditions.length * dimension);
  conditions.forEach((z, n) => {
    const from = (n % porosities) * size;
    at(z).forEach((v, a) => {
      for (let i = 0; i < dimension; i++) {
        fields[2 * n * dimension + i] += v * deviations[from + a * dimension + i];
        fields[(2 * n + 1) * dimension + i] += v * mean[a * dimension + i];
      }
    });
  });
  return fields;
}

/** The fields of a channel, each divided by its norm; those that vanish are left out. */
function unitRows(fields: Float64Array, channel: number, channels: number, cells: number): Float32Array {
  const rows = new Float32Array(fields.length / channels);
  let count = 0;
  for (let n = channel; n * cells < fields.length; n += channels) {
    const row = rowAt(fields, n, cells);
    const norm = Math.sqrt(sumOfSquares(row));
    if (!(norm > 0)) continue;
    rows.set(row.map((x) => x / norm), count++ * cells); // prettier-ignore
  }
  return rows.subarray(0, count * cells);
}

/** Coordinates c [rows, channels, P] of fields [rows, channels, cells]. */
export function coordinatesOf({ lift, count }: FieldDirections, fields: Float64Array, cells: number): Float64Array {
  const channels = lift.length / (cells * count);
  const rows = fields.length / (channels * cells);
  const found = tf.tidy(() => {
    const all = tf.tensor3d(new Float32Array(fields), [rows, channels, cells]);
    const U = tf.tensor3d(new Float32Array(lift), [channels, cells, count]);
    return tf.matMul(all.transpose([1, 0, 2]), U).transpose([1, 0, 2]);
  });
  const values = new Float64Array(found.dataSync<"float32">());
  found.dispose();
  return values;
}
