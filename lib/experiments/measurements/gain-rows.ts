/** What one more sensor tells, along the axis: in closed form and by simulation with both banks. */
import { gridCells } from "../../gaussian/conditional-gaussian";
import { gaussianLatent } from "../../inverse/latent-model";
import { linearPosterior } from "../../inverse/linear-posterior";
import { fieldSpace } from "../../inverse/functionals";
import { type Sensors } from "../../inverse/observations";
import { sumOfSquares } from "../../numerics/statistics";
import { type FieldBank } from "./banks";
import { type GainRow, sensorLikelihoods, simulatedGain } from "./design";
import { type Bench, sensorsAt } from "./bench";

export function gainsOf({ model, condition, at, settings, root, banks, truths }: Bench, of: Sensors): GainRow[] {
  const { problem, statistics } = model;
  const gaussian = gaussianLatent(at.law, statistics.normalisation);
  const closed = linearPosterior(gaussian.affine(of), { ...of, value: gaussian.affine(of).base });
  const measurements = Math.min(200, settings.ranked);
  const few = (bank: FieldBank): FieldBank => ({ ...bank, fields: bank.fields.subarray(0, 10_000 * bank.size) });
  const [solver, network] = [few(banks.solver), few(banks.network)];
  const own = { measurements, stream: root.child("gain") };
  const [likely, likelyNetwork] = [solver, network].map((bank) => sensorLikelihoods(bank, truths, of, own));
  const [axis] = fieldSpace(problem, condition, gridCells(statistics)).grid.axes;
  return problem.channels.flatMap(({ name }) => {
    const std = settings.sensors.find(({ channel }) => channel === name)?.std;
    if (std === undefined) return [];
    return Array.from({ length: 10 }, (_, k): GainRow => {
      const place = (k + 0.5) / 10;
      const more = sensorsAt(model, condition, [{ channel: name, at: place, std }]);
      const a = simulatedGain(solver, truths, of, more, { ...own, likelihoods: likely });
      const b = simulatedGain(network, truths, of, more, { ...own, likelihoods: likelyNetwork });
      const row = gaussian.affine(more).slope;
      let variance = sumOfSquares(row);
      closed.shrinkage.forEach((shrink, s) => {
        const along = row.reduce((sum, v, i) => sum + v * closed.directions[s * row.length + i], 0);
        variance -= (1 - shrink ** 2) * along ** 2;
      });
      const exact = 0.5 * Math.log1p(Math.max(0, variance) / std ** 2);
      return {
        channel: name,
        x: place * axis.length,
        std,
        closed: exact,
        solver: a.gain,
        solverError: a.error,
        network: b.gain,
        networkError: b.error,
      };
    });
  });
}
