import assert from "node:assert/strict";
import { gaussianAt } from "../../lib/gaussian/conditional-gaussian";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { stream } from "../../lib/random/stream";
import { conduction2d } from "../../lib/transport/conduction-2d";

describe("fields on a plane in few directions", () => {
  it("leave a potential that is certain as it is, however small the spread beside it", async () => {
    // No current at the left, a given potential at the right: without a source the potential is the given one.
    const boundary = conduction2d.conditions
      .find(({ name }) => name === "boundary")!
      .choices!.indexOf("Neumann-Dirichlet");
    assert.ok(boundary >= 0);
    const statistics = await fitGaussian({
      problem: conduction2d,
      cells: [10, 10],
      nodes: 4,
      porosities: 16,
      stream: stream(1),
    });
    const usual = Object.fromEntries(conduction2d.conditions.map((range) => [range.name, range.default]));
    const lawAt = (amplitude: number) =>
      gaussianAt(statistics, conduction2d, { ...usual, boundary, load: -0.9, amplitude });
    const [{ mean, std }] = [statistics.normalisation];
    const volts = (law: ReturnType<typeof lawAt>): number[] => [...law.mean].map((m) => mean[0] + std[0] * m);
    // What is left is the rounding of single precision, in which coordinates are found.
    for (const potential of volts(lawAt(0))) assert.ok(Math.abs(potential + 0.9) < 1e-9, `${potential}`);
    // A weak source moves the mean in proportion, to the same precision.
    const [weak, strong] = [volts(lawAt(1e-3)), volts(lawAt(1))];
    weak.forEach((potential, i) => assert.ok(Math.abs(potential + 0.9 - 1e-3 * (strong[i] + 0.9)) < 1e-9));
  });
});
