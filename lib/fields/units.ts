/**
 * Units of values: SI, or those of a network, x_network = (x - mean) / std with one mean and one standard deviation per
 * channel. Values are fields [.., channels, cells].
 */
export type Units = "SI" | "network";

export interface Normalisation {
  /** Per channel, SI. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** From SI to network units (a new array). */
export const toNetwork = (values: ArrayLike<number>, { mean, std }: Normalisation, cells: number): Float64Array =>
  byChannel(values, mean.length, cells, (x, channel) => (x - mean[channel]) / std[channel]);

/** From network units to SI (a new array). */
export const toSI = (values: ArrayLike<number>, { mean, std }: Normalisation, cells: number): Float64Array =>
  byChannel(values, mean.length, cells, (x, channel) => mean[channel] + std[channel] * x);

/** In a loop: `from` with a function takes a hundred times as long. */
function byChannel(
  values: ArrayLike<number>,
  channels: number,
  cells: number,
  f: (x: number, channel: number) => number,
): Float64Array {
  const out = new Float64Array(values.length);
  for (let row = 0, at = 0; at < out.length; row++) {
    const channel = row % channels;
    for (const end = at + cells; at < end; at++) out[at] = f(values[at], channel);
  }
  return out;
}
