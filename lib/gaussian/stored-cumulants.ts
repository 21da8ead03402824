/** Third cumulants as a fit stores them; what they mean stands in third-cumulants.ts. */

/** Nodes, and for each node the coefficients [monomials, outer, pairs i <= j of inner]. */
export interface ThirdCumulants {
  /** Non-affine features of the nodes [nodes, dimensions]. */
  readonly nodes: Float64Array;
  readonly monomials: number;
  /** Pooled directions of the index p, and of the indices i and j. */
  readonly outer: number;
  readonly inner: number;
  readonly values: Float32Array;
}
