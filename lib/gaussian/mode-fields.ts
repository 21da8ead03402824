/**
 * From coordinates in the principal modes of a conditional Gaussian to fields: x = mu + diag(s) V diag(lambda)^(1/2) y,
 * then to SI units.
 */
import { type Normalisation, toSI } from "../fields/units";
import type { Stream } from "../random/stream";
import { addProduct } from "../numerics/row-products";
import type { GaussianLaw } from "./conditional-gaussian";

/**
 * Whitened coordinates [count, K] -> fields [count, dimension] in SI: x = mu + diag(s) V diag(lambda)^(1/2) (y, z), the
 * modes beyond K drawn from `stream`; with K = 0 a draw of the conditional Gaussian itself. Double precision, so that
 * what the law knows exactly (phi(0), c at the fixed end) stays exact.
 */
export function fieldsFromModes(
  coordinates: Float32Array,
  count: number,
  law: GaussianLaw,
  normalisation: Normalisation,
  stream: Stream,
): Float64Array {
  const { rank } = law;
  const modes = coordinates.length / count;
  const rest = stream.normals(count * Math.max(0, rank - modes));
  const all = new Float64Array(count * rank);
  for (let n = 0; n < count; n++) {
    for (let k = 0; k < rank; k++) {
      all[n * rank + k] = k < modes ? coordinates[n * modes + k] : rest[n * (rank - modes) + k - modes];
    }
  }
  return fieldsFromCoordinates(all, law, normalisation);
}

/**
 * All whitened coordinates y [count, rank] -> fields [count, dimension] in SI: x = mu + diag(s) V diag(lambda)^(1/2) y.
 */
export function fieldsFromCoordinates(y: Float64Array, law: GaussianLaw, normalisation: Normalisation): Float64Array {
  const { dimension, rank, mean, variance } = law;
  const count = y.length / rank;
  const scaled = new Float64Array(rank * dimension); // mode by mode
  for (let i = 0; i < dimension; i++) {
    const s = law.spread?.[i] ?? 1;
    for (let k = 0; k < rank; k++) scaled[k * dimension + i] = s * law.modes[i * rank + k] * Math.sqrt(variance[k]);
  }
  const fields = new Float64Array(count * dimension);
  for (let start = 0; start < fields.length; start += dimension) fields.set(mean, start);
  addProduct(y, scaled, dimension, fields);
  return toSI(fields, normalisation, dimension / normalisation.mean.length);
}
