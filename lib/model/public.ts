/** A trained model as a cell uses it: fields at a condition, with a start law and a sampler of one's choice. */
export { sampleFields, type SampleOptions } from "./sample-fields";
export type { ScoreModel } from "./score-model";
