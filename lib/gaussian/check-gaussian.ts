/**
 * The test of a conditional Gaussian before anything is trained on it: at drawn conditions, against fresh solver fields
 * (gaussian-quality.ts).
 */
import { drawConditions } from "../ensemble/conditions";
import { generateEnsemble } from "../ensemble/generate";
import { toNetwork } from "../fields/units";
import type { Stream } from "../random/stream";
import type { Problem } from "../transport/problem";
import { gaussianAt, type GaussianLaw, type GaussianStatistics, gridCells } from "./conditional-gaussian";
import type { GaussianQuality } from "./gaussian-quality";
import { weakestKnown } from "./joint-gaussian";

export interface CheckOptions {
  readonly problem: Problem;
  readonly statistics: GaussianStatistics;
  readonly conditions?: number;
  readonly porosities?: number;
  readonly stream: Stream;
  readonly workers?: number;
  readonly signal?: AbortSignal;
}

/** Modes that are tested, down to `weakestKnown` of the first one's spread. */
const modesTested = 32;

/** About two seconds for sixteen conditions. */
export async function checkGaussian(o: CheckOptions): Promise<GaussianQuality> {
  const { problem, statistics, conditions = 16, porosities = 2000 } = o;
  const drawn = drawConditions(problem, conditions, o.stream.child("conditions"));
  const { fields } = await generateEnsemble({
    problem,
    conditions: drawn,
    count: porosities,
    cells: gridCells(statistics),
    stream: o.stream,
    workers: o.workers,
    signal: o.signal,
  });
  const samples = fields.split(drawn.length);
  const each = drawn.map((condition, i) => {
    const law = gaussianAt(statistics, problem, condition, { rank: 2 * modesTested, components: "correlation" });
    return compare(toNetwork(samples[i].values, statistics.normalisation, statistics.cells), law, statistics);
  });
  const bias = each.flatMap((c) => c.bias);
  const std = each.flatMap((c) => c.std);
  const spectrum = each.flatMap((c) => c.spectrum);
  return {
    conditions,
    porosities,
    bias: { rms: Math.hypot(...bias) / Math.sqrt(bias.length || 1), worst: Math.max(0, ...bias) },
    std: { least: Math.min(...std), most: Math.max(...std) },
    spectrum: {
      least: Math.min(...spectrum),
      most: Math.max(...spectrum),
      modes: Math.max(...each.map((c) => c.spectrum.length)),
    },
    error: 1 / Math.sqrt(porosities),
    ...(statistics.kind === "joint" ? { degree: statistics.tables[0].logDiagonal.degree } : {}),
  };
}

/** Of one condition: bias and spread of each channel that varies, and the fields' spread along the Gaussian's modes. */
function compare(
  fields: Float64Array,
  law: GaussianLaw,
  { cells, dimension }: GaussianStatistics,
): { bias: number[]; std: number[]; spectrum: number[] } {
  const count = fields.length / dimension;
  const mean = new Float64Array(dimension);
  const square = new Float64Array(dimension);
  for (let n = 0; n < count; n++) for (let i = 0; i < dimension; i++) mean[i] += fields[n * dimension + i] / count;
  for (let n = 0; n < count; n++)
    for (let i = 0; i < dimension; i++) square[i] += (fields[n * dimension + i] - mean[i]) ** 2 / (count - 1);
  const bias: number[] = [];
  const std: number[] = [];
  for (let start = 0; start < dimension; start += cells) {
    let [off, spread, own] = [0, 0, 0];
    for (let i = start; i < start + cells; i++) {
      off += (mean[i] - law.mean[i]) ** 2;
      spread += square[i];
      for (let k = 0; k < law.rank; k++)
        own += law.variance[k] * (law.modes[i * law.rank + k] * (law.spread?.[i] ?? 1)) ** 2;
    }
    if (!(spread > 1e-24)) continue; // a channel that does not depend on the porosity here
    bias.push(Math.sqrt(off / spread));
    std.push(Math.sqrt(own / spread));
  }
  let strong = 0;
  while (strong < Math.min(modesTested, law.rank) && law.variance[strong] > weakestKnown ** 2 * law.variance[0])
    strong++;
  const [sum, squares, y] = [0, 0, 0].map(() => new Float64Array(strong));
  for (let n = 0; n < count; n++) {
    y.fill(0);
    for (let i = 0; i < dimension; i++) {
      const [off, s, from] = [fields[n * dimension + i] - mean[i], law.spread?.[i] ?? 1, i * law.rank];
      for (let k = 0; k < strong; k++) y[k] += (law.modes[from + k] * off) / s;
    }
    for (let k = 0; k < strong; k++) {
      sum[k] += y[k];
      squares[k] += y[k] * y[k];
    }
  }
  const spectrum = Array.from(squares, (square, k) =>
    Math.sqrt((square - (sum[k] * sum[k]) / count) / (count - 1) / law.variance[k]),
  );
  return { bias, std, spectrum };
}
