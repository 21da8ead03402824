/**
 * What is claimed of the mean bias, as checks that stop the notebook.
 * Where a network is involved "gone" means: smaller by an order of magnitude than what it is compared with, beyond
 * sampling error.
 */
import { gaussian, gone, quadratic } from "../chance";
import { assertAtLeast, assertAtMost, assertClose, measured, notClaimed, type Size } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import { rowAt } from "../../numerics/rows";
import { sumOfSquares } from "../../numerics/statistics";
import type { BiasRow } from "./bias-row";
import type { MeanBias } from "./stage";
import { hasRow, rowOf } from "./rows";

/**
 * Exact Gaussian score: bias and spread are those of the closed form, for both samplers and every beta_max drawn. What
 * the finite steps change of it is known exactly and counted in: how many steps are enough is another question.
 */
export function claimFormula(result: MeanBias): void {
  const largest = Math.max(...result.rows.map((r) => r.betaMax));
  for (const row of result.rows.filter((r) => r.score === "gaussian")) {
    const rate = row.betaMax === largest ? "largest beta_max" : "smaller beta_max"; // a name that a sweep keeps
    result.channels.forEach(({ name }, ch) => {
      const what = `exact Gaussian score, ${rate}, ${row.sampler}, ${name}`;
      assertAtMost(`${what}: the bias is the formula's (z of the deviation)`, row.offFormulaZ[ch], quadratic);
      const within = gaussian * row.stdRatioError[ch];
      assertClose(
        `${what}: so is the spread, its finite steps counted in`,
        row.stdRatio[ch],
        row.stepwiseStdRatio[ch],
        { within },
      );
    });
  }
}

/** |bias| / |std| of what was run, under names that hold no values: rows of a sweep's table. */
function measureBias(result: MeanBias, small: number, large: number): void {
  const cases = [
    { what: "start N(0, I), smaller beta_max", wanted: { betaMax: small } },
    { what: "matched start, smaller beta_max", wanted: { betaMax: small, start: "matched" as const } },
    { what: "centred data, smaller beta_max", wanted: { betaMax: small, start: "centred" as const } },
    ...(large > small ? [{ what: "start N(0, I), largest beta_max", wanted: { betaMax: large } }] : []),
  ];
  for (const { what, wanted } of cases.filter((c) => hasRow(result, c.wanted))) {
    result.channels.forEach(({ name }, ch) =>
      measured(`|bias| / |std| of ${name}, network, ${what}`, rowOf(result, wanted).bias[ch]),
    );
  }
}

/** The network from N(0, I) is biased where the prior mismatch is large. */
export function claimBiased(result: MeanBias, small: number): void {
  const row = rowOf(result, { betaMax: small });
  result.channels.forEach(({ name }, ch) =>
    assertAtLeast(
      `from N(0, I) at the smaller beta_max the network's mean of ${name} is biased (z)`,
      row.biasZ[ch],
      quadratic,
    ),
  );
}

/** Its profile is nearer to that of the exact empirical score than to the Gaussian formula, beyond sampling error. */
export function claimNotTheNetwork(result: MeanBias, small: number, about: readonly Size[] = []): void {
  const network = rowOf(result, { betaMax: small });
  const empirical = rowOf(result, { betaMax: small, score: "empirical" });
  const cells = network.profile.length / result.channels.length;
  const rms = (of: (x: number, i: number) => number, ch: number): number =>
    Math.sqrt(sumOfSquares(rowAt(Float64Array.from(network.profile, of), ch, cells)) / cells);
  result.channels.forEach(({ name }, ch) => {
    const toEmpirical = rms((x, i) => x - empirical.profile[i], ch);
    const toFormula = rms((x, i) => x - network.predictedProfile[i], ch);
    const error = rms((_, i) => Math.hypot(network.profileError[i], empirical.profileError[i]), ch);
    const claim =
      `the bias profile of ${name} is that of the exact empirical score, not the Gaussian formula's (distance in ` +
      "std)";
    assertAtMost(claim, toEmpirical + gaussian * error, toFormula, about);
  });
}

/**
 * Mended starts: the bias is gone. Cases that were not run are passed over. Where a bias is no more than what few
 * steps make of their own, which is known exactly, the claim is about more steps, and that is said.
 */
export function claimMended(result: MeanBias, small: number, large: number): void {
  const before = rowOf(result, { betaMax: small });
  const cases = [
    { what: "a matched start", wanted: { betaMax: small, start: "matched" as const } },
    { what: "data centred per condition", wanted: { betaMax: small, start: "centred" as const } },
    ...(large > small ? [{ what: "the largest beta_max", wanted: { betaMax: large } }] : []),
  ];
  for (const { what, wanted } of cases.filter((c) => hasRow(result, c.wanted))) {
    const row = rowOf(result, wanted);
    result.channels.forEach(({ name }, ch) => {
      const [claim, limit] = [`with ${what} the bias of ${name} is gone`, before.bias[ch] / gone];
      const most = atMost(limit, row, ch);
      if (row.bias[ch] <= most || row.bias[ch] > atMost(limit + row.stepError[ch], row, ch))
        assertAtMost(claim, row.bias[ch], most);
      else notClaimed(claim, "so few steps leave a bias themselves; see meanBias.sdeSteps=50");
    });
  }
}

/** |bias| that sampling makes of a true one of `size`: the squared ratio has null deviation bias^2 / z. */
function atMost(size: number, row: BiasRow, ch: number): number {
  const nullDeviation = row.biasZ[ch] === 0 ? 0 : row.bias[ch] ** 2 / Math.abs(row.biasZ[ch]);
  return Math.sqrt(size ** 2 + quadratic * nullDeviation);
}

/**
 * Parts (a) and (c) together. A network of one schedule with a large beta_max shows no bias to mend: then only what was
 * run is claimed. `trained` false: the network is no better than the Gaussian and is not compared with the empirical
 * score.
 */
export function claimMismatch(
  result: MeanBias,
  small: number,
  large: number,
  options: { trained?: Trained } = {},
): void {
  measureBias(result, small, large);
  const row = rowOf(result, { betaMax: small });
  if (Math.max(...row.predictedBias) < 1 / gone) {
    notClaimed(
      "the bias from N(0, I) and its mending",
      `with beta_max = ${small} the formula leaves none; see the presets with beta_max = 3`,
    );
    return;
  }
  claimBiased(result, small);
  const { trained = true } = options;
  if (trained !== false) claimNotTheNetwork(result, small, sizesOf(trained));
  claimMended(result, small, large);
}
