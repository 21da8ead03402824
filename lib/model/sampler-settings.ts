/** How fields are drawn from a trained model, and which of its settings a method heeds. */

export const samplerMethods = [
  "mode-flow",
  "reverse-sde-euler",
  "reverse-sde-heun",
  "flow-euler",
  "flow-heun",
] as const;

/**
 * How fields are drawn: "mode-flow" follows the probability flow in whitened modes, the others integrate a
 * variance-preserving process.
 */
export interface SamplerSettings {
  readonly method: (typeof samplerMethods)[number];
  /** Noise levels of the mode flow, steps of the others. */
  readonly steps: number;
  readonly spacing: "uniform" | "quadratic";
  readonly start: "standard normal" | "matched moments";
  /** A last denoising step at tMin. */
  readonly denoise: boolean;
  /** Correct the mode flow's drift in mean and covariance, measured on trial fields at each condition. */
  readonly calibrate: boolean;
}

/**
 * Settings of a sampler or its schedule that a method does not heed: the mode flow has its own start and no schedule,
 * the others no calibration.
 */
export function unheeded(method: SamplerSettings["method"]): readonly string[] {
  return method === "mode-flow" ? ["spacing", "start", "denoise", "betaMin", "betaMax", "tMin"] : ["calibrate"];
}

/** Levels of the mode flow with which more change nothing measurable (chapter 8), or steps of a method in time. */
export function usualSteps(method: SamplerSettings["method"]): number {
  return method === "mode-flow" ? 8 : 200;
}
