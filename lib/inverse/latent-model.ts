/**
 * A model of fields as a map of standard normal coordinates,
 *   y ~ N(0, I) [d]  ->  image T(y)  ->  field x  ->  readings H x + b,
 * which is what every way to a posterior here needs. Three models have this form:
 *   the conditional Gaussian: T is the identity, x = mu + D V diag(lambda)^(1/2) y;
 *   the flow of a trained network: T carries the first K coordinates from noise to data, the modes beyond K stay as
 *   they are; the solver: y are the prior coordinates of the porosity, g = L y, and the image is the field itself.
 */
import type { GaussianLaw } from "../gaussian/conditional-gaussian";
import { fieldsFromCoordinates } from "../gaussian/mode-fields";
import type { Calibration } from "../model/self-calibration";
import type { ModeArrays } from "../model/mode-geometry";
import type { ModeSampler } from "../model/mode-flow";
import type { Normalisation } from "../fields/units";
import { rowAt } from "../numerics/rows";
import { DepletionError, InadmissibleInput } from "../transport/errors";
import type { FieldMap } from "./field-map";
import { readingsOf, type Sensors } from "./observations";

export interface LatentModel {
  /** d, numbers of y; numbers of an image; numbers of a field. */
  readonly dimension: number;
  readonly imageSize: number;
  readonly size: number;
  /** Evaluations of the network, or of the solver, for one image. */
  readonly evaluations: number;
  /** y [count, d] -> images [count, imageSize]. Row k depends on row k alone. A row that has no image is NaN. */
  images(y: Float64Array): Promise<Float64Array>;
  /** images -> fields [count, size], SI units. */
  fields(images: Float64Array): Float64Array;
  /** Prepares what sensors read of images: [count, imageSize] -> [count, sensors]. */
  reader(of: Sensors): (images: Float64Array) => Float64Array;
}

/** Readings that are affine in an image: base + slope image, slope [sensors, imageSize]. */
export interface AffineReadings {
  readonly base: Float64Array;
  readonly slope: Float64Array;
}

/** A model whose fields are affine in its images, mean + columns image: the Gaussian and the flow. */
export interface AffineLatentModel extends LatentModel {
  affine(of: Sensors): AffineReadings;
}

/** The conditional Gaussian of a condition. */
export function gaussianLatent(law: GaussianLaw, normalisation: Normalisation): AffineLatentModel {
  const { rank, dimension } = law;
  const fields = (images: Float64Array): Float64Array => fieldsFromCoordinates(images, law, normalisation);
  const affine = (of: Sensors): AffineReadings => {
    // readings of the mean and of the mean plus each unit coordinate: the law is affine
    const units = new Float64Array((rank + 1) * rank);
    for (let k = 0; k < rank; k++) units[(k + 1) * rank + k] = 1;
    const read = readingsOf(of, fields(units));
    const m = of.functionals.length;
    const slope = new Float64Array(m * rank);
    for (let j = 0; j < m; j++) for (let k = 0; k < rank; k++) slope[j * rank + k] = read[(k + 1) * m + j] - read[j];
    return { base: read.slice(0, m), slope };
  };
  return {
    dimension: rank,
    imageSize: rank,
    size: dimension,
    evaluations: 0,
    images: (y) => Promise.resolve(y.slice()),
    fields,
    affine,
    reader: (of) => affineReader(affine(of)),
  };
}

/** The flow of a trained network at a condition; its modes beyond the network's are those of the Gaussian. */
export function flowLatent(
  law: GaussianLaw,
  normalisation: Normalisation,
  flow: { sampler: ModeSampler; condition: ModeArrays; calibration?: Calibration; signal?: AbortSignal },
): AffineLatentModel {
  const gaussian = gaussianLatent(law, normalisation);
  const { sampler, condition, calibration, signal } = flow;
  const K = Math.min(condition.std.length, law.rank);
  const width = condition.std.length; // the network's own number of modes, should the law have fewer
  return {
    ...gaussian,
    evaluations: sampler.evaluations,
    async images(y) {
      const { rank } = law;
      const count = y.length / rank;
      const start = new Float32Array(count * width);
      for (let n = 0; n < count; n++) for (let k = 0; k < K; k++) start[n * width + k] = y[n * rank + k];
      const end = await sampler.push(condition, start, { calibration, signal });
      const images = y.slice();
      for (let n = 0; n < count; n++) for (let k = 0; k < K; k++) images[n * rank + k] = end[n * width + k];
      return images;
    },
  };
}

/** The solver on random porosities. A porosity that it refuses (depletion) has no field. */
export function solverLatent(map: FieldMap): LatentModel {
  const size = map.problem.channels.length * map.cells;
  const n = map.cells;
  return {
    dimension: n,
    imageSize: size,
    size,
    evaluations: 1,
    images(y) {
      const images = new Float64Array((y.length / n) * size);
      for (let k = 0; k * n < y.length; k++) images.set(fieldOrNone(map, rowAt(y, k, n), size), k * size);
      return Promise.resolve(images);
    },
    fields: (images) => images.slice(),
    reader: (of) => (images) => readingsOf(of, images),
  };
}

function fieldOrNone(map: FieldMap, xi: Float64Array, size: number): Float64Array {
  try {
    return map.fields(xi);
  } catch (error) {
    if (error instanceof DepletionError || error instanceof InadmissibleInput) return new Float64Array(size).fill(NaN);
    throw error;
  }
}

/** base + slope image for every image. */
function affineReader({ base, slope }: AffineReadings): (images: Float64Array) => Float64Array {
  const m = base.length;
  const size = slope.length / m;
  return (images) => {
    const out = new Float64Array((images.length / size) * m);
    for (let n = 0; n * size < images.length; n++) {
      for (let j = 0; j < m; j++) {
        let sum = base[j];
        for (let k = 0; k < size; k++) sum += slope[j * size + k] * images[n * size + k];
        out[n * m + j] = sum;
      }
    }
    return out;
  };
}
