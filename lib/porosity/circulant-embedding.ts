/**
 * Exact samples of a stationary Gaussian vector on a long uniform grid in M log M operations: its Toeplitz covariance
 * is the corner of a symmetric circulant matrix of size M, whose eigenvalues lambda are the Hartley transform of its
 * first row, so that
 *   g = first n entries of  M^(-1/2) H diag(sqrt(lambda)) z,   z ~ N(0, I_M)
 * has the covariance wanted. A period that is too short gives negative eigenvalues; it is doubled until they are gone,
 * or so small that setting them to zero changes the variance by less than 1e-9 of itself.
 * Source: Dietrich & Newsam, "Fast and exact simulation of stationary Gaussian processes through circulant embedding of
 * the covariance matrix", SIAM J. Sci. Comput. 18 (1997).
 */
import { transformLength } from "../numerics/fourier";
import { hartleyTransform, type HartleyTransform } from "../numerics/hartley";

export interface CirculantEmbedding {
  /** M: the number of normals that a sample takes. */
  readonly size: number;
  /** z [size] becomes g in its first n entries, in place. */
  colour(z: Float64Array): void;
}

const LONGEST_PERIOD = 64; // in grid lengths
/** A covariance below this part of the variance is none in double precision. */
const NOTHING = 1e-17;

/**
 * The embedding for `covariance(lag)` on n cells (lag 0, 1, ... in cells); undefined where no period up to 64 n serves.
 */
export function circulantEmbedding(n: number, covariance: (lag: number) => number): CirculantEmbedding | undefined {
  // The period must be so long that no cell meets the image of another: the grid, and as far as the covariance reaches.
  let reach = 0;
  while (reach < n - 1 && Math.abs(covariance(reach)) > NOTHING * covariance(0)) reach++;
  const first = 2 * transformLength(Math.max(2, (n + reach) / 2));
  for (let size = first; size <= Math.max(first, LONGEST_PERIOD * n); size *= 2) {
    const lambda = Float64Array.from({ length: size }, (_, j) => covariance(Math.min(j, size - j)));
    const transform = hartleyTransform(size);
    const variance = lambda[0];
    transform.inPlace(lambda);
    const removed = lambda.reduce((sum, v) => sum + Math.max(0, -v), 0) / size;
    if (removed <= 1e-9 * variance) return embedding(transform, lambda);
  }
  return undefined;
}

function embedding(transform: HartleyTransform, lambda: Float64Array): CirculantEmbedding {
  const { size } = transform;
  const weight = lambda.map((v) => Math.sqrt(Math.max(0, v) / size));
  return {
    size,
    colour(z) {
      for (let k = 0; k < size; k++) z[k] *= weight[k];
      transform.inPlace(z);
    },
  };
}
