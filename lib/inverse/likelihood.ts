/**
 * Likelihood of images under observations, without the constants of the normal density:
 *   ln L = -1/2 sum_j ((H x + b - value) / std)_j^2.
 */
import type { LatentModel } from "./latent-model";
import type { Observations } from "./observations";

/** images [count, imageSize] -> ln L [count]; minus infinity for an image that is not finite. */
export function logLikelihoods(model: LatentModel, of: Observations): (images: Float64Array) => Float64Array {
  const read = model.reader(of);
  const m = of.value.length;
  return (images) => {
    const readings = read(images);
    return Float64Array.from({ length: readings.length / m }, (_, n) => {
      let sum = 0;
      for (let j = 0; j < m; j++) sum += ((readings[n * m + j] - of.value[j]) / of.std[j]) ** 2;
      return Number.isFinite(sum) ? -0.5 * sum : -Infinity;
    });
  };
}

/** What a method found: images of draws that all count alike, and what is known of them. */
export interface PosteriorDraws {
  /** [count, imageSize]; `LatentModel.fields` makes fields of them. */
  readonly images: Float64Array;
  /** Their coordinates y [count, d]. */
  readonly coordinates: Float64Array;
  /** ln of the model's mean of L. */
  readonly logEvidence: number;
  /** Independent draws that would be worth as much. */
  readonly ess: number;
  /** Evaluations of the network or the solver. */
  readonly evaluations: number;
}
