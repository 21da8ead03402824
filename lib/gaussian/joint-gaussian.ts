/**
 * The conditional Gaussian of fields that are affine in any number of functions of the conditions, x = sum_a v_a(z)
 * r_a, and depend on the other conditions s in any way, over decades too.
 *
 * All responses of one porosity are put end to end, r = (r_0, .., r_B), and have one basis: with d(s) the spread of
 * each entry of r and w its share of the field's,
 *   r = m(s) + diag(d(s) / w) V q,   q = L(s) e,   e of zero mean and unit covariance.
 * V are the principal components of diag(w / d(s)) (r - m(s)), pooled over s, so that twenty functions cost no more
 * than two. Then
 *   x = sum_a v_a m_a(s) + F e,   F = sum_a v_a diag(d_a(s) / w_a) V_a L(s),   S = F F^T.
 * ln d and L (lower-cholesky.ts) are polynomials in s, fitted to nodes, and m as mean-fit.ts says; m and d in SI units
 * for v in units of its root mean square. The triangular factor is regressed and not the covariance: S is then positive
 * semi-definite by construction, and the scatter of a node is that of a factor, in proportion to what is left of each
 * direction. Regressed covariances lose the weak directions in the scatter of the strong ones. Choices have a table
 * each.
 */
import { multiply } from "../numerics/row-products";
import { conditionFeatures, valuesOf } from "../ensemble/conditions";
import { type Normalisation, toNetwork } from "../fields/units";
import { UserError } from "../errors/user-error";
import { channelAt } from "../fields/shape";
import { rowAt } from "../numerics/rows";
import { affineOf, isList } from "../transport/affine";
import type { Condition, ConditionRange, Problem } from "../transport/problem";
import type { GaussianQuality } from "./gaussian-quality";
import { factorFrom } from "./lower-cholesky";
import { meanAt, type MeanFit } from "./mean-fit";
import { polynomialAt, type PolynomialFit } from "./polynomial-fit";

/** The law for one combination of the choices, as polynomials in the other non-affine conditions. */
export interface JointTable extends MeanFit {
  /** ln d [functions * dimension]. */
  readonly logSpread: PolynomialFit;
  /** V / w [functions * dimension, rank], times the scale of each direction; 0 where a response is certain. */
  readonly basis: Float64Array;
  /** b of field-directions.ts [functions * channels * cells], where fields are taken in directions. */
  readonly base?: Float64Array;
  /** ln L_pp [rank], and L_pq / L_qq for p > q [rank (rank - 1) / 2], row by row. */
  readonly logDiagonal: PolynomialFit;
  readonly lower: PolynomialFit;
  /** E[e_p e_i e_j] [outer, pairs i <= j of inner]. */
  readonly cumulants: PolynomialFit;
  /**
   * The same factor of the responses' covariance, summed over a channel's cells [channels * functions] and below the
   * diagonal.
   */
  readonly powerDiagonal: PolynomialFit;
  readonly powerLower: PolynomialFit;
}

export interface JointStatistics {
  readonly kind: "joint";
  readonly problem: string;
  /** Of the grid, all axes together. */
  readonly cells: number;
  /** Along each axis, where there are several. */
  readonly along?: readonly number[];
  readonly dimension: number;
  /**
   * Directions U [channels * cells, P] in which fields on a plane of many cells are taken (field-directions.ts): the
   * tables then know a channel's P coordinates in the place of its cells.
   */
  readonly lift?: Float64Array;
  readonly normalisation: Normalisation;
  /** Root mean square of v_a over the box of the conditions. */
  readonly functionScale: Float64Array;
  /** Directions of the cumulants' first index and of the two others. */
  readonly outer: number;
  readonly inner: number;
  /** For each combination of the choices, the last one fastest. */
  readonly tables: readonly JointTable[];
  readonly quality?: GaussianQuality;
}

/**
 * Modes down to this share of the first one's spread are known well: what polynomials err is some thousandths of the
 * strong ones.
 */
export const weakestKnown = 1e-3;

/**
 * The weakest mode that a network learns, as a share of the first one's spread. Where polynomials of more than the
 * eighth degree carry the law between nodes that share their porosities, it is right further down.
 */
export function weakestLearned({ tables }: Pick<JointStatistics, "tables">): number {
  return tables.every(({ logDiagonal }) => logDiagonal.degree > 8) ? 1e-4 : weakestKnown;
}

/** Over a wider range (largest over least) covariances turn too fast between nodes, and only the joint law is right. */
const narrow = 100;

/**
 * Are there choices, functions of conditions, several conditions that are not affine, or one over decades? Pairs of
 * responses at nodes hold the law along one condition alone, the correlation length of the published electrode: there
 * they are as good, and the published model of record is made from them.
 */
export function needsJointLaw(problem: Problem): boolean {
  const { choices, smooth } = shapeConditions(problem);
  const wide = smooth.some((i) => {
    const { min, max, scale } = problem.conditions[i];
    return scale === "log" && max > narrow * min;
  });
  return !isList(problem.affine) || choices.length > 0 || smooth.length > 1 || wide;
}

/** The conditions that do not enter through the affine functions: choices, and the indices of all others. */
export function shapeConditions(problem: Problem): { choices: ConditionRange[]; smooth: number[] } {
  const { conditions } = affineOf(problem);
  const shape = problem.conditions.map((_, i) => i).filter((i) => !conditions.includes(problem.conditions[i].name));
  return {
    choices: shape.map((i) => problem.conditions[i]).filter((range) => range.choices),
    smooth: shape.filter((i) => !problem.conditions[i].choices),
  };
}

/** Mean [dimension] and F [dimension, rank] at a condition, network units. */
export function jointFactor(
  statistics: JointStatistics,
  problem: Problem,
  condition: Condition,
): { mean: Float64Array; factor: Float64Array } {
  const { normalisation } = statistics;
  const { table, s, v } = at(statistics, problem, condition);
  const logSpread = polynomialAt(table.logSpread, s);
  const m = meanAt(table, s, logSpread);
  const d = logSpread.map(Math.exp);
  const rank = table.basis.length / d.length;
  const numbers = d.length / v.length; // cells or coordinates, of all channels
  const mean = new Float64Array(numbers);
  const psi = new Float64Array(numbers * rank);
  for (let a = 0, row = 0; a < v.length; a++) {
    for (let i = 0; i < numbers; i++, row++) {
      mean[i] += v[a] * m[row];
      const weight = v[a] * d[row];
      if (weight === 0) continue;
      for (let p = 0; p < rank; p++) psi[i * rank + p] += weight * table.basis[row * rank + p];
    }
  }
  const L = factorFrom({ logDiagonal: polynomialAt(table.logDiagonal, s), lower: polynomialAt(table.lower, s) });
  const factor = new Float64Array(numbers * rank);
  const ofChannel = numbers / normalisation.mean.length;
  for (let i = 0; i < numbers; i++) {
    const std = normalisation.std[channelAt(i, normalisation.std.length, ofChannel)];
    for (let p = 0; p < rank; p++) {
      const along = psi[i * rank + p] / std;
      for (let q = 0; q <= p; q++) factor[i * rank + q] += along * L[p * rank + q];
    }
  }
  const inCells = lifted(statistics, mean, 1);
  table.base?.forEach((b, at) => (inCells[at % inCells.length] += v[Math.floor(at / inCells.length)] * b));
  return {
    mean: toNetwork(inCells, normalisation, statistics.cells),
    factor: lifted(statistics, factor, rank),
  };
}

/** U times rows [channels, P, columns], channel by channel; the rows where there are no directions. */
function lifted({ lift, dimension, cells }: JointStatistics, rows: Float64Array, columns: number): Float64Array {
  if (!lift) return rows;
  const P = lift.length / dimension;
  const result = new Float64Array(dimension * columns);
  for (let start = 0, from = 0; start < dimension; start += cells, from += P * columns) {
    const U = lift.subarray(start * P, (start + cells) * P);
    multiply(
      U,
      rows.subarray(from, from + P * columns),
      columns,
      result.subarray(start * columns, (start + cells) * columns),
    );
  }
  return result;
}

/** E[e_p e_i e_j] [outer, pairs i <= j of inner] at a condition, for the e of the factor there. */
export function jointCumulants(statistics: JointStatistics, problem: Problem, condition: Condition): Float64Array {
  const { table, s } = at(statistics, problem, condition);
  return polynomialAt(table.cumulants, s);
}

/** What makes each channel's fields (response-directions.ts), in the factor's coordinates: L^T v / |L^T v|. */
export function jointDirections(statistics: JointStatistics, problem: Problem, condition: Condition): number[] {
  const { table, s, v } = at(statistics, problem, condition);
  const diagonal = polynomialAt(table.powerDiagonal, s);
  const lower = polynomialAt(table.powerLower, s);
  const width = v.length;
  const below = (width * (width - 1)) / 2;
  return problem.channels.flatMap((_, channel) => {
    const L = factorFrom({ logDiagonal: rowAt(diagonal, channel, width), lower: rowAt(lower, channel, below) });
    const turned = v.map((_x, q) => v.reduce((sum, x, p) => sum + (p >= q ? x * L[p * width + q] : 0), 0));
    const length = Math.hypot(...turned);
    return turned.map((x) => (length > 0 ? x / length : 0));
  });
}

function at(
  statistics: JointStatistics,
  problem: Problem,
  condition: Condition,
): { table: JointTable; s: number[]; v: number[] } {
  const { choices, smooth } = shapeConditions(problem);
  const index = choices.reduce((sum, range) => {
    const values = valuesOf(range);
    const place = values.indexOf(condition[range.name]);
    if (place >= 0) return sum * values.length + place;
    const name = range.choices?.[condition[range.name]] ?? String(condition[range.name]);
    throw new UserError(
      `${problem.name}: the conditional Gaussian knows ${range.name} ${values.join(", ")}, got ` +
        `${condition[range.name]} (${name}), which no ensemble draws`,
    );
  }, 0);
  const features = conditionFeatures(problem, condition);
  const v = affineOf(problem).at(condition);
  return {
    table: statistics.tables[index],
    s: smooth.map((i) => features[i]),
    v: v.map((x, a) => x / statistics.functionScale[a]),
  };
}
