/** What is claimed of the white floor. */
import { gaussian } from "../chance";
import { assertAtLeast, assertAtMost, assertClose } from "../../notebook/claims";
import type { FloorSpectra, FloorSource, FloorSpectrum } from "./stage";
import { publishedRoughness } from "./published-roughness";

/**
 * The missing last step leaves the white floor sigma(t_min), nothing else; with the step the roughness is the solver's.
 */
export function claimFloor(result: FloorSpectra): void {
  const of = (source: FloorSource, ch: number): FloorSpectrum =>
    result.spectra.find((s) => s.source === source && s.channel === ch)!;
  result.channels.forEach(({ name }, ch) => {
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
