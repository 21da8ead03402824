/** The data of the resolvents (z_j E + T K)^-1 b that a contour sums; see resolvent.ts. */

/** What the resolvents belong to, at which time, and where the sums go. */
export interface ResolventSystem {
  /** s */
  readonly time: number;
  /** Couplings g [>= size - 1], the conductance from the last cell to the held value, and E [>= size]. */
  readonly g: Float64Array;
  readonly outlet: number;
  readonly storage: Float64Array;
  /** Right-hand sides and sums [count, stride]. */
  readonly b: Float64Array;
  readonly u: Float64Array;
  readonly count: number;
  readonly stride: number;
}
