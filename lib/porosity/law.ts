/**
 * The porosity law: a Gaussian variable g becomes a porosity inside fixed bounds,
 *   eps = eps_min + (eps_max - eps_min) / (1 + exp(-g)),
 * so that g is the log-odds of eps within its range. All dimensionless, arrays of any length; results belong to the caller.
 */
import { logistic } from "./logistic";
import { UserError } from "../errors/user-error";

export interface PorosityLaw {
  readonly epsMin: number;
  readonly epsMax: number;
}

export const publishedLaw: PorosityLaw = { epsMin: 0.2, epsMax: 0.5 };

/** eps(g), a new array, or into `out`, which may be g itself. */
export function porosity(g: Float64Array, law: PorosityLaw = publishedLaw, out?: Float64Array): Float64Array {
  checkLaw("porosity", law);
  return logistic(g, law.epsMin, law.epsMax - law.epsMin, out);
}

/** d eps / d g, which is (eps - eps_min)(eps_max - eps) / (eps_max - eps_min); accurate in both tails. */
export function porosityDerivative(g: Float64Array, law: PorosityLaw = publishedLaw): Float64Array {
  checkLaw("porosityDerivative", law);
  return g.map((v) => {
    const e = Math.exp(-Math.abs(v));
    return ((law.epsMax - law.epsMin) * e) / ((1 + e) * (1 + e));
  });
}

/** g(eps) = ln((eps - eps_min) / (eps_max - eps)); UserError where eps does not lie strictly inside the law's bounds. */
export function porosityInverse(eps: Float64Array, law: PorosityLaw = publishedLaw): Float64Array {
  checkLaw("porosityInverse", law);
  return eps.map((e, i) => {
    if (!(e > law.epsMin && e < law.epsMax)) {
      throw new UserError(
        `porosityInverse: eps must lie strictly between ${law.epsMin} and ${law.epsMax}, got ${e} in cell ${i}`,
      );
    }
    return Math.log((e - law.epsMin) / (law.epsMax - e));
  });
}

function checkLaw(who: string, { epsMin, epsMax }: PorosityLaw): void {
  if (!(epsMin > 0 && epsMin < epsMax && epsMax <= 1)) {
    throw new UserError(
      `${who}: a porosity law needs 0 < epsMin < epsMax <= 1, got epsMin ${epsMin}, epsMax ${epsMax}`,
    );
  }
}
