/**
 * Does a field lie on the solution manifold { F(xi) }? From the channels that `noise` names an admissible porosity is
 * recovered by the regularised inverse (regularised-inverse.ts), the problem is solved forward, and every channel u is
 * compared with the field as it was given:
 *   residual_u = rms over cells of (u - F_u) / |u's std|,   also where u was not used.
 * A field from the solver returns residuals of the order of the noise level in the channels that were used, and in the
 * others what these leave open: that is the null, and residuals of generated fields are read against its distribution
 * (Mann-Whitney, memorisation.ts).
 */
import { rowAt } from "../numerics/rows";
import { sumOfSquares } from "../numerics/statistics";
import { observedChannels, type FieldMap, type Noise } from "./field-map";
import { inverseEstimate } from "./regularised-inverse";

export interface ManifoldResiduals {
  /** By channel, per field: rms over the cells in units of `scale`. */
  readonly residuals: Readonly<Record<string, readonly number[]>>;
  /** Mean square of the recovered xi (1: as likely as a draw of the prior). */
  readonly priorNorm: readonly number[];
  readonly converged: number; // share of fields
}

/**
 * Residuals of each field of `fields` [count, channels, cells], SI units. `scale`: what one unit of residual is, per
 * channel in SI (the spread of the reference, say).
 */
export function manifoldResiduals(
  map: FieldMap,
  fields: Float64Array,
  options: { noise: Noise; scale: Readonly<Record<string, number>>; maxIterations?: number },
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
  const residuals = Object.fromEntries(channels.map(({ name }) => [name, [] as number[]]));
  const priorNorm: number[] = [];
  let converged = 0;
  for (let k = 0; k < count; k++) {
    const field = rowAt(fields, k, size);
    const found = inverseEstimate(map, field, noise, { maxIterations, tolerance: 1e-3 });
    const rest = field.map((x, i) => x - found.fields[i]);
    channels.forEach(({ name }, index) => {
      const square = sumOfSquares(rowAt(rest, index, cells));
      residuals[name].push(Math.sqrt(square / cells) / scale[name]);
    });
    priorNorm.push(sumOfSquares(found.xi) / cells);
    if (found.converged) converged++;
  }
  return { residuals, priorNorm, converged: converged / count };
}
