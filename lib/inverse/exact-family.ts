/**
 * Exact non-identifiability. For (eps phi')' = f with a given potential at both ends the flux is q = eps
 * phi' = C + int_0^x f, and every
 *   eps_s(x) = eps(x) (q(x) + s) / q(x) = (C + s + int_0^x f) / phi'(x)
 * that stays admissible has the same phi: a one-parameter family, however exact the measurement of phi. A given flux at
 * an end fixes C, and the family shrinks to one member. Where q changes sign phi' vanishes and only s = 0 keeps eps
 * bounded. On a grid, q is taken at the cell centres; the discrete phi of the family agrees to O(h^2), without a source
 * to rounding.
 */
import type { Axis } from "../fields/grid";
import type { Condition } from "../transport/problem";

export interface ExactFamily {
  /** q at the cell centres, A/m2. */
  readonly flux: Float64Array;
  /** The open interval of s (A/m2) in which every cell of eps_s lies inside the bounds. */
  readonly shifts: readonly [number, number];
  /** eps_s [cells]; refuses a shift outside the interval. */
  member(s: number): Float64Array;
}

/** f at the cell centres (A/m3) of the problem `conduction`. */
export function conductionSource(axis: Axis, condition: Condition): Float64Array {
  const { amplitude, centre, width } = condition;
  return axis.centres.map((x) => amplitude * Math.exp(-0.5 * ((x - centre) / width) ** 2));
}

/** All porosities with the potential phi [cells] of `eps`; phiLeft is the potential held at x = 0. */
export function exactFamily(
  axis: Axis,
  known: { eps: Float64Array; phi: Float64Array; source: Float64Array; phiLeft?: number },
  bounds: { readonly epsMin: number; readonly epsMax: number },
): ExactFamily {
  const { eps, phi, source, phiLeft = 0 } = known;
  const { cells, h } = axis;
  for (const [name, values] of Object.entries({ eps, phi, source })) {
    if (values.length !== cells)
      throw new RangeError(`exactFamily: expected ${cells} values of ${name}, got ${values.length}`);
  }
  const flux = new Float64Array(cells);
  let onFace = (2 * eps[0] * (phi[0] - phiLeft)) / h;
  for (let i = 0; i < cells; i++) {
    flux[i] = onFace + 0.5 * h * source[i];
    onFace += h * source[i];
  }
  const turning = flux.findIndex((q) => !(q * flux[0] > 0));
  if (turning >= 0) {
    const x = axis.centres[turning];
    throw new RangeError(`exactFamily: the flux changes sign at x = ${x}; there only one porosity has this potential`);
  }
  let [low, high] = [-Infinity, Infinity];
  for (let i = 0; i < cells; i++) {
    const a = flux[i] * (bounds.epsMin / eps[i] - 1);
    const b = flux[i] * (bounds.epsMax / eps[i] - 1);
    low = Math.max(low, Math.min(a, b));
    high = Math.min(high, Math.max(a, b));
  }
  return {
    flux,
    shifts: [low, high],
    member(s) {
      if (!(s > low && s < high)) throw new RangeError(`exactFamily: the shift lies in (${low}, ${high}), got ${s}`);
      return eps.map((e, i) => (e * (flux[i] + s)) / flux[i]);
    },
  };
}
