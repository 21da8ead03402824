/**
 * Statistics as a safetensors file: of pairs of responses, or of their joint law. Everything is checked when it is read
 * back.
 */
import { z } from "zod";
import type { GaussianStatistics, PairStatistics } from "../../gaussian/conditional-gaussian";
import { DamagedFileError } from "../../errors/user-error";
import { checkedJson } from "../../storage/checked-json";
import type { DataOf } from "../../storage/numeric-array";
import { readSafetensors, writeSafetensors } from "../../storage/safetensors";
import { jointDescription, jointFrom, jointTensors } from "./joint-tensors";
import { alongSchema, isGrid, qualitySchema, remedy } from "./quality-schema";

/** The file's tensors and what they mean; `kind` says which of the two it is. */
export function writeStatistics(place: string, s: GaussianStatistics): Promise<void> {
  const metadata = (description: object) => ({
    problem: s.problem,
    kind: s.kind,
    description: JSON.stringify(description),
  });
  if (s.kind === "joint") return writeSafetensors(place, jointTensors(s), metadata(jointDescription(s)));
  const { dimension } = s;
  const rank = s.scale.length;
  return writeSafetensors(
    place,
    {
      nodes: { dtype: "float64", shape: [s.nodes.length], data: s.nodes },
      mean: { dtype: "float64", shape: [s.mean.length / dimension, dimension], data: s.mean },
      basis: { dtype: "float64", shape: [dimension, rank], data: s.basis },
      scale: { dtype: "float64", shape: [rank], data: s.scale },
      spread: { dtype: "float64", shape: [dimension], data: s.spread },
      power: { dtype: "float64", shape: [s.power.length], data: s.power },
      covariance: { dtype: "float32", shape: [s.covariance.length / rank ** 2, rank, rank], data: s.covariance },
      cumulantNodes: { dtype: "float64", shape: [s.cumulants.nodes.length], data: s.cumulants.nodes },
      cumulants: { dtype: "float32", shape: [s.cumulants.values.length], data: s.cumulants.values },
    },
    metadata({
      cells: s.cells,
      along: s.along,
      shapeDimensions: s.shapeDimensions,
      normalisation: s.normalisation,
      cumulants: { monomials: s.cumulants.monomials, outer: s.cumulants.outer, inner: s.cumulants.inner },
      quality: s.quality,
    }),
  );
}

const whole = z.number().int().min(1).max(1e6);
const descriptionSchema = z.object({
  cells: whole,
  along: alongSchema,
  shapeDimensions: whole,
  normalisation: z.object({ mean: z.array(z.number()).min(1), std: z.array(z.number().positive()).min(1) }),
  quality: qualitySchema.optional(),
  cumulants: z.object({ monomials: whole, outer: whole, inner: whole }),
});

/** Sizes must fit each other and every number must be finite. @throws DamagedFileError | UserError */
export async function readStatistics(place: string): Promise<GaussianStatistics> {
  const { tensors, metadata } = await readSafetensors(place);
  if (metadata.kind === "joint") return jointFrom(place, tensors, metadata);
  const described = checkedJson(descriptionSchema, metadata.description, place, "metadata description", remedy);
  const values = <D extends "float64" | "float32">(name: string, dtype: D): DataOf[D] => {
    const tensor = tensors[name];
    if (tensor?.dtype !== dtype) throw new DamagedFileError(place, `${name} must be there in ${dtype}`, remedy);
    const bad = tensor.data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) throw new DamagedFileError(place, `${name}[${bad}] is ${tensor.data[bad]}`, remedy);
    return tensor.data as DataOf[D];
  };
  const cumulants = {
    ...described.cumulants,
    nodes: values("cumulantNodes", "float64"),
    values: values("cumulants", "float32"),
  };
  const statistics: Omit<PairStatistics, "dimension"> = {
    kind: "pairs",
    problem: metadata.problem ?? "",
    ...described,
    cumulants,
    nodes: values("nodes", "float64"),
    mean: values("mean", "float64"),
    basis: values("basis", "float64"),
    scale: values("scale", "float64"),
    spread: values("spread", "float64"),
    power: values("power", "float64"),
    covariance: values("covariance", "float32"),
  };
  const { cells, shapeDimensions, normalisation, mean, basis, scale, spread, power, covariance } = statistics;
  const channels = normalisation.mean.length;
  const dimension = channels * cells;
  const nodes = statistics.nodes.length / shapeDimensions;
  const rank = scale.length;
  const pairs = covariance.length / (nodes * rank ** 2);
  const width = mean.length / (nodes * dimension);
  const { monomials, outer, inner } = cumulants;
  const ofCumulants = (cumulants.nodes.length / shapeDimensions) * monomials * outer * ((inner * (inner + 1)) / 2);
  const fits =
    [nodes, rank, pairs, width].every((n) => Number.isInteger(n) && n >= 1) &&
    pairs === (width * (width + 1)) / 2 &&
    isGrid(statistics) &&
    spread.length === dimension &&
    basis.length === dimension * rank &&
    power.length === nodes * channels * pairs &&
    outer <= rank &&
    inner <= outer &&
    cumulants.values.length === ofCumulants &&
    normalisation.std.length === channels;
  if (!fits) throw new DamagedFileError(place, "the sizes of its arrays do not fit each other", remedy);
  return { ...statistics, dimension };
}
