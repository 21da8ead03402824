/** What the chapter concludes, as checks. Every limit is a requirement or comes from the sizes of the samples. */
import { assertAtLeast, assertAtMost, notClaimed, type Size } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import { inferredMoments } from "./candidates";
import { gaussian as chanceZ } from "../chance";
import type { MeasurementsResult } from "./stage";

/** Beyond the null: of the mean in posterior standard deviations, of ln(std ratio), of the predictive law in nats. */
const required = { bias: 0.03, logSpread: 0.01, kl: 0.01 } as const;
/**
 * Where chance alone makes errors larger than this, a layout's sensors are too sharp for banks of this size, and
 * nothing is claimed.
 */
const mostChance = 0.3;
/**
 * Of a p-value of uniform ranks; of the coverage of a band; nothing is claimed of fewer effective fields than these.
 */
const fewestFields = 50;
const ranksRequired = { p: 0.01, coverage: 0.02 } as const;
/**
 * One number of `n` is beyond this many standard errors by chance once in ten thousand: with the 40 numbers of a
 * sampler, 4.9.
 */
const metZ = 5;

/** The sentences of the chapter. `trained`: false where the network was trained for a test only. */
export function assertMeasurements(result: MeasurementsResult, { trained = true }: { trained?: Trained } = {}): void {
  assertBanks(result, trained);
  assertRanks(result, trained);
  assertPredictions(result);
  if (trained !== false) assertDesign(result, sizesOf(trained));
}

/** The network's bank answers as a second solver bank does. */
export function assertBanks({ errors }: Pick<MeasurementsResult, "errors">, trained: Trained): void {
  const about = sizesOf(trained);
  for (const layout of new Set(errors.map((row) => row.layout))) {
    const of = (method: string) => errors.find((row) => row.layout === layout && row.method === method)!;
    const [again, network] = [of("solver again"), of("network")];
    const { bias } = again;
    if (again.chance > mostChance) {
      notClaimed(
        `${layout}: that banks agree`,
        `these sensors are too sharp for banks of this size; see measurements.bank`,
      );
      continue;
    }
    assertAtMost(`${layout}: a second solver bank is wrong by chance alone, bias / chance`, bias / again.chance, 2);
    if (trained === false) continue;
    assertAtMost(
      `${layout}: the network's posterior mean beyond the null (std)`,
      excess(network.bias, bias),
      required.bias + bias,
      about,
    );
    const spread = Math.abs(network.logSpread - again.logSpread);
    const spreadError = Math.hypot(network.logSpreadError, again.logSpreadError);
    assertAtMost(
      `${layout}: its spread beyond the null, |ln ratio|`,
      spread,
      required.logSpread + chanceZ * spreadError,
      about,
    );
    const kl = Math.abs(network.kl ?? 0);
    assertAtMost(
      `${layout}: its predictive law of the readings, |KL| (nats)`,
      kl,
      required.kl + chanceZ * (network.klError ?? 0),
      about,
    );
  }
}

/** (a^2 - b^2)^(1/2): what is left of a root mean square when the null's is taken out. */
const excess = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a - b * b));

/** The truth is one draw of the posterior: of the second solver bank's, and of the network's. */
export function assertRanks({ ranks }: Pick<MeasurementsResult, "ranks">, trained: Trained): void {
  for (const row of ranks) {
    if (row.method !== "solver again" && !(trained !== false && row.method === "network")) continue;
    const about = row.method === "network" ? sizesOf(trained) : [];
    const name = `${row.method}, ${row.channel}`;
    const uniform = `${name}: the truth's ranks are uniform, p`;
    if ((row.ess ?? 0) < fewestFields) {
      notClaimed(uniform, `so few independent fields are left of the bank; see measurements.bank`);
      continue;
    }
    assertAtLeast(uniform, row.p, ranksRequired.p, about);
    for (const [nominal, share] of [
      [0.5, row.coverage.half],
      [0.9, row.coverage.most],
    ] as const) {
      const error = Math.sqrt((nominal * (1 - nominal)) / row.measurements);
      assertAtMost(
        `${name}: truths in the ${100 * nominal} % band, |share - nominal|`,
        Math.abs(share - nominal),
        ranksRequired.coverage + chanceZ * error,
        about,
      );
    }
  }
}

/** Guided samplers: drawn as predicted; which of them can be right is decided by prediction alone. */
export function assertPredictions({ predicted }: Pick<MeasurementsResult, "predicted">): void {
  for (const { guidance, z } of predicted.met) {
    assertAtMost(
      `${guidance}: drawn moments lie on the predicted ones, largest of 40 deviations (standard errors)`,
      z,
      metZ,
    );
  }
  const off = ({ bias, logSpread }: { bias: number; logSpread: number }): number => Math.max(bias, Math.abs(logSpread));
  const of = (guidance: string) => predicted.rows.filter((row) => row.guidance === guidance);
  const dps = Math.min(...of("dps").map(off));
  const bayes = of("pigdm")
    .filter(({ weight }) => weight === 1)
    .map(off);
  const twice = of("pigdm")
    .filter(({ weight }) => weight === 2)
    .map(off);
  const finest = Math.min(...bayes);
  assertAtLeast(
    "no weight of dps has mean and spread as right as pseudo-inverse guidance has: ratio of the larger errors",
    dps / finest,
    2,
  );
  assertAtLeast(
    "twice Bayes' weight is predicted to be wrong: ratio of the larger errors",
    Math.min(...twice) / finest,
    2,
  );
}

/** What the network says of conditions and of sensors is what the solver says. */
function assertDesign(
  { candidates, gains }: Pick<MeasurementsResult, "candidates" | "gains">,
  about: readonly Size[],
): void {
  for (const name of candidates.names) {
    const [exact, network] = [
      inferredMoments(candidates, "solver", name),
      inferredMoments(candidates, "network", name),
    ];
    const apart = Math.abs(network.mean - exact.mean) / exact.std;
    // both are means over the same candidates: their difference is at most as uncertain as one of them
    assertAtMost(
      `the network's posterior of ${name} is the solver's, difference of means (std)`,
      apart,
      chanceZ / Math.sqrt(exact.ess),
      about,
    );
  }
  const z = gains.map((g) => Math.abs(g.network - g.solver) / Math.hypot(g.networkError, g.solverError));
  assertAtMost(
    "one more sensor's gain by the network is that by the solver, largest z",
    Math.max(...z),
    chanceZ,
    about,
  );
}
