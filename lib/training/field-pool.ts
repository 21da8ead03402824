/**
 * The training data of a network that learns the whole score: solver fields at many conditions, in network units (one
 * mean and one standard deviation per channel), rows ordered cell by cell with the channels inside, as a convolution
 * wants them.
 */
import { conditionFeatures } from "../ensemble/conditions";
import { generateEnsemble } from "../ensemble/generate";
import type { Normalisation } from "../fields/units";
import type { Cells } from "../fields/grid";
import { cellByCell, channelAt } from "../fields/shape";
import type { Stream } from "../random/stream";
import { gridOf } from "../transport/domain";
import type { Condition, Problem } from "../transport/problem";

export interface FieldPool {
  readonly conditions: readonly Condition[];
  /** Fields at each condition. */
  readonly count: number;
  readonly cells: number;
  readonly channels: number;
  /** [conditions, count, cells, channels] */
  readonly fields: Float32Array;
  /** [conditions, P] */
  readonly features: Float32Array;
}

export interface FieldPoolOptions {
  readonly problem: Problem;
  readonly normalisation: Normalisation;
  readonly cells: Cells;
  readonly conditions: readonly Condition[];
  /** Porosities drawn at each condition. */
  readonly count: number;
  readonly stream: Stream;
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const conditionsAtOnce = 64;

/** Solves conditions x count fields. Memory: 4 bytes a number, and one block of fields in double precision. */
export async function fieldPool(options: FieldPoolOptions): Promise<FieldPool> {
  const { problem, normalisation, conditions, count, stream } = options;
  const { cells } = gridOf(problem, options.cells);
  const channels = problem.channels.length;
  const rows = conditionsAtOnce * count;
  const fields = new Float32Array(conditions.length * count * cells * channels);
  for (let first = 0; first < conditions.length; first += conditionsAtOnce) {
    const block = await generateEnsemble({
      problem,
      conditions: conditions.slice(first, first + conditionsAtOnce),
      count,
      cells: options.cells,
      stream: stream.child(first),
      workers: options.workers,
      signal: options.signal,
      onProgress: (done) => options.onProgress?.(first * count + done, conditions.length * count),
    });
    toNetworkRows(
      block.fields.values,
      normalisation,
      cells,
      fields.subarray((first / conditionsAtOnce) * rows * cells * channels),
    );
  }
  const features = Float32Array.from(conditions.flatMap((condition) => conditionFeatures(problem, condition)));
  return { conditions, count, cells, channels, fields, features };
}

/** Fields [.., channels, cells] in SI units -> out [.., cells, channels] in network units. */
function toNetworkRows(fields: Float64Array, { mean, std }: Normalisation, cells: number, out: Float32Array): void {
  const channels = mean.length;
  for (let k = 0; k < fields.length; k++) {
    const channel = channelAt(k, channels, cells);
    out[cellByCell(k, channels, cells)] = (fields[k] - mean[channel]) / std[channel];
  }
}
