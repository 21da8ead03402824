/** The samplers as figures and tables name them, and by kind. */
import type { SamplerName } from "./samplers";

/** The samplers as figures and tables name them. */
export const samplerNames: Record<SamplerName, string> = {
  "reverse-sde-euler": "Euler–Maruyama",
  "reverse-sde-heun": "Heun, reverse SDE",
  "predictor-corrector": "predictor-corrector",
  "edm-heun": "EDM Heun with churn",
  "dpm-solver-sde": "SDE-DPM-Solver++(2M)",
  "flow-euler": "Euler, flow",
  "flow-heun": "Heun, flow",
  "flow-adaptive": "Runge-Kutta 5(4), flow",
  "dpm-solver": "DPM-Solver++(2M)",
  "mode-flow": "mode flow",
};

/** The samplers by kind: those that draw noise on the way, and those that do not. */
export const families: Readonly<Record<"stochastic" | "deterministic", readonly SamplerName[]>> = {
  stochastic: ["reverse-sde-euler", "reverse-sde-heun", "predictor-corrector", "edm-heun", "dpm-solver-sde"],
  deterministic: ["flow-euler", "flow-heun", "flow-adaptive", "dpm-solver", "mode-flow"],
};
