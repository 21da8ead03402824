/** What the notebooks import: the study and its chapters. Everything else is reached through its own folder. */
export { openStudy, Study } from "./study/study";
export type { Configuration, Overrides } from "./study/configuration";
export { dataFrame, liveCurve, liveTraining, showTable } from "./study/display";
export { publishedCondition } from "./study/stages/mean-bias";
export * as porosityAndTransport from "./study/chapters/porosity-and-transport";
export * as trainingData from "./study/chapters/training-data";
export * as training from "./study/chapters/training";
export * as sampling from "./study/chapters/sampling";
export * as meanBias from "./study/chapters/mean-bias";
export * as meanBiasClaims from "./study/chapters/mean-bias-claims";
export * as meanBiasParts from "./study/chapters/mean-bias-parts";
export * as identifiability from "./study/chapters/identifiability";
export * as filmAblation from "./study/chapters/film-ablation";
export * as workPrecision from "./study/chapters/work-precision";
export { assertAtLeast, assertAtMost, assertBetween, assertClose } from "./study/claims";
export * as ownProblem from "./study/chapters/own-problem";
