/**
 * Does a field lie on the solution manifold { F(xi) }? From the potential alone an admissible porosity is recovered by the
 * regularised inverse (inverse.ts) with noise level `noise.phi`, the problem is solved forward, and both channels are
 * compared with the field as it was given:
 *   residual_phi = rms over cells of (phi - F_phi) / |phi's std|,   residual_c likewise, although c was not used.
 * A field from the solver returns residuals of the order of the noise level in phi, and in c what phi leaves open: that is
 * the null, and residuals of generated fields are read against its distribution (Mann-Whitney, rank-tests.ts).
 */
import { observedChannels, type FieldMap, type Noise } from "./field-map";
import { inverseEstimate } from "./regularised-inverse";

export interface ManifoldResiduals {
  /** Per field, rms over the cells of the channel in units of `scale`. */
  readonly phi: readonly number[];
  readonly c: readonly number[];
  /** Mean square of the recovered xi (1: as likely as a draw of the prior). */
  readonly priorNorm: readonly number[];
  readonly converged: number; // share of fields
}

/** Residuals of each field of `fields` [count, channels, cells], SI units. `scale`: what one unit of residual is, per channel in SI (the spread of the reference, say). */
export function manifoldResiduals(
  map: FieldMap,
  fields: Float64Array,
  options: { noise: Noise; scale: { readonly c: number; readonly phi: number }; maxIterations?: number },
): ManifoldResiduals {
  const { noise, scale, maxIterations = 30 } = options;
  const { cells } = map;
  const { channels } = map.problem;
  const size = channels.length * cells;
  const count = fields.length / size;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(
      `manifoldResiduals: expected fields of ${channels.length} x ${cells} values, got ${fields.length} values`,
    );
  }
  observedChannels(map, noise);
  const residuals = { phi: [] as number[], c: [] as number[] };
  const priorNorm: number[] = [];
  let converged = 0;
  for (let k = 0; k < count; k++) {
    const field = fields.subarray(k * size, (k + 1) * size);
    const found = inverseEstimate(map, field, noise, { maxIterations, tolerance: 1e-3 });
    channels.forEach((channel, index) => {
      const name = channel.name as "c" | "phi";
      let square = 0;
      for (let i = index * cells; i < (index + 1) * cells; i++) square += (field[i] - found.fields[i]) ** 2;
      residuals[name].push(Math.sqrt(square / cells) / scale[name]);
    });
    priorNorm.push(found.xi.reduce((sum, v) => sum + v * v, 0) / cells);
    if (found.converged) converged++;
  }
  return { ...residuals, priorNorm, converged: converged / count };
}
