/**
 * The porosity law: a Gaussian variable g becomes a porosity inside fixed bounds,
 *   eps = eps_min + (eps_max - eps_min) / (1 + exp(-(m + s g))),
 * so that m + s g is the log-odds of eps within its range. All dimensionless, arrays of any length; results belong to
 * the caller.
 */
import { logistic } from "./logistic";
import { UserError } from "../errors/user-error";

export interface PorosityLaw {
  readonly epsMin: number;
  readonly epsMax: number;
  /** m, the mean of the log-odds. Default 0. */
  readonly mean?: number;
  /** s, their standard deviation. Default 1. */
  readonly scale?: number;
}

const publishedLaw: PorosityLaw = { epsMin: 0.2, epsMax: 0.5 };

/** eps(g), a new array, or into `out`, which may be g itself. */
export function porosity(g: Float64Array, law: PorosityLaw = publishedLaw, out?: Float64Array): Float64Array {
  checkLaw("porosity", law);
  const { epsMin, epsMax, mean = 0, scale = 1 } = law;
  if (mean === 0 && scale === 1) return logistic(g, epsMin, epsMax - epsMin, out);
  const odds = out ?? new Float64Array(g.length);
  for (let i = 0; i < g.length; i++) odds[i] = mean + scale * g[i];
  return logistic(odds, epsMin, epsMax - epsMin, odds);
}

/** d eps / d g, which is s (eps - eps_min)(eps_max - eps) / (eps_max - eps_min); accurate in both tails. */
export function porosityDerivative(g: Float64Array, law: PorosityLaw = publishedLaw): Float64Array {
  checkLaw("porosityDerivative", law);
  const { epsMin, epsMax, mean = 0, scale = 1 } = law;
  return g.map((v) => {
    const e = Math.exp(-Math.abs(mean + scale * v));
    return (scale * (epsMax - epsMin) * e) / ((1 + e) * (1 + e));
  });
}

/**
 * g(eps) = (ln((eps - eps_min) / (eps_max - eps)) - m) / s; UserError where eps does not lie strictly inside the law's
 * bounds.
 */
export function porosityInverse(eps: Float64Array, law: PorosityLaw = publishedLaw): Float64Array {
  checkLaw("porosityInverse", law);
  const { epsMin, epsMax, mean = 0, scale = 1 } = law;
  return eps.map((e, i) => {
    if (!(e > epsMin && e < epsMax)) {
      throw new UserError(
        `porosityInverse: eps must lie strictly between ${epsMin} and ${epsMax}, got ${e} in cell ${i}`,
      );
    }
    return (Math.log((e - epsMin) / (epsMax - e)) - mean) / scale;
  });
}

function checkLaw(who: string, { epsMin, epsMax, mean = 0, scale = 1 }: PorosityLaw): void {
  if (!(epsMin > 0 && epsMin < epsMax && epsMax <= 1)) {
    throw new UserError(
      `${who}: a porosity law needs 0 < epsMin < epsMax <= 1, got epsMin ${epsMin}, epsMax ${epsMax}`,
    );
  }
  if (!Number.isFinite(mean) || !(scale > 0 && scale < Infinity)) {
    throw new UserError(
      `${who}: the log-odds of a porosity law need a finite mean and a positive scale, got ${mean} and ${scale}`,
    );
  }
}
