/**
 * The parameters in a cell, as the notebooks' kernel sees them: keys are offered while writing, wrong ones are errors
 * before anything runs.
 */
import assert from "node:assert/strict";
import { createConverter, type Converter } from "tslab/dist/converter";

describe("parameters in a cell", function () {
  this.timeout(120_000);
  let converter: Converter;
  before(() => (converter = createConverter()));
  after(() => converter.close());

  /** A cell as `openStudy` types its parameters, without all that the study imports. */
  const cell = (parameters: string): string =>
    `import type { Overrides } from "./lib/study/configuration";\nconst openStudy = (o: Overrides) => ` +
    `o;\nopenStudy(${parameters}`;
  const errors = (parameters: string): string[] =>
    converter.convert("", cell(`${parameters});`)).diagnostics.map((d) => String(d.messageText));
  const offered = (parameters: string): string[] => {
    const text = cell(parameters);
    return converter.complete("", text, text.length).candidates;
  };

  it("keys and words are offered from the schema", () => {
    assert.deepEqual(offered("{ schedule: { beta"), ["betaMax", "betaMin"]);
    assert.deepEqual(offered("{ training: { step").slice(0, 2), ["steps", "stepsPerCall"]);
    assert.ok(offered("{ preset: '").includes("published"));
    assert.deepEqual(offered("{ problem: { parameters: { thick"), ["thickness"]);
    assert.deepEqual(offered("{ problem: { porosity: { cov"), ["covariance"]);
    assert.ok(offered("{ problem: { porosity: { covariance: '").includes("matern-3/2"));
  });

  for (const { parameters, says } of [
    { parameters: "{ schedule: { betamax: 3 } }", says: /'betamax' does not exist in type .*betaMax/ },
    { parameters: "{ training: { steps: '3' } }", says: /'string' is not assignable to type 'number'/ },
    { parameters: "{ preset: 'fast' }", says: /'"fast"' is not assignable to type .*"published"/ },
  ]) {
    it(`${parameters} is an error while the cell is checked`, () => assert.match(errors(parameters).join(), says));
  }

  it("what the schema allows is none", () => {
    assert.deepEqual(errors("{ preset: 'quick', schedule: { betaMax: 3 }, meanBias: { betaMax: [1, 3] } }"), []);
  });
});
