/** The rows of a mean-bias result by what was run. */
import type { BiasRow } from "./bias-row";
import type { MeanBias } from "./stage";
import type { Sampler, StartKind } from "./published-setting";
import type { ScoreKind } from "./experiments";

/** Cells whose spread is below this share of the channel's largest are left out of profiles in units of the spread. */
const smallestSpread = 0.03;

type Wanted = { score?: ScoreKind; start?: StartKind; sampler?: Sampler; betaMax: number };

function findRow(result: MeanBias, wanted: Wanted): BiasRow | undefined {
  const { score = "network", start = "standard normal", sampler = "reverse SDE", betaMax } = wanted;
  return result.rows.find(
    (r) => r.score === score && r.start === start && r.sampler === sampler && r.betaMax === betaMax,
  );
}

/** Whether the result holds the experiment that is wanted. */
export const hasRow = (result: MeanBias, wanted: Wanted): boolean => findRow(result, wanted) !== undefined;

/** The row of one experiment; an error names what was asked for when it was not run. */
export function rowOf(result: MeanBias, wanted: Wanted): BiasRow {
  const row = findRow(result, wanted);
  if (!row) throw new RangeError(`rowOf: no experiment with ${JSON.stringify(wanted)}`);
  return row;
}

/** The cells in which a channel varies: where the solver's fields hardly do, a ratio to their spread says nothing. */
export function varying({ solver }: MeanBias, channel: number, cells: number): number[] {
  const std = solver.std.slice(channel * cells, (channel + 1) * cells);
  const least = smallestSpread * Math.max(...std);
  return std.flatMap((s, i) => (s > least ? [i] : []));
}

/**
 * The values of beta_max that the network was drawn at: [the decisive one, the largest]; equal for a network of one
 * schedule.
 */
export function betasOf(result: MeanBias): { small: number; large: number } {
  const found = result.rows.filter((r) => r.score === "network").map((r) => r.betaMax);
  return { small: found.includes(3) ? 3 : Math.min(...found), large: Math.max(...found) };
}

/** Cosine between two bias profiles of a channel: 1 where they have the same shape. */
export function profileCosine(row: Pick<BiasRow, "bias" | "profile" | "predictedProfile">, channel: number): number {
  const cells = row.profile.length / row.bias.length;
  const [a, b] = [row.profile, row.predictedProfile].map((p) => p.slice(channel * cells, (channel + 1) * cells));
  const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((sum, x, i) => sum + x * v[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
