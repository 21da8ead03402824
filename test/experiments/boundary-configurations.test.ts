import assert from "node:assert/strict";
import { problemOfChapter } from "../../lib/experiments/boundary-configurations/conditions";

describe("the problem of the chapter on boundary configurations", () => {
  it("is conduction with the study's own settings of it, and takes nothing of another problem but a number of cells", () => {
    const own = { name: "conduction", cells: 40, ranges: { load: [0, 1] as const } } as const;
    assert.equal(problemOfChapter(own as never), own);
    const electrode = { name: "electrode" as const, cells: 50, parameters: { kappa0: 2 } };
    assert.deepEqual(problemOfChapter(electrode), { name: "conduction", cells: 50 });
    assert.deepEqual(problemOfChapter({ name: "conduction-2d", cells: [16, 8] }), { name: "conduction", cells: 100 });
  });
});
