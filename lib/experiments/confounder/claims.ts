/** What is claimed of the models that are told more and more. */
import { gaussian, quadratic } from "../chance";
import { assertAtLeast, assertAtMost, assertClose, type Size } from "../../notebook/claims";
import type { Confounder, ConfounderRow } from "./stage";

/**
 * Told more, spread and absolute bias fall as the formula says; their ratio does not fall steadily, with the flow not
 * at all. `about`: the fields that what the regression shows is about.
 */
export function claimConfounder(
  { asPublished, channels, rows }: Confounder,
  { about = [] }: { about?: readonly Size[] } = {},
): void {
  const of = (sampler: string): ConfounderRow[] => rows.filter((r) => r.sampler === sampler);
  // Names that a sweep over what is told keeps: nothing, the mean, and the numbers of modes as they come.
  const modes = [...new Set(rows.map(({ told }) => told).filter((told) => /mode/.test(told)))];
  const ofModes = [...about, toldEnough(modes)];
  const toldWhat = (told: string): string => (modes.includes(told) ? `modes (${modes.indexOf(told) + 1})` : told);
  channels.forEach(({ name }, ch) => {
    for (const row of rows) {
      const what = `told ${toldWhat(row.told)}, ${row.sampler}, ${name}`;
      const claim = `${what}: drawn fields have the formula's bias (z of the deviation)`;
      assertAtMost(claim, row.sampledZ[ch], quadratic);
      const spread = `${what}: so have they its spread (over the formula's)`;
      const within = (gaussian * row.sampledStdError[ch]) / row.generatedStd[ch];
      assertClose(spread, row.sampledStd[ch] / row.generatedStd[ch], 1, { within });
    }
    if (!asPublished) return; // how much fields depend on what is told is the problem's own
    for (const sampler of ["reverse SDE", "probability flow"]) {
      const [none, ...told] = of(sampler);
      const most = told[told.length - 1];
      const margin = (a: readonly number[], b: readonly number[]): number => gaussian * Math.hypot(a[ch], b[ch]);
      const std = most.std[ch] + margin(most.stdError, none.stdError);
      const bias = most.bias[ch] + margin(most.biasError, none.biasError);
      assertAtMost(
        `${sampler}, ${name}: told most the spread is at most half (SI units)`,
        std,
        none.std[ch] / 2,
        ofModes,
      );
      assertAtMost(`${sampler}, ${name}: and so is the absolute bias`, bias, none.bias[ch] / 2, ofModes);
    }
    const steps = of("reverse SDE").filter((r) => /mode/.test(r.told));
    const rises = steps.slice(1).map((r, k) => ({
      rise: r.ratio[ch] - steps[k].ratio[ch],
      error: Math.hypot(r.ratioError[ch], steps[k].ratioError[ch]),
    }));
    const largest = rises.reduce((a, b) => (b.rise / b.error > a.rise / a.error ? b : a), { rise: 0, error: 1 });
    assertAtLeast(
      `bias/std of ${name} is not monotone in what is told (largest rise, standard errors)`,
      largest.rise / largest.error,
      gaussian,
      ofModes,
    );
  });
  if (!asPublished) return; // how much fields depend on what is told is the problem's own
  const [none, ...told] = of("probability flow");
  const most = told[told.length - 1];
  const phi = channels.findIndex(({ name }) => name === "phi");
  const margin = gaussian * Math.hypot(none.ratioError[phi], most.ratioError[phi]);
  assertAtLeast(
    `probability flow: bias/std of phi told most is not below that of a model told nothing`,
    most.ratio[phi] + margin,
    none.ratio[phi],
    ofModes,
  );
}

/** Modes that are told when "told most" means what it does in the chapter. */
const mostTold = 8;

/** "4 modes" -> 4, the most of them. */
function toldEnough(modes: readonly string[]): Size {
  const here = Math.max(0, ...modes.map((told) => parseInt(told, 10)));
  return { of: "confounder.modes up to", least: mostTold, here };
}
