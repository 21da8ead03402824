/**
 * What a notebook imports. The rooms of the library as namespaces, each with the few names that a person's own question
 * needs; the study, which keeps its results; and the chapters that the ordered notebooks step through. What is not here
 * is reached through its own file.
 */
export * as random from "./random/public";
export * as porosity from "./porosity/public";
export * as transport from "./transport/public";
export * as ensemble from "./ensemble/public";
export * as model from "./model/public";
export * as inverse from "./inverse/public";
export * as diagnostics from "./diagnostics/public";
export * as figures from "./figures/public";
export { openStudy, Study } from "./study/study";
export type { Configuration, Overrides } from "./study/configuration";
export { dataFrame, liveCurve, liveTraining, showFigure, showTable } from "./notebook/display";
export { publishedCondition } from "./transport/published-conditions";
export * as porosityAndTransport from "./experiments/porosity-and-transport/figures";
export * as trainingData from "./experiments/training-data/figures";
export * as training from "./experiments/training/figures";
export * as sampling from "./experiments/sampling/figures";
export * as meanBias from "./experiments/mean-bias/figures";
export * as identifiability from "./experiments/identifiability/figures";
export * as filmAblation from "./experiments/film-ablation/figures";
export * as boundaryConfigurations from "./experiments/boundary-configurations/figures";
export * as boundaryContest from "./experiments/boundary-contest/figures";
export * as fewEvaluations from "./experiments/few-evaluations/figures";
export * as workPrecision from "./experiments/work-precision/figures";
export * as planeModel from "./experiments/plane-model/figures";
export * as twoDimensions from "./experiments/two-dimensions/figures";
export * as measurements from "./experiments/measurements/figures";
export { assertAtLeast, assertAtMost, assertBetween, assertClose } from "./notebook/claims";
export { sizes, trainedFor } from "./experiments/sizes";
export * as ownProblem from "./experiments/own-problem/figures";
