/**
 * Far porosities with near fields. From a draw xi0 of the prior the antipode -xi0 is the farthest point that is as
 * likely. The porosity nearest to the antipode whose fields are those of xi0,
 *   minimise  1/2 |(F(xi) - F(xi0)) / s|^2 + 1/2 |xi + xi0|^2,
 * keeps what fields determine and turns over the rest; for a linear map it is exactly xi0 in the resolved directions
 * and
 * -xi0 in the others. The weight s starts at `ruler` and is lowered until the largest difference of every watched
 * channel stays below its ruler in every cell; larger s, farther porosities, so the largest s that does is found by
 * bisection.
 */
import { sumOfSquares } from "../numerics/statistics";
import { observedChannels, type FieldMap, type Noise } from "./field-map";
import { inverseEstimate } from "./regularised-inverse";

export interface EqualFields {
  readonly eps: readonly [Float64Array, Float64Array];
  readonly g: readonly [Float64Array, Float64Array];
  readonly fields: readonly [Float64Array, Float64Array]; // [channels * cells]
  /** Largest difference of the fields in units of the ruler, over the watched channels: below 1. */
  readonly fieldDifference: number;
  /** Root mean square difference of g (prior std 1; two independent draws differ by sqrt 2). */
  readonly porosityDifference: number;
  /** |xi|^2 / cells of both: near 1 for a likely porosity. */
  readonly priorNorm: readonly [number, number];
}

/** A pair of porosities whose fields differ by less than `ruler` (SI, per watched channel) everywhere. */
export function equalFields(
  map: FieldMap,
  xi0: Float64Array,
  ruler: Noise,
  options: { bisections?: number } = {},
): EqualFields {
  const { bisections = 6 } = options;
  const first = map.fields(xi0);
  const watched = observedChannels(map, ruler);
  const difference = (fields: Float64Array) => {
    let largest = 0;
    for (const { index, level } of watched) {
      for (let i = index * map.cells; i < (index + 1) * map.cells; i++) {
        largest = Math.max(largest, Math.abs(fields[i] - first[i]) / level);
      }
    }
    return largest;
  };
  const centre = xi0.map((v) => -v);
  // the path from equal porosities outwards: each estimate starts from the last one found near
  let best = { xi: xi0, fields: first };
  const tryAt = (logShare: number): boolean => {
    const noise = Object.fromEntries(Object.entries(ruler).map(([k, v]) => [k, v * Math.exp(logShare)]));
    const found = inverseEstimate(map, first, noise, { start: best.xi, centre, tolerance: 1e-3 });
    const near = difference(found.fields) < 1;
    if (near) best = found;
    return near;
  };
  let low = 0;
  while (!tryAt(low)) {
    low -= Math.log(4);
    if (low < -20) throw new Error("equalFields: no second porosity within the ruler was found");
  }
  let high = low + Math.log(4);
  for (let k = 0; k < bisections; k++) {
    const middle = 0.5 * (low + high);
    if (tryAt(middle)) low = middle;
    else high = middle;
  }
  const g = [map.g(xi0), map.g(best.xi)] as const;
  const norm = (xi: Float64Array) => sumOfSquares(xi) / map.cells;
  return {
    eps: [map.eps(xi0), map.eps(best.xi)],
    g,
    fields: [first, best.fields],
    fieldDifference: difference(best.fields),
    porosityDifference: Math.sqrt(g[0].reduce((sum, v, i) => sum + (v - g[1][i]) ** 2, 0) / map.cells),
    priorNorm: [norm(xi0), norm(best.xi)],
  };
}
