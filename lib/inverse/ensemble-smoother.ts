/**
 * Ensemble smoother with multiple data assimilation (Emerick & Reynolds 2013), as reservoir engineers do it: an
 * ensemble of coordinates y is shifted `rounds` times by the regression of coordinates on readings, with the noise's
 * variance multiplied by `rounds` each time,
 *   y <- y + C_yd (C_dd + rounds R)^-1 (d + sqrt(rounds) R^(1/2) e - H T(y)),   C the ensemble's own covariances.
 * For a linear model and a large ensemble it is exact; else its error has no estimate, and it knows no evidence. Here
 * as a peer to compare with.
 */
import { cholesky, choleskySolve } from "../numerics/linear-algebra";
import { rowAt } from "../numerics/rows";
import type { Stream } from "../random/stream";
import type { LatentModel } from "./latent-model";
import type { PosteriorDraws } from "./likelihood";
import type { Observations } from "./observations";

export async function ensembleSmoother(
  model: LatentModel,
  of: Observations,
  options: { count: number; stream: Stream; rounds?: number; signal?: AbortSignal },
): Promise<PosteriorDraws> {
  const { count, stream, rounds = 4, signal } = options;
  const read = model.reader(of);
  const m = of.value.length;
  let y = stream.child("start").normals(count * model.dimension);
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    const readings = read(await model.images(y));
    const noise = stream.child(`round ${round}`).normals(count * m);
    const wanted = readings.map((v, k) => of.value[k % m] + Math.sqrt(rounds) * of.std[k % m] * noise[k] - v);
    y = shifted(y, readings, wanted, of.std.map((s) => rounds * s * s)); // prettier-ignore
  }
  const images = await model.images(y);
  const evaluations = (rounds + 1) * count * model.evaluations;
  return { images, coordinates: y, logEvidence: NaN, ess: count, evaluations };
}

/** y + C_yd (C_dd + noise)^-1 wanted, row by row; covariances of the ensemble. */
function shifted(y: Float64Array, readings: Float64Array, wanted: Float64Array, noise: Float64Array): Float64Array {
  const m = noise.length;
  const count = readings.length / m;
  const d = y.length / count;
  const [dy, dr] = [centred(y, d), centred(readings, m)];
  const Cdd = new Float64Array(m * m);
  const Cyd = new Float64Array(d * m);
  for (let n = 0; n < count; n++) {
    for (let j = 0; j < m; j++) {
      const r = dr[n * m + j] / (count - 1);
      for (let k = 0; k < m; k++) Cdd[j * m + k] += r * dr[n * m + k];
      for (let i = 0; i < d; i++) Cyd[i * m + j] += r * dy[n * d + i];
    }
  }
  for (let j = 0; j < m; j++) Cdd[j * m + j] += noise[j];
  const L = cholesky(Cdd, m);
  const out = y.slice();
  for (let n = 0; n < count; n++) {
    const w = choleskySolve(L, m, rowAt(wanted, n, m));
    for (let i = 0; i < d; i++) for (let j = 0; j < m; j++) out[n * d + i] += Cyd[i * m + j] * w[j];
  }
  return out;
}

function centred(rows: Float64Array, size: number): Float64Array {
  const mean = new Float64Array(size);
  for (let k = 0; k < rows.length; k++) mean[k % size] += (rows[k] * size) / rows.length;
  return rows.map((v, k) => v - mean[k % size]);
}
