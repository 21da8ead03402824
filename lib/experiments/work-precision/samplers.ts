/**
 * The samplers that chapter 8 compares. All start where the forward process arrives, so that the prior's mismatch
 * (chapter 5) is no part of it, on one grid: equidistant in the logarithm of noise over signal.
 */
import type { Method, MethodName } from "../../diffusion/sample";

/** The samplers of lib/diffusion/sample, and the flow in whitened modes. */
export type SamplerName = MethodName | "mode-flow";

/** Those that step down a grid. */
export const gridMethods = [
  "reverse-sde-euler",
  "reverse-sde-heun",
  "predictor-corrector",
  "flow-euler",
  "flow-heun",
  "edm-heun",
  "dpm-solver",
  "dpm-solver-sde",
] as const satisfies readonly Exclude<MethodName, "flow-adaptive">[];

export const spacing = "log-ratio";

export const methodOf = (
  name: (typeof gridMethods)[number],
  churn: number,
): Exclude<Method, { name: "flow-adaptive" }> => (name === "edm-heun" ? { name, churn } : { name });

export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
