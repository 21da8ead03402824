/** What is claimed of the white floor. */
import { gaussian } from "../chance";
import { secondDifferenceWaves } from "../../diagnostics/roughness-spectrum";
import { assertAtLeast, assertAtMost, assertClose, notClaimed } from "../../notebook/claims";
import { sum } from "../../numerics/statistics";
import type { FloorSpectra, FloorSource, FloorSpectrum } from "./stage";
import { publishedRoughness } from "./published-roughness";

/**
 * The missing last step leaves the white floor sigma(t_min), nothing else; with the step the roughness is the solver's.
 * What the law of these very steps, which is exact, says otherwise is not claimed: few steps leave more noise than
 * sigma(t_min), and on coarse grids the fields are so rough themselves that the floor does not show.
 */
export function claimFloor(result: FloorSpectra): void {
  const of = (source: FloorSource, ch: number): FloorSpectrum =>
    result.spectra.find((s) => s.source === source && s.channel === ch)!;
  result.channels.forEach(({ name }, ch) => {
    const within = gaussian * result.floorError[ch];
    const [solver, noisy, clean] = (["solver", "without last step", "with last step"] as const).map((s) => of(s, ch));
    const floor = `the floor in ${name} is sigma(t_min) (network units)`;
    const ofSteps = floorOfSteps(noisy, clean);
    const few = result.steps < enoughSteps && Math.abs(result.floor[ch] - ofSteps) <= within;
    if (few) notClaimed(floor, `${result.steps} steps leave ${ofSteps.toPrecision(3)}; see floorSpectra.steps=1000`);
    else assertClose(floor, result.floor[ch], result.predictedFloor, { within });
    const rough = `without the last step ${name} is too rough at short waves (power / solver's, less 4 errors)`;
    const seen = upper(noisy.predicted) / upper(solver.predicted) - gaussian * noisy.highError;
    if (seen < 1)
      notClaimed(rough, `on ${noisy.power.length + 2} cells the fields are as rough there; see problem.cells=100`);
    else assertAtLeast(rough, noisy.high - gaussian * noisy.highError, 1);
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

/** From so many steps on the last one is small beside t_min, and leaves sigma(t_min) to a few per cent. */
const enoughSteps = 250;

/** Of the upper third of the wavenumbers. */
const upper = (power: readonly number[]): number => sum(power.slice(Math.round((2 * power.length) / 3)));

/** The white floor that the law of these steps has without the last one, read as the measured one is. */
function floorOfSteps(noisy: FloorSpectrum, clean: FloorSpectrum): number {
  const inner = noisy.power.length;
  const waves = secondDifferenceWaves(inner + 2).map((w) => w * w);
  const scale = sum(waves.subarray(Math.round((2 * inner) / 3) * (inner + 2)));
  return Math.sqrt(Math.max(0, upper(noisy.predicted) - upper(clean.predicted)) / scale);
}

/**
 * The repaired original is too rough, in both channels, and most of its excess power is the floor; where its numbers do
 * not apply nothing is claimed.
 */
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
