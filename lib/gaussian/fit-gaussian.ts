/**
 * Estimation of the conditional Gaussian from solver responses at nodes of the non-affine conditions.
 *
 * With half_a half the range of an affine condition z_a, x = r_0 + sum z_a r_a is x = r_0 + sum u_a (half_a r_a),
 * u_a = z_a / half_a. Normalisation and pooled basis are averages over the box, u_a = middle_a / half_a + w_a with w
 * uniform on [-1, 1]: for them a pilot's responses are written about the middle, x = r_m + sum w_a (half_a r_a), for
 * which E x = r_m and E x^2 = r_m^2 + (1/3) sum (half_a r_a)^2.
 */
import { setImmediate as turnOfTheEventLoop } from "node:timers/promises";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";
import { gridOf } from "../transport/domain";
import { reachOf } from "../ensemble/conditions";
import { generateResponses } from "../ensemble/generate";
import { rowAt } from "../numerics/rows";
import { type GaussianStatistics, type PairStatistics, splitConditions } from "./conditional-gaussian";
import { fitJointGaussian, type FitOptions, gridSize } from "./fit-joint-gaussian";
import { needsJointLaw } from "./joint-gaussian";
import { shapeNodes } from "./node-interpolation";
import { centredCoordinates, channelGrams, channelPower, pooledProjection, scaledCovariance } from "./pair-moments";
import { type Pilot, pilotOf } from "./pilot";
import { thirdCumulantFit } from "./third-cumulant-fit";

export type { FitOptions };

const pilotPorosities = 192;

/**
 * Draws nodes x porosities porosity profiles, solves the responses and returns the statistics. About 25 s at 64 x 16384
 * on two cores.
 */
export function fitGaussian(options: FitOptions): Promise<GaussianStatistics> {
  return needsJointLaw(options.problem) ? fitJointGaussian(options) : fitPairs(options);
}

async function fitPairs(options: FitOptions): Promise<PairStatistics> {
  const { problem, stream } = options;
  const grid = gridOf(problem, options.cells);
  const { affine, shape } = splitConditions(problem);
  const reach = shape.map((index) => reachOf(problem.conditions[index], options.margin ?? 0));
  const nodes = shapeNodes(options.nodes, reach);
  const conditions = Array.from({ length: options.nodes }, (_, j) =>
    conditionFromShape(problem, shape, rowAt(nodes, j, shape.length)),
  );
  const pilotCount = Math.min(pilotPorosities, options.porosities);
  const draw = drawing(options, options.nodes * (pilotCount + options.porosities));
  const responses = await draw(conditions, pilotCount, stream.child("pilot"));
  const pilot = pilotOf(responses, { problem, affine, cells: grid.cells }, options.nodes);

  const rank = pilot.pooled.scale.length;
  const cumulants = thirdCumulantFit(nodes, shape.length, 1 + affine.length, rank);
  const half = [1, ...affine.map((index) => (problem.conditions[index].max - problem.conditions[index].min) / 2)];
  const drawNode = (j: number) => draw([conditions[j]], options.porosities, stream.child("nodes").child(j));
  const moments = await nodeMoments(drawNode, pilot, half, cumulants, options);
  return {
    kind: "pairs",
    problem: problem.name,
    ...gridSize(grid),
    dimension: problem.channels.length * grid.cells,
    normalisation: pilot.normalisation,
    nodes,
    shapeDimensions: shape.length,
    ...pilot.pooled,
    ...moments,
    cumulants: cumulants.finish(),
  };
}

/** Draws r_0 and r_a [chosen conditions, count, 1 + affine, dimension], and says how many of `total` are done. */
function drawing({ problem, cells, workers, signal, onProgress }: FitOptions, total: number) {
  let before = 0;
  return async (conditions: Condition[], count: number, stream: Stream): Promise<Float64Array> => {
    const { fields } = await generateResponses({
      problem,
      cells,
      conditions,
      count,
      stream,
      workers,
      signal,
      onProgress: (done) => onProgress?.(before + done, total),
    });
    before += conditions.length * count;
    return fields;
  };
}

/** Mean, covariance and power at each node; third cumulants are added to `cumulants`. `half` is of 1 and the affine. */
async function nodeMoments(
  drawNode: (j: number) => Promise<Float64Array>,
  { means, normalisation, pooled }: Pilot,
  half: readonly number[],
  cumulants: ReturnType<typeof thirdCumulantFit>,
  { nodes, signal }: FitOptions,
): Promise<Pick<PairStatistics, "mean" | "covariance" | "power">> {
  const channels = normalisation.mean.length;
  const rank = pooled.scale.length;
  const pairs = (half.length * (half.length + 1)) / 2;
  const mean = new Float64Array(means.length);
  const covariance = new Float32Array(nodes * pairs * rank * rank);
  const power = new Float64Array(nodes * channels * pairs);
  const size = means.length / nodes;
  const projection = tf.tensor2d(pooledProjection(pooled), [size / half.length, rank]);
  const grams = channelGrams(pooled, channels);
  // While the moments of one node are taken, the porosities of the next are solved.
  const begin = (j: number): Promise<Float64Array> => {
    const drawn = drawNode(j);
    drawn.catch(() => undefined); // looked at when its turn comes; must not count as unhandled meanwhile
    return drawn;
  };
  let pending = begin(0);
  try {
    for (let j = 0; j < nodes; j++) {
      const fields = await pending;
      if (j + 1 < nodes) pending = begin(j + 1);
      await turnOfTheEventLoop(); // the threads get to work before this one does, and an interrupt is heard
      signal?.throwIfAborted();
      const about = rowAt(means, j, size);
      const { coordinates, rest } = centredCoordinates(fields, about, normalisation, projection, half);
      for (let i = 0; i < size; i++) mean[j * size + i] = about[i] + rest[i];
      const scaled = scaledCovariance(coordinates);
      covariance.set(scaled, j * pairs * rank * rank);
      power.set(channelPower(scaled, grams), j * channels * pairs);
      cumulants.add(j, coordinates);
      coordinates.dispose();
    }
  } finally {
    projection.dispose();
    await pending.catch(() => undefined);
  }
  return { mean, covariance, power };
}

/** The condition whose non-affine features are s; affine ones are set to 0, since responses do not depend on them. */
function conditionFromShape(problem: Problem, shape: number[], s: Float64Array): Condition {
  const condition: Record<string, number> = {};
  for (const range of problem.conditions) condition[range.name] = 0;
  shape.forEach((index, k) => {
    const { name, min, max, scale } = problem.conditions[index];
    const u = (s[k] + 1) / 2;
    condition[name] = scale === "log" ? min * (max / min) ** u : min + u * (max - min);
  });
  return condition;
}
