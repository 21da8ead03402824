/** What the notebooks import: the study and its chapters. Everything else is reached through its own folder. */
export { openStudy, Study } from "./study/study";
export type { Configuration, Overrides } from "./study/configuration";
export { dataFrame, liveCurve, liveTraining, showTable } from "./notebook/display";
export { publishedCondition } from "./transport/published-conditions";
export * as porosityAndTransport from "./experiments/porosity-and-transport/figures";
export * as trainingData from "./experiments/training-data/figures";
export * as training from "./experiments/training/figures";
export * as sampling from "./experiments/sampling/figures";
export * as meanBias from "./experiments/mean-bias/figures";
export * as identifiability from "./experiments/identifiability/figures";
export * as filmAblation from "./experiments/film-ablation/figures";
export * as workPrecision from "./experiments/work-precision/figures";
export { assertAtLeast, assertAtMost, assertBetween, assertClose } from "./notebook/claims";
export * as ownProblem from "./experiments/own-problem/figures";
