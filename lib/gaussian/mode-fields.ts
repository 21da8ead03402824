/**
 * From coordinates in the principal modes of a conditional Gaussian to fields: x = mu + diag(s) V diag(lambda)^(1/2) y, then to SI units.
 */
import type { Normalisation } from "../ensemble/normalisation";
import type { Stream } from "../random/stream";
import type { GaussianLaw } from "./conditional-gaussian";

/**
 * Whitened coordinates [count, K] -> fields [count, dimension] in SI: x = mu + diag(s) V diag(lambda)^(1/2) (y, z), the modes beyond K drawn
 * from `stream`; with K = 0 a draw of the conditional Gaussian itself. Double precision, so that what the law knows exactly (phi(0), c at the fixed end) stays exact.
 */
export function fieldsFromModes(
  coordinates: Float32Array,
  count: number,
  law: GaussianLaw,
  normalisation: Normalisation,
  stream: Stream,
): Float64Array {
  const { dimension, rank, mean, variance } = law;
  const modes = coordinates.length / count;
  const cells = dimension / normalisation.mean.length;
  const rest = stream.normals(count * Math.max(0, rank - modes));
  const scaled = new Float64Array(dimension * rank);
  for (let i = 0; i < dimension; i++) {
    const s = law.spread?.[i] ?? 1;
    for (let k = 0; k < rank; k++) scaled[i * rank + k] = s * law.modes[i * rank + k] * Math.sqrt(variance[k]);
  }
  const fields = new Float64Array(count * dimension);
  const y = new Float64Array(rank);
  for (let n = 0; n < count; n++) {
    for (let k = 0; k < rank; k++) y[k] = k < modes ? coordinates[n * modes + k] : rest[n * (rank - modes) + k - modes];
    for (let i = 0; i < dimension; i++) {
      let x = mean[i];
      const row = i * rank;
      for (let k = 0; k < rank; k++) x += scaled[row + k] * y[k];
      const channel = Math.floor(i / cells);
      fields[n * dimension + i] = normalisation.mean[channel] + normalisation.std[channel] * x;
    }
  }
  return fields;
}
