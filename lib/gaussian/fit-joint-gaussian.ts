/**
 * Estimation of the joint law of the responses (joint-gaussian.ts) from solver responses at nodes of the conditions
 * that are not affine: the same for every combination of the choices, each with porosities of its own.
 *
 * What is given for one continuous condition, `nodes` x `porosities`, is shared out between all nodes and combinations,
 * so that a problem with many conditions costs little more.
 * Below some nodes and porosities no fit makes sense, and more are taken. With few nodes for its conditions the
 * polynomials have a low degree, which the check of the law says (gaussian-quality.ts).
 */
import { reachOf, valuesOf } from "../ensemble/conditions";
import { type Cells, cellsAlong, type Grid } from "../fields/grid";
import type { Stream } from "../random/stream";
import { affineOf } from "../transport/affine";
import { gridOf } from "../transport/domain";
import type { Condition, ConditionRange, Problem } from "../transport/problem";
import { drawCoordinates, type Drawing, drawResponses, scaleFunctions } from "./response-draws";
import { type FieldDirections, fieldDirections } from "./field-directions";
import { ChannelMoments, functionMoments } from "./channel-moments";
import { below, type Draw, fitTable, leastPilot, pilotTotal, type Sizes } from "./fit-joint-table";
import { type JointStatistics, type JointTable, shapeConditions } from "./joint-gaussian";
import { shapeNodes } from "./node-interpolation";
import type { PolynomialFit } from "./polynomial-fit";
import { innerDirections, outerDirections } from "./third-cumulant-fit";

/** What is fitted, on which grid, from how much. */
export interface FitOptions {
  readonly problem: Problem;
  readonly cells: Cells;
  /** Number of nodes of the non-affine conditions, and of porosities drawn at each. */
  readonly nodes: number;
  readonly porosities: number;
  /**
   * The nodes go beyond the range of each condition by this share of half its width (`reachOf`): the fit scatters most
   * at the ends. Default 0.
   */
  readonly margin?: number;
  readonly stream: Stream;
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * At every node at least so many porosities, unless fewer are asked for: their covariance must have the rank of the
 * basis.
 */
const leastPorosities = 256;
const mostLeastNodes = 256;
/** From so many porosities a node on, all nodes draw the same ones. */
const leastShared = 512;
/** Porosities of a pilot where they cost much. */
const pilotOfFew = 768;

/** Draws the responses at all nodes and for all choices, and fits. The caller owns the result. */
export async function fitJointGaussian(options: FitOptions): Promise<JointStatistics> {
  const { problem, stream } = options;
  const grid = gridOf(problem, options.cells);
  const { cells } = grid;
  const { choices, smooth } = shapeConditions(problem);
  const combinations = choices.reduce<Condition[]>(
    (all, range) => all.flatMap((c) => valuesOf(range).map((value) => ({ ...c, [range.name]: value }))),
    [{}],
  );
  const moments = functionMoments(problem, stream.child("functions"));
  const drawing = {
    problem,
    cells: options.cells,
    scale: moments.scale,
    workers: options.workers,
    signal: options.signal,
  };
  const channels = problem.channels.length;
  const fields = new ChannelMoments(channels, cells, moments);
  const directions = inDirections(grid)
    ? await directionsOf(drawing, combinations, smooth, { channelMoments: fields, stream: stream.child("directions") })
    : undefined;
  const numbers = directions?.count ?? cells;
  const sizes = sizesOf(options, smooth, combinations.length, channels * numbers, directions !== undefined);
  const total = combinations.length * sizes.count * (sizes.pilot + sizes.porosities);
  let before = 0;
  const tables: JointTable[] = [];
  for (const [k, choice] of combinations.entries()) {
    const onDrawn = (count: number): void => options.onProgress?.((before += count), total);
    const draw: Draw = (node, count, own) => {
      const condition = { ...conditionAt(problem, smooth, sizes.nodes, node), ...choice };
      const how = { ...drawing, onDrawn };
      return directions
        ? drawCoordinates({ ...how, directions, combination: k }, condition, count, own)
        : drawResponses(how, condition, count, own);
    };
    const own = { stream: stream.child("tables").child(k), signal: options.signal };
    const table = await fitTable({
      sizes,
      cells: numbers,
      draw,
      channelMoments: directions ? undefined : fields,
      ...own,
    });
    const base = directions?.bases[k].slice(); // in units of the functions, as the table is
    if (base) scaleFunctions(base, moments.scale, channels * cells);
    tables.push({ ...table, ...(base && { base }) });
  }
  const rank = Math.min(...tables.map((table) => table.basis.length / (sizes.width * sizes.dimension)));
  return {
    kind: "joint",
    problem: problem.name,
    ...gridSize(grid),
    dimension: channels * cells,
    ...(directions ? { lift: directions.lift } : {}),
    normalisation: fields.normalisation(),
    functionScale: moments.scale,
    outer: Math.min(outerDirections, rank),
    inner: Math.min(innerDirections, rank),
    tables: tables.map((table) => narrowed(table, sizes.width * sizes.dimension, rank)),
  };
}

/** How a law tells its grid. */
export function gridSize(grid: Grid): Pick<JointStatistics, "cells" | "along"> {
  return { cells: grid.cells, ...(grid.axes.length > 1 ? { along: cellsAlong(grid) } : {}) };
}

/** Lines are taken cell by cell. */
const inDirections = ({ axes }: Grid): boolean => axes.length > 1;

/**
 * Places of the smooth conditions, and porosities at each, that directions are taken from; of these so many give the
 * channels' moments.
 */
const [placesOfDirections, porositiesOfDirections, porositiesOfMoments] = [4, 24, 8];

async function directionsOf(
  drawing: Omit<Drawing, "onDrawn">,
  combinations: readonly Condition[],
  smooth: readonly number[],
  { channelMoments, stream }: { channelMoments: ChannelMoments; stream: Stream },
): Promise<FieldDirections> {
  const { problem, cells } = drawing;
  const nodes = shapeNodes(
    placesOfDirections,
    smooth.map((index) => reachOf(problem.conditions[index], 0)),
  );
  const blocks: Float64Array[][] = [];
  for (const [k, choice] of combinations.entries()) {
    const own: Float64Array[] = [];
    for (let node = 0; node < placesOfDirections; node++) {
      const condition = { ...conditionAt(problem, smooth, nodes, node), ...choice };
      const porosities = stream.child("porosities").child(k).child(node);
      const unit = { ...drawing, scale: drawing.scale.map(() => 1), onDrawn: () => undefined };
      const { responses } = await drawResponses(unit, condition, porositiesOfDirections, porosities);
      const some = responses.slice(0, (responses.length / porositiesOfDirections) * porositiesOfMoments);
      scaleFunctions(some, drawing.scale, some.length / (porositiesOfMoments * drawing.scale.length));
      channelMoments.add(some);
      own.push(responses);
    }
    blocks.push(own);
  }
  return fieldDirections(problem, blocks, gridOf(problem, cells).cells, stream);
}

function sizesOf(
  options: FitOptions,
  smooth: readonly number[],
  combinations: number,
  dimension: number,
  reduced: boolean,
): Sizes {
  const { problem, margin = 0 } = options;
  const ranges = smooth.map((index) => problem.conditions[index]);
  const reach = ranges.map((range) => reachOf(range, margin));
  const d = smooth.length;
  const porositiesOf = (nodes: number): number =>
    Math.round((options.nodes * options.porosities) / (nodes * combinations));
  const few = nodesOfShared(d, options.nodes);
  const shared = !reduced && d > 0 && porositiesOf(few) >= leastShared;
  const independent = Math.max(options.nodes * 2 ** Math.max(0, d - 1), reduced ? 0 : leastNodes(d));
  const count = shared ? few : independent;
  const porosities = Math.min(options.porosities, Math.max(porositiesOf(count), leastPorosities)); // in memory at once
  const pilot = reduced
    ? Math.min(Math.ceil(porosities / 2), Math.ceil(pilotOfFew / count))
    : Math.ceil(pilotTotal / count);
  return {
    nodes: shapeNodes(count, reach),
    count,
    porosities,
    pilot: Math.max(leastPilot, Math.min(192, pilot)),
    reach,
    width: affineOf(problem).count,
    dimension,
    shared,
    ...(reduced ? { reduced: { gentle: ranges.every(gentle) } } : {}),
  };
}

/** Does a condition range over less than a decade? */
const gentle = ({ min, max, scale }: ConditionRange): boolean => scale === "linear" || max < 10 * min;

/** Degrees that are worth their nodes in one, two, three and four conditions; in more the last. */
const worthwhile = [12, 10, 6, 4] as const;

/**
 * Nodes that draw the same porosities: twice as many as the polynomials have terms, and no more, since further ones tell
 * nothing new, and fewer porosities each would tell less. No more than `most` for one condition, and twice that for each
 * further one; but enough for the fourth degree, where some hundreds are.
 */
function nodesOfShared(dimensions: number, most: number): number {
  const degree = worthwhile[Math.min(dimensions, worthwhile.length) - 1] ?? 0;
  const wanted = 2 * termsOf(degree, dimensions);
  return Math.max(Math.min(wanted, most * 2 ** Math.max(0, dimensions - 1)), leastNodes(dimensions));
}

/** Nodes for covariances of the fourth degree, where some hundreds are enough for that. */
const leastNodes = (dimensions: number): number => Math.min(mostLeastNodes, 4 * termsOf(4, dimensions));

/** Polynomials of a total degree in so many variables: (dimensions + degree) over degree. */
function termsOf(degree: number, dimensions: number): number {
  let count = 1;
  for (let k = 1; k <= dimensions; k++) count = (count * (degree + k)) / k;
  return count;
}

/** The condition of a node; affine ones have their defaults, since responses do not depend on them. */
function conditionAt(problem: Problem, smooth: readonly number[], nodes: Float64Array, node: number): Condition {
  const condition: Record<string, number> = Object.fromEntries(problem.conditions.map((r) => [r.name, r.default]));
  smooth.forEach((index, k) => {
    const { name, min, max, scale } = problem.conditions[index];
    const u = (nodes[node * smooth.length + k] + 1) / 2;
    condition[name] = scale === "log" ? min * (max / min) ** u : min + u * (max - min);
  });
  return condition;
}

/** The table with the first directions only, so that all tables of a law have the same number. */
function narrowed(table: JointTable, size: number, rank: number): JointTable {
  const own = table.basis.length / size;
  if (own === rank) return table;
  const keep = (fit: PolynomialFit, from: number, to: number): PolynomialFit => ({
    ...fit,
    coefficients: fit.coefficients.filter((_, at) => at % from < to),
  });
  return {
    ...table,
    basis: table.basis.filter((_, at) => at % own < rank),
    logDiagonal: keep(table.logDiagonal, own, rank),
    // rows come in order, so the first ones are those of fewer directions
    lower: keep(table.lower, below(own), below(rank)),
  };
}
