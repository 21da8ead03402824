/**
 * The material of both electrodes: Bruggeman's law for conductivity and diffusivity, a surface that shrinks with
 * porosity.
 *   k = kappa0 eps^b,  D = D0 eps^b,  a_s = a0 (1 - inactive - eps).
 * Pores, inactive solid (binder, carbon) and active solid share the volume. The active solid is what the other two
 * leave, so it follows the porosity; where they leave less than nothing, the porosity is refused.
 * All numbers are parameters with the published values as defaults. A condition may carry them, or the configuration
 * sets them once.
 */
import type { Channel } from "../fields/channel";
import type { CellValues } from "./conductances";
import { InadmissibleInput } from "./errors";
import { admissible } from "./input";
import type { Condition, ConditionRange } from "./problem";

/** C/mol (SI 2019). */
const FARADAY = 96485.33212;

export const positive = [Number.MIN_VALUE, Number.MAX_VALUE] as const;

const kappa0: ConditionRange = {
  name: "kappa0",
  symbol: "κ₀",
  unit: "S/m",
  meaning: "conductivity of the free electrolyte",
  min: 0.1,
  max: 2,
  scale: "log",
  default: 1,
  limits: positive,
};
const D0: ConditionRange = {
  name: "D0",
  symbol: "D₀",
  unit: "m2/s",
  meaning: "diffusivity of salt in the free electrolyte",
  min: 1e-11,
  max: 1e-9,
  scale: "log",
  default: 3e-11,
  limits: positive,
};
const bruggemanExponent: ConditionRange = {
  name: "bruggeman",
  symbol: "b",
  unit: "1",
  meaning: "exponent b of k = kappa0 eps^b and D = D0 eps^b; a MacMullin number N at eps is b = -ln N / ln eps",
  min: 1,
  max: 4,
  scale: "linear",
  default: 1.5,
  limits: [0, 20],
};
const a0: ConditionRange = {
  name: "a0",
  symbol: "a₀",
  unit: "1/m",
  meaning: "surface of the active solid per volume of it",
  min: 1e5,
  max: 1e7,
  scale: "log",
  default: 5e5,
  limits: positive,
};
const inactive: ConditionRange = {
  name: "inactive",
  symbol: "ε_inactive",
  unit: "1",
  meaning: "share of the volume that is solid without reaction (binder, carbon)",
  min: 0,
  max: 0.3,
  scale: "linear",
  default: 0,
  limits: [0, 0.99],
};
const t_plus: ConditionRange = {
  name: "t_plus",
  symbol: "t₊",
  unit: "1",
  meaning: "share of the current that cations carry",
  min: 0.2,
  max: 0.6,
  scale: "linear",
  default: 0.4,
  limits: [0, 1],
};
const c_right: ConditionRange = {
  name: "c_right",
  symbol: "c_right",
  unit: "mol/m3",
  meaning: "salt concentration at the separator and at the start",
  min: 500,
  max: 2000,
  scale: "log",
  default: 1000,
  limits: positive,
};
const solidSlope: ConditionRange = {
  name: "solid_slope",
  symbol: "φ_s'",
  unit: "V/m",
  meaning: "slope of the potential of the solid, which is 0 at the insulated end",
  min: -2000,
  max: 0,
  scale: "linear",
  default: -1000,
};

/** What a problem of this material declares as its parameters. */
export const materialParameters: readonly ConditionRange[] = [
  kappa0,
  D0,
  bruggemanExponent,
  a0,
  inactive,
  t_plus,
  c_right,
  solidSlope,
];

export interface Material {
  /** S/m */
  readonly kappa0: number;
  /** m2/s */
  readonly D0: number;
  readonly bruggeman: number;
  /** 1/m */
  readonly a0: number;
  /** 1 - inactive: what pores and active solid share. */
  readonly share: number;
  readonly t_plus: number;
  /** (1 - t+) / F, salt released per charge that the reaction draws, mol/C. */
  readonly saltPerCharge: number;
  /** mol/m3 */
  readonly c_right: number;
  /** V/m */
  readonly solidSlope: number;
}

/** The material at a condition, checked; what it leaves out is as published. `where` is named in errors. */
export function materialAt(where: string, condition: Condition): Material {
  const transference = admissible(where, condition.t_plus, t_plus, false);
  return {
    kappa0: admissible(where, condition.kappa0, kappa0, false),
    D0: admissible(where, condition.D0, D0, false),
    bruggeman: admissible(where, condition.bruggeman, bruggemanExponent, false),
    a0: admissible(where, condition.a0, a0, false),
    share: 1 - admissible(where, condition.inactive, inactive, false),
    t_plus: transference,
    saltPerCharge: (1 - transference) / FARADAY,
    c_right: admissible(where, condition.c_right, c_right, false),
    solidSlope: admissible(where, condition.solid_slope, solidSlope, false),
  };
}

export const publishedMaterial: Material = materialAt("publishedMaterial", {});

/** What is solved for in an electrode, in the order of the fields. */
export const electrodeChannels: readonly Channel[] = [
  {
    name: "c",
    symbol: "c",
    meaning: "concentration",
    unit: "mol/m3",
    relativeTo: { symbol: "c(L)", value: publishedMaterial.c_right, parameter: "c_right" },
  },
  { name: "phi", symbol: "φ", meaning: "potential", unit: "V" },
];

/** Refuses a porosity [cells] that leaves less than nothing to the active solid. */
export function checkActiveSolid(where: string, eps: ArrayLike<number>, { share }: Material): void {
  if (share === 1) return;
  for (let i = 0; i < eps.length; i++) {
    if (eps[i] <= share) continue;
    throw new InadmissibleInput(
      `${where}: pores and inactive solid exceed the volume: eps = ${eps[i]} in cell ${i}, and inactive = ` +
        `${1 - share}. Remedy: a smaller inactive, or bounds of the porosity below ${share}`,
    );
  }
}

/** phi_s, the potential of the solid at x, V. */
export function solidPotential(x: CellValues, slope: number): CellValues {
  return x.map((xi) => slope * xi);
}

/** eps^b into `out`, both [cells]; b = 3/2 by a square root. */
export function bruggeman(eps: CellValues, out: CellValues, b: number): void {
  if (b === 1.5) for (let i = 0; i < out.length; i++) out[i] = eps[i] * Math.sqrt(eps[i]);
  else for (let i = 0; i < out.length; i++) out[i] = Math.pow(eps[i], b);
}

/** d(eps^b) / d(eps) */
export function bruggemanSlope(eps: number, b: number): number {
  return b === 1.5 ? 1.5 * Math.sqrt(eps) : b * Math.pow(eps, b - 1);
}
