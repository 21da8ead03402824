/** A joint law (lib/gaussian/joint-gaussian) as tensors, table by table, and back. */
import { z } from "zod";
import type { JointStatistics, JointTable } from "../../gaussian/joint-gaussian";
import type { PolynomialFit } from "../../gaussian/polynomial-fit";
import { DamagedFileError } from "../../errors/user-error";
import { checkedJson } from "../../storage/checked-json";
import type { Tensors } from "../../storage/safetensors";
import { alongSchema, isGrid, qualitySchema, remedy } from "./quality-schema";

const parts = ["basis", "meanBase", "meanUnits"] as const;
const fits = ["mean", "logSpread", "logDiagonal", "lower", "cumulants", "powerDiagonal", "powerLower"] as const;

export function jointTensors(s: JointStatistics): Tensors {
  const vector = (data: Float64Array) => ({ dtype: "float64" as const, shape: [data.length], data });
  return Object.fromEntries([
    ["functionScale", vector(s.functionScale)],
    ...(s.lift ? [["lift", vector(s.lift)] as const] : []),
    ...s.tables.flatMap((table, k) => [
      ...parts.map((part) => [`${k}.${part}`, vector(table[part])] as const),
      ...(table.base ? [[`${k}.base`, vector(table.base)] as const] : []),
      ...fits.map((fit) => [`${k}.${fit}`, vector(table[fit].coefficients)] as const),
    ]),
  ]);
}

export function jointDescription(s: JointStatistics): z.infer<typeof schema> {
  const { cells, along, dimension, normalisation, outer, inner, quality, tables } = s;
  const [first] = tables;
  return {
    cells,
    along: along && [...along],
    dimension,
    normalisation: { mean: [...normalisation.mean], std: [...normalisation.std] },
    outer,
    inner,
    rank: first.basis.length / first.meanBase.length,
    tables: tables.length,
    reach: [...first.mean.reach],
    degrees: fits.map((fit) => first[fit].degree),
    quality,
  };
}

const whole = z.number().int().min(0).max(1e6);
const schema = z.object({
  cells: whole,
  along: alongSchema,
  dimension: whole,
  normalisation: z.object({ mean: z.array(z.number()).min(1), std: z.array(z.number().positive()).min(1) }),
  outer: whole,
  inner: whole,
  rank: whole,
  tables: whole.min(1),
  reach: z.array(z.number().positive()),
  degrees: z.array(whole).length(fits.length),
  quality: qualitySchema.optional(),
});

/** @throws DamagedFileError: sizes must fit each other and every number must be finite. */
export function jointFrom(place: string, tensors: Tensors, metadata: Record<string, string>): JointStatistics {
  const described = checkedJson(schema, metadata.description, place, "metadata description", remedy);
  const { reach, degrees, rank, dimension, normalisation, cells, along, outer, inner, quality } = described;
  const numbers = (name: string, length?: number): Float64Array => finiteNumbers(tensors, name, place, length);
  const functionScale = numbers("functionScale");
  const width = functionScale.length;
  const channels = normalisation.mean.length;
  const lift = tensors.lift ? numbers("lift") : undefined;
  const size = width * (lift ? (lift.length / dimension) * channels : dimension);
  const below = (n: number): number => (n * (n - 1)) / 2;
  const sizes: Record<(typeof fits)[number], number> = {
    mean: size,
    logSpread: size,
    logDiagonal: rank,
    lower: below(rank),
    cumulants: outer * below(inner + 1),
    powerDiagonal: channels * width,
    powerLower: channels * below(width),
  };
  const tables = Array.from({ length: described.tables }, (_, k): JointTable => {
    const fit = (name: (typeof fits)[number]): PolynomialFit => {
      const degree = degrees[fits.indexOf(name)];
      return { reach, degree, coefficients: numbers(`${k}.${name}`, termCount(reach.length, degree) * sizes[name]) };
    };
    return {
      basis: numbers(`${k}.basis`, size * rank),
      ...(lift ? { base: numbers(`${k}.base`, width * dimension) } : {}),
      meanBase: numbers(`${k}.meanBase`, size),
      meanUnits: numbers(`${k}.meanUnits`, width * channels),
      ...(Object.fromEntries(fits.map((name) => [name, fit(name)])) as Record<(typeof fits)[number], PolynomialFit>),
    };
  });
  if (!isGrid(described) || dimension !== channels * cells || outer > rank || inner > outer) {
    throw new DamagedFileError(place, misfit, remedy);
  }
  return {
    kind: "joint",
    problem: metadata.problem ?? "",
    cells,
    along,
    dimension,
    normalisation,
    functionScale,
    ...(lift ? { lift } : {}),
    outer,
    inner,
    tables,
    quality,
  };
}

const misfit = "the sizes of its arrays do not fit each other";

function finiteNumbers(tensors: Tensors, name: string, place: string, length?: number): Float64Array {
  const tensor = tensors[name];
  if (tensor?.dtype !== "float64") throw new DamagedFileError(place, `${name} must be there in float64`, remedy);
  const bad = tensor.data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw new DamagedFileError(place, `${name}[${bad}] is ${tensor.data[bad]}`, remedy);
  if (length !== undefined && tensor.data.length !== length) throw new DamagedFileError(place, misfit, remedy);
  return tensor.data;
}

/** Polynomials of total degree <= degree in so many variables: (variables + degree) over degree. */
function termCount(variables: number, degree: number): number {
  let count = 1;
  for (let k = 1; k <= degree; k++) count = (count * (variables + k)) / k;
  return Math.round(count);
}
