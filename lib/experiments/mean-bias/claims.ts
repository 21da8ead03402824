/**
 * What chapter 5 claims, as checks that stop the notebook. Each has its null:
 *   z of a squared bias   a quadratic form of Gaussian errors; the widest such null, (chi^2_1 - 1) / sqrt 2, exceeds 7 once in a thousand
 *   z of one number       Gaussian; |z| > 4 once in 16,000
 * Where a network is involved "gone" means: smaller by an order of magnitude than what it is compared with, beyond sampling error.
 */
import { assertAtLeast, assertAtMost, assertClose } from "../../notebook/claims";
import type { BiasBudget, BudgetRow } from "../bias-budget/stage";
import type { Confounder, ConfounderRow } from "../confounder/stage";
import type { FloorSpectra, FloorSource, FloorSpectrum } from "../floor-spectra/stage";
import type { BiasRow, MeanBias } from "./stage";
import { hasRow, rowOf } from "./figures";
import { publishedRoughness } from "../floor-spectra/published-roughness";

const quadratic = 7;
const gaussian = 4;
const gone = 10;
const channels = ["c", "phi"] as const;

/** Exact Gaussian score: bias and spread are those of the closed form, for both samplers and every beta_max drawn. */
export function claimFormula(result: MeanBias): void {
  for (const row of result.rows.filter((r) => r.score === "gaussian")) {
    channels.forEach((name, ch) => {
      const what = `exact Gaussian score, beta_max = ${row.betaMax}, ${row.sampler}, ${name}`;
      assertAtMost(`${what}: the bias is the formula's (z of the deviation)`, row.offFormulaZ[ch], quadratic);
      const within = gaussian * row.stdRatioError[ch];
      assertClose(`${what}: so is the spread`, row.stdRatio[ch], row.predictedStdRatio[ch], { within });
    });
  }
}

/** The network from N(0, I) is biased where the prior mismatch is large. */
export function claimBiased(result: MeanBias, small: number): void {
  const row = rowOf(result, { betaMax: small });
  channels.forEach((name, ch) =>
    assertAtLeast(
      `from N(0, I) at beta_max = ${small} the network's mean of ${name} is biased (z)`,
      row.biasZ[ch],
      quadratic,
    ),
  );
}

/** Its profile is nearer to that of the exact empirical score than to the Gaussian formula, beyond sampling error. */
export function claimNotTheNetwork(result: MeanBias, small: number): void {
  const network = rowOf(result, { betaMax: small });
  const empirical = rowOf(result, { betaMax: small, score: "empirical" });
  const rms = (x: (i: number) => number, ch: number): number => {
    const cells = network.profile.length / 2;
    const squares = Array.from({ length: cells }, (_, i) => x(ch * cells + i) ** 2);
    return Math.sqrt(squares.reduce((a, b) => a + b, 0) / cells);
  };
  channels.forEach((name, ch) => {
    const toEmpirical = rms((i) => network.profile[i] - empirical.profile[i], ch);
    const toFormula = rms((i) => network.profile[i] - network.predictedProfile[i], ch);
    const error = rms((i) => Math.hypot(network.profileError[i], empirical.profileError[i]), ch);
    const claim = `the bias profile of ${name} is that of the exact empirical score, not the Gaussian formula's (distance in std)`;
    assertAtMost(claim, toEmpirical + gaussian * error, toFormula);
  });
}

/** Mended starts: the bias is gone. Cases that were not run are passed over. */
export function claimMended(result: MeanBias, small: number, large: number): void {
  const before = rowOf(result, { betaMax: small });
  const cases = [
    { what: "a matched start", wanted: { betaMax: small, start: "matched" as const } },
    { what: "data centred per condition", wanted: { betaMax: small, start: "centred" as const } },
    ...(large > small ? [{ what: `beta_max = ${large}`, wanted: { betaMax: large } }] : []),
  ];
  for (const { what, wanted } of cases.filter((c) => hasRow(result, c.wanted))) {
    const row = rowOf(result, wanted);
    channels.forEach((name, ch) =>
      assertAtMost(`with ${what} the bias of ${name} is gone`, row.bias[ch], atMost(before.bias[ch] / gone, row, ch)),
    );
  }
}

/** |bias| that sampling makes of a true one of `size`: the squared ratio has null deviation bias^2 / z. */
function atMost(size: number, row: BiasRow, ch: number): number {
  const nullDeviation = row.biasZ[ch] === 0 ? 0 : row.bias[ch] ** 2 / Math.abs(row.biasZ[ch]);
  return Math.sqrt(size ** 2 + quadratic * nullDeviation);
}

/** Told more, spread and absolute bias fall as the formula says; their ratio does not fall steadily, with the flow not at all. */
export function claimConfounder({ rows }: Confounder): void {
  const of = (sampler: string): ConfounderRow[] => rows.filter((r) => r.sampler === sampler);
  channels.forEach((name, ch) => {
    for (const row of rows) {
      const claim = `told ${row.told}, ${row.sampler}, ${name}: drawn fields have the formula's bias (z of the deviation)`;
      assertAtMost(claim, row.sampledZ[ch], quadratic);
      const spread = `told ${row.told}, ${row.sampler}, ${name}: so have they its spread (over the formula's)`;
      const within = (gaussian * row.sampledStdError[ch]) / row.generatedStd[ch];
      assertClose(spread, row.sampledStd[ch] / row.generatedStd[ch], 1, { within });
    }
    for (const sampler of ["reverse SDE", "probability flow"]) {
      const [none, ...told] = of(sampler);
      const most = told[told.length - 1];
      const margin = (a: readonly number[], b: readonly number[]): number => gaussian * Math.hypot(a[ch], b[ch]);
      const std = most.std[ch] + margin(most.stdError, none.stdError);
      const bias = most.bias[ch] + margin(most.biasError, none.biasError);
      assertAtMost(
        `${sampler}, ${name}: told ${most.told} the spread is at most half (SI units)`,
        std,
        none.std[ch] / 2,
      );
      assertAtMost(`${sampler}, ${name}: and so is the absolute bias`, bias, none.bias[ch] / 2);
    }
    const steps = of("reverse SDE").filter((r) => /mode/.test(r.told));
    const rises = steps.slice(1).map((r, k) => ({
      rise: r.ratio[ch] - steps[k].ratio[ch],
      error: Math.hypot(r.ratioError[ch], steps[k].ratioError[ch]),
    }));
    const largest = rises.reduce((a, b) => (b.rise / b.error > a.rise / a.error ? b : a));
    assertAtLeast(
      `bias/std of ${name} is not monotone in what is told (largest rise, standard errors)`,
      largest.rise / largest.error,
      gaussian,
    );
  });
  const [none, ...told] = of("probability flow");
  const most = told[told.length - 1];
  const phi = 1;
  const margin = gaussian * Math.hypot(none.ratioError[phi], most.ratioError[phi]);
  assertAtLeast(
    `probability flow: bias/std of phi told ${most.told} is not below that of a model told nothing`,
    most.ratio[phi] + margin,
    none.ratio[phi],
  );
}

/** The prior mismatch carries the bias: everything else, and what is left over, is smaller by an order of magnitude. */
export function claimBudget({ rows }: BiasBudget, options: { scoreTrained?: boolean } = {}): void {
  const of = (cause: BudgetRow["cause"]): BudgetRow => rows.find((r) => r.cause === cause)!;
  const prior = of("prior mismatch");
  const aboutTheScore = ["score error", "finite ensemble", "left over"];
  channels.forEach((name, ch) => {
    const z = prior.ratio[ch] / prior.ratioError[ch];
    assertAtLeast(`the prior mismatch alone biases the mean of ${name} (standard errors)`, z, gaussian);
    for (const row of rows.filter((r) => r !== prior && r.cause !== "measured")) {
      if (options.scoreTrained === false && aboutTheScore.includes(row.cause)) continue;
      const limit = prior.ratio[ch] / gone + gaussian * row.ratioError[ch];
      assertAtMost(`beside it "${row.cause}" is small in ${name}`, Math.abs(row.ratio[ch]), limit);
    }
  });
}

/** The missing last step leaves the white floor sigma(t_min), nothing else; with the step the roughness is the solver's. */
export function claimFloor(result: FloorSpectra): void {
  const of = (source: FloorSource, ch: number): FloorSpectrum =>
    result.spectra.find((s) => s.source === source && s.channel === ch)!;
  channels.forEach((name, ch) => {
    const within = gaussian * result.floorError[ch];
    assertClose(`the floor in ${name} is sigma(t_min) (network units)`, result.floor[ch], result.predictedFloor, {
      within,
    });
    const [solver, noisy, clean] = (["solver", "without last step", "with last step"] as const).map((s) => of(s, ch));
    assertAtLeast(
      `without the last step ${name} is too rough at short waves (power / solver's, less 4 errors)`,
      noisy.high - gaussian * noisy.highError,
      1,
    );
    for (const row of [noisy, clean]) {
      const tolerance = { within: gaussian * row.rmsError };
      assertClose(
        `second differences of ${name} ${row.source}, over the solver's, are the predicted`,
        row.rms,
        row.predictedRms,
        tolerance,
      );
    }
    assertClose(`two solver ensembles are equally rough in ${name}: the null`, solver.rms, 1, {
      within: gaussian * solver.rmsError,
    });
  });
}

/** The repaired original is too rough, in both channels, and most of its excess power is the floor; where its numbers do not apply nothing is claimed. */
export function claimPublishedRoughness(result: FloorSpectra): void {
  for (const p of publishedRoughness(result)) {
    const clear = p.overExact - gaussian * p.overExactError;
    assertAtLeast(
      `the published repaired ${p.channel} is too rough (over the exact solver's, less 4 errors)`,
      clear,
      1,
    );
    const margin = gaussian * p.floorShareError;
    assertAtLeast(
      `the white floor explains most of it in ${p.channel} (share, less 4 errors)`,
      p.floorShare - margin,
      0.5,
    );
    assertAtMost(
      `and in ${p.channel} no more than round-off leaves (share, less 4 errors)`,
      p.floorShare - margin,
      1 - p.roundOffShare,
    );
    const noise = p.fixedCell - gaussian * p.fixedCellError;
    assertAtLeast(
      `where the solver's ${p.channel} has no spread the published has the floor's at least`,
      noise / p.floor,
      1,
    );
  }
}

/**
 * Parts (a) and (c) together. A network of one schedule with a large beta_max shows no bias to mend: then only what was run is claimed. `trained` false: the
 * network is no better than the Gaussian and is not compared with the empirical score.
 */
export function claimMismatch(
  result: MeanBias,
  small: number,
  large: number,
  options: { trained?: boolean } = {},
): void {
  const row = rowOf(result, { betaMax: small });
  if (Math.max(...row.predictedBias) < 1 / gone) {
    process.stdout.write(
      `beta_max = ${small}: the formula leaves no bias to mend; see the presets with beta_max = 3\n`,
    );
    return;
  }
  claimBiased(result, small);
  if (options.trained !== false) claimNotTheNetwork(result, small);
  claimMended(result, small, large);
}
