/**
 * A trained model, and scores that need no training, as a cell uses them: fields at a condition, with a start law and a
 * sampler of one's choice.
 */
export { exactScore, FieldScore, modelScore, type ReverseOptions } from "./field-score";
export { sampleFields, type SampleOptions } from "./sample-fields";
export type { ScoreModel } from "./score-model";
