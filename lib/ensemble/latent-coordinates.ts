/**
 * What solver fields were made from, in coordinates of known law: with g = ln((eps - eps_min) / (eps_max - eps)) the
 * Gaussian process behind a porosity and V diag(lambda) V^T its covariance on the cells,
 *   xi_k = v_k . g / lambda_k^(1/2),   k = 1, 2, ..  in falling order of lambda_k,
 * are independent standard normals, the leading terms of its discrete Karhunen-Loeve expansion. A squared exponential
 * on two axes is a product of one along each: its v_k are products of theirs, and lambda_k is
 * lambda_a lambda_b + nugget.
 */
import type { Cells } from "../fields/grid";
import { porosityInverse } from "../porosity/law";
import { covarianceAt } from "../porosity/covariance";
import type { Grid } from "../fields/grid";
import { correlationLengths, gridOf } from "../transport/domain";
import { porosityProcess } from "../transport/porosity-process";
import type { Condition, Problem } from "../transport/problem";
import { type Eigenpairs, rowProducts, symmetricEigen } from "../numerics/linear-algebra";

/**
 * xi [n, modes] (or as many as there are cells) of porosities [n, cells] drawn at a condition, which gives the
 * correlation length. The caller owns it.
 */
export function latentCoordinates(
  problem: Problem,
  condition: Condition,
  porosities: Float64Array,
  { modes, ...fine }: { cells: Cells; modes: number },
): Float32Array {
  const grid = gridOf(problem, fine.cells);
  const { cells } = grid;
  const K = Math.min(modes, cells);
  const separable = grid.axes.length === 2 && problem.porosity.covariance === "squared-exponential";
  const { values, vectors } = separable ? products(problem, condition, grid, K) : dense(problem, condition, grid);
  const leading = vectors.slice(0, K * cells);
  for (let k = 0, at = 0; k < K; k++) for (const end = at + cells; at < end; at++) leading[at] /= Math.sqrt(values[k]);
  const count = porosities.length / cells;
  return new Float32Array(rowProducts(porosityInverse(porosities, problem.porosity.law), count, cells, leading, K));
}

function dense(problem: Problem, condition: Condition, grid: Grid): Eigenpairs {
  const { cells } = grid;
  const L = porosityProcess(problem, condition, grid).factor();
  return symmetricEigen(rowProducts(L, cells, cells, L, cells), cells);
}

/** The first `count` of a squared exponential on two axes. */
function products(problem: Problem, condition: Condition, { axes, cells }: Grid, count: number): Eigenpairs {
  const lengths = correlationLengths(problem, condition);
  const [x, y] = axes.map(({ cells: n, h }, axis) => {
    const entry = (_: unknown, at: number): number =>
      covarianceAt("squared-exponential", h * (Math.floor(at / n) - (at % n)), lengths[axis]);
    return { n, ...symmetricEigen(Float64Array.from({ length: n * n }, entry), n) };
  });
  const value = (k: number): number => x.values[Math.floor(k / y.n)] * y.values[k % y.n];
  const order = Array.from({ length: cells }, (_, k) => k).sort((j, k) => value(k) - value(j));
  const kept = order.slice(0, count);
  const vectors = new Float64Array(count * cells);
  kept.forEach((k, row) => {
    const [a, b] = [Math.floor(k / y.n) * x.n, (k % y.n) * y.n];
    for (let i = 0, to = row * cells; i < x.n; i++) {
      for (let j = 0; j < y.n; j++, to++) vectors[to] = x.vectors[a + i] * y.vectors[b + j];
    }
  });
  return { values: Float64Array.from(kept, (k) => value(k) + problem.porosity.nugget), vectors };
}
