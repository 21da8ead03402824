/**
 * Solver fields in the coordinates of their leading modes, beside what may be told of their porosities: the mean of
 * eps, and Karhunen-Loeve modes of g. Features have mean 0 and variance 1; what is told is a list of their columns.
 */
import { gram, rowProducts, symmetricEigen } from "../../numerics/linear-algebra";
import { moments } from "../../diagnostics/moments";
import { generateEnsemble } from "../../ensemble/generate";
import type { Normalisation } from "../../fields/units";
import { covarianceAt } from "../../porosity/covariance";
import { porosityInverse } from "../../porosity/law";
import type { Stream } from "../../random/stream";
import type { Problem } from "../../transport/problem";
import type { Common } from "../common-settings";
import type { ConfounderSettings } from "./settings";
import { leadingGaussian } from "../../gaussian/ensemble-law";
import { rowAt, rowsOf, transposed } from "../../numerics/rows";
import type { Setting } from "../mean-bias/published-setting";
import { axisOf, correlationLengths, referenceCondition } from "../../transport/domain";

export interface ConfounderInput extends Common {
  readonly confounder: ConfounderSettings;
  readonly normalisation: Normalisation;
}

/** Directions in which the fields are resolved. */
const planeRank = 48;

export const blocks = 8;

/** Fields in the coordinates w of their leading modes beside what may be told of their porosities. */
export interface ToldEnsemble {
  readonly setting: Setting;
  readonly count: number;
  readonly rank: number;
  /** [count, rank], network units, about the mean. */
  readonly coordinates: Float64Array;
  /** Names of what is told, and which columns of `features` each is. */
  readonly told: readonly { readonly name: string; readonly columns: readonly number[] }[];
  /** [count, columns], each of mean 0 and variance 1. */
  readonly features: Float64Array;
  readonly columns: number;
}

export async function toldEnsemble(
  p: Problem,
  input: ConfounderInput,
  source: Stream,
  signal?: AbortSignal,
): Promise<ToldEnsemble> {
  const { cells } = axisOf(p, input.problem.cells);
  const { fields: count, modes } = input.confounder;
  const found = await generateEnsemble({
    problem: p,
    conditions: [referenceCondition(p)],
    count,
    cells,
    stream: source,
    keepPorosity: true,
    signal,
  });
  const reference = found.fields;
  const inUnits = reference.toNetwork(input.normalisation).values;
  const law = leadingGaussian(inUnits, count, planeRank);
  const d = law.dimension;
  const setting: Setting = {
    problem: p,
    normalisation: input.normalisation,
    reference,
    moments: moments(reference),
    law,
    error: new Float64Array(d * d), // the law at hand is this Gaussian itself
  };
  const coordinates = rowProducts(
    inUnits.map((x, at) => x - law.mean[at % d]),
    count,
    d,
    transposed(law.modes, law.rank),
    law.rank,
  );
  const largest = Math.max(...modes);
  const columns = 1 + largest;
  const features = new Float64Array(count * columns);
  const eps = found.porosity!.values;
  rowsOf(eps, cells).forEach((own, n) => own.forEach((e) => (features[n * columns] += e / cells)));
  const kl = rowProducts(porosityInverse(eps, p.porosity.law), count, cells, karhunenLoeve(p, cells, largest), largest);
  for (let n = 0; n < count; n++) for (let k = 0; k < largest; k++) features[n * columns + 1 + k] = kl[n * largest + k];
  standardise(features, count, columns);
  const told = [
    { name: "nothing", columns: [] },
    { name: "mean", columns: [0] },
    ...modes.map((m) => ({
      name: `${m} mode${m > 1 ? "s" : ""}`,
      columns: Array.from({ length: m }, (_, k) => 1 + k),
    })),
  ];
  return { setting, count, rank: law.rank, coordinates, told, features, columns };
}

/** Leading eigenvectors [modes, cells] of the covariance of g at the reference condition. */
function karhunenLoeve(p: Problem, cells: number, modes: number): Float64Array {
  const { covariance } = p.porosity;
  const [correlationLength] = correlationLengths(p, referenceCondition(p));
  const C = Float64Array.from({ length: cells * cells }, (_, at) =>
    covarianceAt(
      covariance,
      (Math.abs(Math.floor(at / cells) - (at % cells)) * p.domain[0].length) / cells,
      correlationLength,
    ),
  );
  return symmetricEigen(C, cells).vectors.subarray(0, modes * cells);
}

function standardise(values: Float64Array, count: number, columns: number): void {
  for (let k = 0; k < columns; k++) {
    let mean = 0;
    let square = 0;
    for (let n = 0; n < count; n++) mean += values[n * columns + k] / count;
    for (let n = 0; n < count; n++) square += (values[n * columns + k] - mean) ** 2 / (count - 1);
    for (let n = 0; n < count; n++) values[n * columns + k] = (values[n * columns + k] - mean) / Math.sqrt(square);
  }
}

/** Joint second moments of (w, f) in each block of the ensemble, [rank + columns]^2, not centred. */
export function blockMoments({ count, rank, coordinates, features, columns }: ToldEnsemble): Float64Array[] {
  const size = rank + columns;
  return Array.from({ length: blocks }, (_, b) => {
    const [from, to] = [Math.floor((b * count) / blocks), Math.floor(((b + 1) * count) / blocks)];
    const rows = new Float64Array((to - from) * size);
    for (let n = from; n < to; n++) {
      rows.set(rowAt(coordinates, n, rank), (n - from) * size);
      rows.set(rowAt(features, n, columns), (n - from) * size + rank);
    }
    return gram(rows, to - from, size);
  });
}
