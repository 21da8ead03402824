/** What the published electrode depends on beside the porosity, with the ranges of its training set. */
import { positive } from "./electrolyte";
import { admissible } from "./input";
import type { Condition, ConditionRange, RandomPorosity } from "./problem";

const length = 1e-4;
const dt = 0.1;
const steps = 1000;

/** Name, length (m), time step (s), steps, and the time they reach (s). */
export const PUBLISHED = { name: "electrode-published", length, dt, steps, time: dt * steps } as const;

/**
 * "l" for a domain of the given length (m), which `parameter` sets: log-uniform from a fiftieth to a fifth of it.
 */
export function correlationLength(domain: number, parameter = "thickness"): ConditionRange {
  return {
    name: "l",
    symbol: "ℓ",
    unit: "m",
    meaning: "correlation length of the porosity",
    min: domain / 50,
    max: domain / 5,
    scale: "log",
    default: domain / 10,
    limits: positive,
    proportionalTo: parameter,
  };
}

/** The porosity's law in all problems of the study; "l" of the condition is its correlation length. */
export const publishedPorosity: RandomPorosity = {
  law: { epsMin: 0.2, epsMax: 0.5 },
  covariance: "squared-exponential",
  nugget: 1e-4,
  correlationLength: ({ l }) => l,
  lengthCondition: "l",
};

export const equilibriumPotential: ConditionRange = {
  name: "U0",
  symbol: "U₀",
  unit: "V",
  meaning: "equilibrium potential of the reaction",
  min: -0.2,
  max: 0.2,
  scale: "linear",
  default: 0,
};

export const separatorCurrent: ConditionRange = {
  name: "F_right",
  symbol: "F",
  unit: "A/m2",
  meaning: "current density at the separator",
  min: 0,
  max: 50,
  scale: "linear",
  default: 25,
};

/** k_rn with the range from which it is drawn, where it is drawn. */
export function rateConstant(min: number, max: number): ConditionRange {
  return {
    name: "k_rn",
    symbol: "k_rn",
    unit: "A/(m2 V)",
    meaning: "rate constant of the linear reaction",
    min,
    max,
    scale: "log",
    default: 0.1,
    limits: positive,
  };
}

export const publishedRate = rateConstant(0.1, 0.1);

/** The time that the published problem calls steady. */
export const duration: ConditionRange = {
  name: "duration",
  symbol: "T",
  unit: "s",
  meaning: `time since the current was switched on, in ${steps} implicit Euler steps`,
  min: 1,
  max: 1e4,
  scale: "log",
  default: dt * steps,
  limits: positive,
};

/** The operation at a condition, checked; k_rn and duration may be left out. */
export function readPublished(condition: Condition): { U0: number; F_right: number; k_rn: number; duration: number } {
  return {
    U0: admissible(PUBLISHED.name, condition.U0, equilibriumPotential, true),
    F_right: admissible(PUBLISHED.name, condition.F_right, separatorCurrent, true),
    k_rn: admissible(PUBLISHED.name, condition.k_rn, publishedRate, false),
    duration: admissible(PUBLISHED.name, condition.duration, duration, false),
  };
}

/** The condition of the original's figures: l = L / 10, U0 = 0, F_right = 25 A/m2. */
export const publishedCondition: Condition = { l: 1e-5, U0: 0, F_right: 25 };
