/**
 * The training pool: solver fields at many conditions, as coordinates y0 in the principal modes of the conditional
 * Gaussian there (whitening.ts), of which the first K are kept. They have mean 0 and unit covariance up to the error of
 * the fitted Gaussian and the sampling error.
 */
import { type Components, type GaussianStatistics, gridCells } from "../gaussian/conditional-gaussian";
import { completeCondition } from "../ensemble/conditions";
import { threadsFor } from "../ensemble/thread-count";
import { type ModeArrays, networkFeatureCount } from "../model/mode-geometry";
import type { Stream } from "../random/stream";
import { runTasks } from "../threads/pool";
import type { Condition, Problem } from "../transport/problem";
import { referenceTo } from "../transport/problems";
import { type PoolArrays, poolShape, whitenedCondition, type Whitening, type WhiteningInput } from "./whitening";

/** The coordinates, and the geometry that the network needs (lib/network/mode-velocity). */
export interface WhitenedPool extends PoolArrays {
  readonly conditions: readonly Condition[];
  readonly count: number;
  readonly modes: number;
  readonly dimension: number;
}

export interface PoolOptions {
  readonly problem: Problem;
  readonly statistics: GaussianStatistics;
  readonly conditions: readonly Condition[];
  /** Porosities drawn at each condition. */
  readonly count: number;
  /** K, the number of modes that the network models. */
  readonly modes: number;
  /** The principal components whose modes they are. */
  readonly components: Components;
  /** Porosity k of condition i is drawn from stream.child("porosity").child(i).child(k). */
  readonly stream: Stream;
  /** Threads, as in lib/ensemble/generate. The numbers do not depend on it. */
  readonly workers?: number;
  /** Called after each condition with the number of fields done. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Solves conditions x count fields and whitens them. Memory: 4 K (count + dimension + M^2) bytes a condition, twice at
 * the end.
 */
export async function whitenedPool(options: PoolOptions): Promise<WhitenedPool> {
  const { problem, statistics, count, modes, components, stream, signal } = options;
  const conditions = options.conditions.map((condition) => completeCondition(problem, condition));
  const { covariance, nugget } = problem.porosity;
  const plan = {
    conditions,
    count,
    cells: gridCells(statistics),
    covariance,
    nugget,
    responses: false,
    stream: sent(stream.child("porosity")),
  };
  const whitening: Whitening = { plan, statistics, modes, components, absent: sent(stream.child("absent modes")) };
  const shared: PoolArrays = eachOf(poolShape(whitening, networkFeatureCount(problem)), (size) => {
    return new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * conditions.length * size));
  });

  let done = 0;
  const onDone = (): void => options.onProgress?.((done += count), conditions.length * count);
  const { dimension } = statistics;
  const threads = threadsFor(problem, conditions.length * count * dimension, options.workers);
  const input: Partial<WhiteningInput> = { ...whitening, problem: referenceTo(problem), target: shared };
  const work = { program: "training/whitening", input, tasks: conditions.length, onDone, signal };
  await runTasks(work, threads, () => whitenedCondition(problem, whitening, shared));
  // Copies outside shared memory, which TensorFlow does not take.
  const own = eachOf({ ...shared }, (values) => values.slice());
  return { conditions: options.conditions, count, modes, dimension, ...own };
}

/** The same keys with other values. */
const eachOf = <K extends string, V, W>(given: Readonly<Record<K, V>>, to: (value: V) => W): Record<K, W> =>
  Object.fromEntries(Object.entries<V>(given).map(([key, value]) => [key, to(value)])) as Record<K, W>;

/** What the network is told of the modes at condition c of a pool (copies). */
export function arraysInPool(pool: WhitenedPool, c: number): ModeArrays {
  const count = pool.conditions.length;
  const { basis, std, inverseSpread, features, cumulants } = pool;
  return eachOf({ basis, std, inverseSpread, features, cumulants }, (all) => {
    const size = all.length / count;
    return all.slice(c * size, (c + 1) * size);
  });
}

const sent = ({ identity, path }: Stream): Pick<Stream, "identity" | "path"> => ({ identity, path });
