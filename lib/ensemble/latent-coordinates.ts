/**
 * What solver fields were made from, in coordinates of known law: with g = ln((eps - eps_min) / (eps_max - eps)) the
 * Gaussian process behind a porosity and V diag(lambda) V^T its covariance on the cells,
 *   xi_k = v_k . g / lambda_k^(1/2),   k = 1, 2, ..  in falling order of lambda_k,
 * are independent standard normals, the leading terms of its discrete Karhunen-Loeve expansion.
 */
import type { Cells } from "../fields/grid";
import { porosityInverse } from "../porosity/law";
import { gridOf } from "../transport/domain";
import { porosityProcess } from "../transport/porosity-process";
import type { Condition, Problem } from "../transport/problem";
import { rowProducts, symmetricEigen } from "../numerics/linear-algebra";

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
  const L = porosityProcess(problem, condition, grid).factor();
  const { values, vectors } = symmetricEigen(rowProducts(L, cells, cells, L, cells), cells);
  const K = Math.min(modes, cells);
  const leading = vectors.slice(0, K * cells).map((v, at) => v / Math.sqrt(values[Math.floor(at / cells)]));
  const count = porosities.length / cells;
  return Float32Array.from(rowProducts(porosityInverse(porosities, problem.porosity.law), count, cells, leading, K));
}
