/**
 * Functions of the conditions as polynomials: a least-squares fit, in products of Legendre polynomials of bounded total
 * degree, to values at nodes that fill a box [-reach, reach]. The coefficients are linear in the values, so that they
 * can be gathered node by node.
 */
import { Matrix, solve } from "ml-matrix";
import { legendreProducts } from "./node-interpolation";

export interface PolynomialFit {
  readonly reach: readonly number[];
  readonly degree: number;
  /** [terms, size] */
  readonly coefficients: Float64Array;
}

/**
 * The largest degree, at most `most`, with so many nodes for each polynomial that the values' scatter is averaged out.
 */
export function degreeFor(nodes: number, dimensions: number, most: number, nodesEach: number): number {
  const terms = (degree: number): number => legendreProducts(new Array<number>(dimensions).fill(0), degree).length;
  let degree = 0;
  while (degree < most && nodesEach * terms(degree + 1) <= nodes) degree++;
  return degree;
}

/**
 * Gathers the coefficients of `size` functions from their values at the nodes [count, dimensions], in any order.
 * Without dimensions a function is the mean of its values.
 */
export function polynomialFit(
  nodes: Float64Array,
  reach: readonly number[],
  degree: number,
  size: number,
  count = nodes.length / reach.length,
): {
  add(node: number, values: ArrayLike<number>): void;
  readonly fit: PolynomialFit;
  /** Of each node: how much its own value counts for the fit there. */
  readonly leverage: Float64Array;
} {
  const d = reach.length;
  const design = new Matrix(
    Array.from({ length: count }, (_, j) =>
      polynomialsAt(
        reach,
        degree,
        Array.from(reach, (_r, k) => nodes[j * d + k]),
      ),
    ),
  );
  const projector = solve(design.transpose().mmul(design), design.transpose());
  const coefficients = new Float64Array(projector.rows * size);
  const leverage = Float64Array.from({ length: count }, (_, j) =>
    design.getRow(j).reduce((sum, t, term) => sum + t * projector.get(term, j), 0),
  );
  return {
    fit: { reach, degree, coefficients },
    leverage,
    add(node, values) {
      for (let term = 0; term < projector.rows; term++) {
        const share = projector.get(term, node);
        const offset = term * size;
        for (let i = 0; i < size; i++) coefficients[offset + i] += share * values[i];
      }
    },
  };
}

/**
 * The functions at s [size]; beyond the box those at its nearest point, since a polynomial would grow without bound
 * there.
 */
export function polynomialAt({ reach, degree, coefficients }: PolynomialFit, s: readonly number[]): Float64Array {
  const inside = s.map((x, k) => Math.min(reach[k], Math.max(-reach[k], x)));
  const terms = polynomialsAt(reach, degree, inside);
  const size = coefficients.length / terms.length;
  const values = new Float64Array(size);
  terms.forEach((t, term) => {
    const offset = term * size;
    for (let i = 0; i < size; i++) values[i] += t * coefficients[offset + i];
  });
  return values;
}

function polynomialsAt(reach: readonly number[], degree: number, s: readonly number[]): number[] {
  // legendreProducts gives two polynomials a dimension at least; degree 0 is the constant alone.
  return legendreProducts(
    s.map((x, k) => x / reach[k]),
    degree,
  );
}
