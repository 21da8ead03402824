/**
 * From the posterior under a coarse model to that under the model itself: both are maps of the same coordinates y, the
 * coarse one with few steps of the flow. With R and R_c their logarithms of likelihood over reference, the population
 * of exp(R_c) is carried to exp((1 - t) R_c + t R), t from 0 to 1, mostly in one step since the maps are near each
 * other. Moves ask the coarse model first and the other only for what it lets pass (delayed acceptance, Christen and
 * Fox: Markov chain Monte Carlo Using an Approximation, 2005, https://doi.org/10.1198/106186005X76983): accepted with
 * min(1, exp(dR_c)) and then min(1, exp(t (dR - dR_c))), which keeps exactly that law. So most of the search is paid
 * for in the coarse model's evaluations, and the draws are of the fine one.
 */
import { effectiveSize, logMeanExp, normalisedWeights, systematicResample } from "../numerics/importance-weights";
import { rowsAt } from "../numerics/rows";
import type { Stream } from "../random/stream";
import { chosenOf, type Evaluate, nextStep, type Population, proposed, replaceRow } from "./population";

/** What one refinement needs: both models' images and R of rows u. */
export interface Refinement {
  readonly coarse: Evaluate;
  readonly fine: Evaluate;
  readonly sizes: { readonly dimension: number; readonly imageSize: number };
  readonly stream: Stream;
  readonly moves: number;
  /** Size of the moves' steps to begin with. */
  readonly step: number;
}

export interface Refined {
  readonly population: Population;
  /** ln of the mean of exp(R - R_c) over the coarse posterior. */
  readonly logEvidence: number;
  readonly temperatures: readonly number[];
  readonly acceptance: readonly number[];
}

export async function refinedPopulation(from: Population, options: Refinement): Promise<Refined> {
  const { fine, sizes, stream, moves } = options;
  const count = from.ratio.length;
  const found = await fine(from.u);
  let now: Population = { ...from, images: found.images, ratio: found.ratio };
  let coarse = from.ratio;
  let [t, b, logEvidence] = [0, options.step, 0];
  const temperatures: number[] = [];
  const acceptance: number[] = [];
  while (t < 1) {
    const gain = now.ratio.map((r, n) => r - coarse[n]);
    const step = nextStep(gain, 1 - t);
    const logs = gain.map((r) => step * r);
    logEvidence += logMeanExp(logs);
    t = step === 1 - t ? 1 : t + step;
    temperatures.push(t);
    const own = stream.child(`fineness ${temperatures.length}`);
    if (effectiveSize(logs) < 0.999 * count) {
      const chosen = systematicResample(normalisedWeights(logs), count, own.child("choose").uniforms(1)[0]);
      now = chosenOf(now, chosen, sizes);
      coarse = Float64Array.from(chosen, (n) => coarse[n]);
    }
    let total = 0;
    for (let move = 0; move < moves; move++) {
      const accepted = await delayedMove(now, coarse, t, b, own.child(move), options);
      total += accepted / moves;
      b = Math.min(1, Math.max(0.02, b * Math.exp(accepted - 0.35)));
    }
    acceptance.push(total);
  }
  return { population: now, logEvidence, temperatures, acceptance };
}

/** One move of every row, in place; returns the share that was accepted. */
async function delayedMove(
  now: Population,
  coarse: Float64Array,
  t: number,
  b: number,
  s: Stream,
  { coarse: ask, fine, sizes }: Refinement,
): Promise<number> {
  const count = coarse.length;
  const next = await ask(proposed(now.u, b, s));
  const first = s.child("accept").uniforms(count);
  const passed = [...coarse.keys()].filter((n) => Math.log(first[n]) < next.ratio[n] - coarse[n]);
  if (passed.length === 0) return 0;
  const tried = await fine(rowsAt(next.u, passed, sizes.dimension));
  const second = s.child("accept finely").uniforms(count);
  let accepted = 0;
  passed.forEach((n, k) => {
    const [dFine, dCoarse] = [tried.ratio[k] - now.ratio[n], next.ratio[n] - coarse[n]];
    if (!(Math.log(second[n]) < t * (dFine - dCoarse))) return;
    accepted++;
    coarse[n] = next.ratio[n];
    replaceRow(now, n, tried, k, sizes);
  });
  return accepted / count;
}
