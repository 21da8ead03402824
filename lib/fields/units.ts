/**
 * Units of values: SI, or those of a network, x_network = (x - mean) / std with one mean and one standard deviation per
 * channel.
 */
export type Units = "SI" | "network";

export interface Normalisation {
  /** Per channel, SI. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}
