/**
 * Sliced Wasserstein distance: for unit vectors u in the space of whitened leading modes (of both samples),
 *   SW^2 = mean over u of  int_0^1 (Q_gen,u(t) - Q_ref,u(t))^2 dt,
 * Q the quantile functions of the projections. In whitened modes every direction has spread 1, so small modes count as
 * much as large ones (the energy distance looks at the large ones). It is positive for equal laws too; the null are
 * random halves of the reference at the same directions, whose expected value falls as 1/n + 1/m, so they are rescaled
 * to the sizes of the comparison: p = (1 + number of null values >= observed) / (1 + splits).
 */
import { type Fields, permutation } from "../fields/fields";
import { rowAt } from "../numerics/rows";
import { checkComparable } from "./field-sample";
import { pooledScores } from "./principal-modes";
import type { Stream } from "../random/stream";
import { mean, standardDeviation, sumOfSquares } from "../numerics/statistics";

export interface SlicedWasserstein {
  readonly distance: number; // SW, in standard deviations
  readonly nullMean: number; // root of the mean null SW^2
  readonly nullDistances: readonly number[]; // rising
  readonly z: number; // (SW^2 - null mean) / null std
  readonly p: number;
}

/**
 * Distance on `modes` whitened modes over `directions` random directions; the null takes `nullCount` fields of the
 * reference.
 */
export function slicedWasserstein(
  generated: Fields,
  reference: Fields,
  options: { stream: Stream; modes?: number; directions?: number; splits?: number; nullCount?: number },
): SlicedWasserstein {
  checkComparable("slicedWasserstein", generated, reference);
  const { stream, directions = 64, splits = 39, nullCount = 2000 } = options;
  const { modes, generated: x, reference: y } = pooledScores(generated, reference, options.modes ?? 16);
  const [n, m] = [generated.count, reference.count];
  const used = Math.min(m, nullCount);
  const half = Math.floor(used / 2);
  const orders = Array.from({ length: splits }, (_, s) => permutation(m, stream.child("split").child(s)));
  const normals = stream.child("directions").normals(directions * modes);

  let square = 0;
  const nullSquares = new Float64Array(splits);
  for (let d = 0; d < directions; d++) {
    const u = rowAt(normals, d, modes);
    const norm = Math.sqrt(sumOfSquares(u));
    const project = (scores: Float64Array, count: number) => {
      const out = new Float64Array(count);
      for (let i = 0; i < count; i++) for (let k = 0; k < modes; k++) out[i] += (u[k] / norm) * scores[i * modes + k];
      return out;
    };
    const py = project(y, m);
    square += squaredDistance(project(x, n).sort(), Float64Array.from(py).sort()) / directions;
    orders.forEach((order, s) => {
      const pick = (from: number, to: number) => {
        const values = new Float64Array(to - from);
        for (let k = from; k < to; k++) values[k - from] = py[order[k]];
        return values.sort();
      };
      nullSquares[s] += squaredDistance(pick(0, half), pick(half, used)) / directions;
    });
  }
  const rescale = (1 / n + 1 / m) / (1 / half + 1 / (used - half));
  const nullValues = Array.from(nullSquares, (v) => v * rescale).sort((a, b) => a - b);
  const expected = mean(nullValues);
  return {
    distance: Math.sqrt(square),
    nullMean: Math.sqrt(expected),
    nullDistances: nullValues.map(Math.sqrt),
    z: (square - expected) / standardDeviation(nullValues),
    p: (1 + nullValues.filter((v) => v >= square).length) / (1 + splits),
  };
}

/** int (Q_a - Q_b)^2 dt of two sorted samples of any sizes: exact for their step functions. */
export function squaredDistance(a: Float64Array, b: Float64Array): number {
  const [n, m] = [a.length, b.length];
  let [i, j, t, sum] = [0, 0, 0, 0];
  while (i < n && j < m) {
    const next = Math.min((i + 1) / n, (j + 1) / m);
    sum += (next - t) * (a[i] - b[j]) ** 2;
    t = next;
    if ((i + 1) * m <= (j + 1) * n) {
      if ((i + 1) * m === (j + 1) * n) j++;
      i++;
    } else j++;
  }
  return sum;
}
