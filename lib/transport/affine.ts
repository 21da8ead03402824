/**
 * Fields that are affine in functions of the conditions: for a given porosity
 *   field(z) = sum_a v_a(z) r_a,
 * with responses r_a that depend on the porosity and on the conditions that do not enter the v_a. All that the v_a say
 * is then exact and costs nothing. Where the fields are affine in some conditions themselves, v = (1, z_a, ..).
 */

export interface AffineFunctions {
  /** The conditions that enter through the functions alone. Choices are no such conditions. */
  readonly conditions: readonly string[];
  /** Number of functions. */
  readonly count: number;
  /** v_a(z) [count]. */
  at(z: Readonly<Record<string, number>>): readonly number[];
  /**
   * To what part of the largest value the fields are such sums, where the functions are a truncated series. Default
   * 1e-6.
   */
  readonly accuracy?: number;
  /** Of conditions: where the functions hold, if not everywhere. */
  readonly holdsWithin?: Readonly<Record<string, readonly [least: number, greatest: number]>>;
}

/** Names of conditions in which the fields are affine (none: an empty list), or functions of them. */
export type Affine = readonly string[] | AffineFunctions;

/** Are the functions the conditions themselves? Then responses can be found by solving at a few conditions. */
export const isList = (affine: Affine): affine is readonly string[] => Array.isArray(affine);

/** The functions of a problem, v = (1, z_a, ..) for a list of conditions. */
export function affineOf({ affine }: { readonly affine: Affine }): AffineFunctions {
  if (!isList(affine)) return affine;
  return { conditions: affine, count: 1 + affine.length, at: (z) => [1, ...affine.map((name) => z[name])] };
}
