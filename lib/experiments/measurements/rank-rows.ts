/** Ranks of the truth in the posteriors of banks and of guided samplers. */
import { offsetOf } from "../../fields/shape";
import { gridCells } from "../../gaussian/conditional-gaussian";
import { guidances } from "../../inverse/guidance";
import { guidedFlow, guideOf } from "../../inverse/guided-flow";
import { guidedLevels, noisyModesOf } from "../../inverse/guided-model";
import { gaussianLatent } from "../../inverse/latent-model";
import { fieldSpace } from "../../inverse/functionals";
import { simulatedMeasurements } from "./errors";
import { bankRanks, rankAmong, rankRow, type RankRow } from "./ranks";
import { type Bench, sensorsAt } from "./bench";

/** Draws of a guided sampler for each ranked measurement. */
const rankedDraws = 9;
/** Rows of a guided flow for the ranks, at most: they cost ten evaluations a level. */
const rankedRows = 1800;

export async function ranksOf({
  model,
  condition,
  at,
  settings,
  steps,
  root,
  banks,
  truths,
  signal,
}: Bench): Promise<RankRow[]> {
  const { channels } = model.problem;
  const { normalisation } = model.statistics;
  const of = sensorsAt(model, condition, settings.sensors);
  const all = simulatedMeasurements(truths, of, settings.ranked, root.child("ranked"));
  const space = fieldSpace(model.problem, condition, gridCells(model.statistics));
  const middle = space.grid.axes.reduce((index, axis) => index * axis.cells + Math.floor(axis.cells / 2), 0);
  const places = channels.map((_, k) => offsetOf(space, 0, k) + middle);
  const rows: RankRow[] = [];
  for (const [method, bank] of [
    ["solver again", banks.again],
    ["network", banks.network],
    ["gaussian", banks.gaussian],
  ] as const) {
    const { ranks, ess } = bankRanks(bank, of, all, truths, places);
    ranks.forEach((own, k) => rows.push({ ...rankRow(method, channels[k].name, own), ess }));
    signal.throwIfAborted();
  }
  const few = all.slice(0, Math.max(1, Math.min(all.length, Math.floor(rankedRows / rankedDraws))));
  const gaussian = gaussianLatent(at.law, normalisation);
  const readings = gaussian.affine(of);
  const start = root.child("guided ranks").normals(few.length * rankedDraws * at.law.rank);
  const value = Float64Array.from(few.flatMap((d) => Array.from({ length: rankedDraws }, () => [...d.value]).flat()));
  const modes = noisyModesOf(model, at, { levels: guidedLevels(steps) });
  for (const guidance of guidances) {
    const guide = { ...guideOf(readings, few[0], { guidance }), value };
    const images = await guidedFlow(modes, guide, start, { signal });
    const fields = gaussian.fields(images);
    const size = fields.length / (few.length * rankedDraws);
    const ties = root.child(`ties ${guidance}`).uniforms(few.length * places.length);
    places.forEach((place, k) => {
      const ranks = few.map((_, i) => {
        const draws = Array.from({ length: rankedDraws }, (_unused, n) => fields[(i * rankedDraws + n) * size + place]);
        return rankAmong(draws, truths.fields[i * truths.size + place], ties[i * places.length + k]);
      });
      rows.push(rankRow(guidance, channels[k].name, ranks, rankedDraws));
    });
  }
  modes.dispose();
  return rows;
}
