/** What `npm run mutants` draws and how it scores: two small files' faults, and results made up for the purpose. */
import assert from "node:assert/strict";
import path from "node:path";
import { assertClose } from "../assert-close";

interface Fault {
  fileName: string;
  location: { start: { line: number; column: number }; end: { line: number; column: number } };
  mutatorName: string;
  replacement: string;
}
interface Draw {
  possibleFaults(files: string[]): Promise<Fault[]>;
  draw(faults: Fault[], count: number, seed: string): Fault[];
  place(fault: Fault): string;
}
interface Result {
  fileName: string;
  mutatorName: string;
  status: string;
  statusReason?: string;
}
interface Score {
  wilson(k: number, n: number): [number, number];
  scoreTable(results: Result[], possible: Record<string, number>): string[];
}
const drawing = async (): Promise<Draw> => (await import("../../scripts/mutants/draw.mjs" as string)) as Draw;
const scoring = async (): Promise<Score> => (await import("../../scripts/mutants/score.mjs" as string)) as Score;
const files = ["lib/numerics/statistics.ts", "lib/numerics/distributions.ts"].map((name) => path.resolve(name));

describe("the drawn faults", function () {
  this.timeout(120_000);

  it("are the same for the same seed, others for another, and a larger sample holds the smaller", async () => {
    const { possibleFaults, draw } = await drawing();
    const faults = await possibleFaults(files);
    const drawn = draw(faults, 10, "1");
    assert.deepEqual(
      draw(await possibleFaults([...files].reverse()), 10, "1"),
      drawn,
      "whatever the order of the files",
    );
    assert.deepEqual(draw(faults, 20, "1").slice(0, 10), drawn);
    assert.notDeepEqual(draw(faults, 10, "2"), drawn);
    assert.equal(draw(faults, 1e6, "1").length, faults.length, "all, where there are fewer");
    const outside = draw(faults, 40, "1").filter(({ fileName }) => fileName === files[1]);
    const ofOneFile = draw(await possibleFaults(files.slice(1)), outside.length, "1");
    assert.deepEqual(
      ofOneFile.map((f) => [f.location, f.replacement]),
      outside.map((f) => [f.location, f.replacement]),
    );
  });

  it("are drawn each as often: over many seeds none is missed and none is preferred", async () => {
    const { possibleFaults, draw } = await drawing();
    const faults = (await possibleFaults(files)).slice(0, 12);
    const seeds = 600;
    const counts = new Map(faults.map((fault) => [fault, 0]));
    for (let seed = 0; seed < seeds; seed++)
      for (const fault of draw(faults, 3, `${seed}`)) counts.set(fault, counts.get(fault)! + 1);
    // Hypergeometric: each is in a sample with probability 1/4.
    const within = 4.5 * Math.sqrt(seeds * 0.25 * 0.75);
    for (const count of counts.values()) assertClose("how often drawn", count, seeds / 4, { within });
  });

  it("are told to StrykerJS by their places, lines from 1 and columns from 0", async () => {
    const { place } = await drawing();
    const location = { start: { line: 8, column: 4 }, end: { line: 9, column: 0 } };
    assert.equal(
      place({ fileName: files[0], location, mutatorName: "", replacement: "" }),
      "lib/numerics/statistics.ts:9:4-10:0",
    );
  });
});

describe("the score", () => {
  it("has Wilson's interval", async () => {
    const { wilson } = await scoring();
    // By hand for 8 of 10, z^2 = 3.841459: (0.8 + 0.192073 -+ 1.959964 sqrt(0.016 + 0.009604)) / 1.384146.
    assertClose("low", wilson(8, 10)[0], 0.490162, { within: 1e-5 });
    assertClose("high", wilson(8, 10)[1], 0.943318, { within: 1e-5 });
    assertClose("all noticed: n / (n + z^2)", wilson(10, 10)[0], 10 / 13.841459, { within: 1e-6 });
    assertClose("all noticed", wilson(10, 10)[1], 1, { within: 1e-12 });
  });

  it("counts no fault for which time ran out, and tells texts and endless loops apart", async () => {
    const { scoreTable } = await scoring();
    const result = (status: string, mutatorName = "ArithmeticOperator", statusReason = ""): Result => ({
      fileName: path.resolve("lib/numerics/x.ts"),
      mutatorName,
      status,
      statusReason,
    });
    const results = [
      result("Killed"),
      result("Killed", "UpdateOperator", "Error: Stryker: Hit count limit reached (1000000001)"),
      result("Killed"),
      result("Survived"),
      result("Survived", "StringLiteral"),
      result("Timeout"),
    ];
    const [, row, all] = scoreTable(results, { numerics: 100 });
    assert.match(row, /^numerics +100 +3 of 5, 60 % \(23 to 88\) +3 of 4, 75 % \(30 to 95\) +1 +1$/);
    assert.equal(all.replace("all     ", "numerics"), row);
    assert.match(
      scoreTable(results, { numerics: 6 })[1],
      /3 of 5, 60 % +3 of 4, 75 % +1 +1$/,
      "no interval: it is all",
    );
  });
});
