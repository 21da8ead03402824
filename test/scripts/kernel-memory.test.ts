/** The kernel's compiler remembers checked files: nothing is checked twice, and no error is missed for it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

interface Told {
  readonly answers: readonly {
    readonly errors: readonly string[];
    readonly files: Readonly<Record<string, string>>;
    readonly output?: string;
  }[];
  readonly remembered: readonly boolean[];
}
type Kernel = "plain" | "first" | "second" | "wrongCell" | "wrongLibrary" | "stillWrong" | "changed" | "damaged";

describe("the notebooks' kernel", function () {
  this.timeout(300_000);
  let told: Record<Kernel, Told>;

  before(() => {
    const project = fs.mkdtempSync(path.join(os.tmpdir(), "porous-sgm-kernel-"));
    try {
      fs.mkdirSync(path.join(project, "lib"));
      fs.writeFileSync(path.join(project, "lib/number.ts"), "export type Number2 = number;\n");
      const text = `import type { Number2 } from "./number";\nexport const twice = (x: number): Number2 => 2 * x;\n`;
      fs.writeFileSync(path.join(project, "lib/twice.ts"), text);
      const scenario = path.join(__dirname, "kernel-scenario.cjs");
      const words = [scenario, project, path.join(project, "store")];
      told = JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" })) as typeof told;
    } finally {
      fs.rmSync(project, { recursive: true, force: true });
    }
  });
  const errors = (kernel: Kernel): readonly string[] => told[kernel].answers.flatMap((answer) => answer.errors);

  it("checks project files once; the next kernel, and the same cell again, find them checked and translated alike", () => {
    assert.deepEqual(told.first.remembered, [false]);
    assert.deepEqual(told.second.remembered.slice(0, 2), [true, true]);
    assert.ok(told.plain.answers[0].files["lib/twice.js"].includes("2 * x"));
    for (const kernel of ["first", "second"] as const) assert.deepEqual(told[kernel].answers[0], told.plain.answers[0]);
  });

  it("checks the cell always, against the types of the remembered files", () => {
    assert.deepEqual(told.wrongCell.remembered, [true]);
    assert.deepEqual(errors("wrongCell"), ["cell: Type 'number' is not assignable to type 'string'."]);
    assert.deepEqual(told.second.answers.map((answer) => answer.errors.length), [0, 0, 1]); // prettier-ignore
  });

  it("finds the error in an unchanged file whose import has changed, in every kernel until it is mended", () => {
    for (const kernel of ["wrongLibrary", "stillWrong"] as const) {
      assert.deepEqual(told[kernel].remembered, [false]);
      assert.match(errors(kernel).join(), /lib\/twice\.ts: Type 'number' is not assignable to type 'string'/);
    }
  });

  it("translates a changed file anew", () => {
    assert.deepEqual([told.changed.remembered, errors("changed")], [[false], []]);
    assert.match(told.changed.answers[0].files["lib/twice.js"], /1 \* 2 \* x/);
  });

  it("does not use a record that is damaged", () => {
    assert.deepEqual(told.damaged.remembered, [false]);
    assert.deepEqual(told.damaged.answers[0], told.plain.answers[0]);
  });
});
