/** The page on PyBaMM: its commands and snippets, run where PyBaMM is installed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { generateEnsemble } from "../lib/ensemble/generate";
import { stream } from "../lib/random/stream";
import { closePool } from "../lib/threads/pool";
import { electrode } from "../lib/transport/electrode";
import { sgmFrom } from "./command-line/run";
import { pythonWith } from "./python";
import { temporaryFolder } from "./temporary-folder";

const page = fs.readFileSync(path.join(__dirname, "../notebooks/guide/pybamm.md"), "utf8");
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map((match) => match[1]);

interface Written {
  readonly thickness: number;
  readonly electrodes: readonly { readonly activeAndPores: number }[];
  readonly porosities: readonly (readonly number[][])[];
}

describe("the page on PyBaMM", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const run = async (command: string, expected = 0): Promise<string> => {
    const { status, err } = await sgmFrom(folder(), ...command.split(" "));
    assert.equal(status, expected, err);
    return err;
  };
  const written = (): Written => {
    const [, data] = /^DATA = (.*)$/m.exec(fs.readFileSync(path.join(folder(), "electrode.py"), "utf8")) ?? [];
    return JSON.parse(data) as Written;
  };
  const [write, generate] = [
    ...blocks("sh")
      .join("")
      .matchAll(/sgm -- (.*)/g),
  ].map((match) => match[1]);
  beforeEach(() => fs.writeFileSync(path.join(folder(), "conditions.json"), blocks("json")[0]));
  after(closePool);

  it("its parameter sets hold the porosities that generate solves, of every condition", async () => {
    const conditions = JSON.parse(blocks("json")[0]) as { l: number; F_right: number; k_rn: number }[];
    const two = [...conditions, { ...conditions[0], l: 5e-6 }];
    fs.writeFileSync(path.join(folder(), "conditions.json"), JSON.stringify(two));
    await run(write);
    const { porosity } = await generateEnsemble({
      problem: electrode,
      conditions: two,
      count: 4,
      stream: stream(7),
      keepPorosity: true,
    });
    assert.deepEqual(written().porosities.flat(2), [...porosity!.values]);
  });

  it("with the thickness and the inactive solid that are set; what does not fit, and a problem that is no electrode, are refused", async () => {
    const said = await run(
      `${write} --set problem.parameters.inactive=0.3 --set problem.parameters.thickness=5e-5 --set problem.parameters.solid_slope=-10`,
    );
    assert.match(said, /-10 V\/m.*solid_slope=0/);
    const { thickness, electrodes, porosities } = written();
    assert.deepEqual([thickness, electrodes[0].activeAndPores], [5e-5, 0.7]);
    assert.ok(Math.max(...porosities.flat(2)) < 0.7);
    assert.match(await run(`${write} --set problem.parameters.inactive=0.6`, 2), /exceed the volume/);
    const other = write.replace("problem electrode", "problem conduction").replace(/ --set \S+/, "");
    fs.writeFileSync(path.join(folder(), "conditions.json"), "[{}]");
    assert.match(await run(other, 2), /conduction does not say what it is to a battery model. Remedy: electrode,/);
    assert.match(await run(write.replace("electrode.py", "my-electrode.py"), 2), /a name that Python imports/);
  });

  it("its snippets say what runs: PyBaMM's potential is ours, and a cell of another chemistry takes the porosity", async function () {
    const python = pythonWith("pybamm");
    if (python === undefined) {
      this.test!.title += " (skipped: PyBaMM is not installed, the page says how)";
      this.skip();
    }
    for (const command of [write, generate]) await run(command);
    const printed = execFileSync(python, ["-c", blocks("python").join("\n")], {
      cwd: folder(),
      encoding: "utf8",
      env: { ...process.env, PYBAMM_DISABLE_TELEMETRY: "true" },
    });
    const rows = printed.trim().split("\n");
    assert.equal(rows.length, 5);
    // Means on faces differ by (k' h / k)^2 / 4, at most some 2e-4 where the porosity varies over 20 cells.
    for (const row of rows.slice(0, 4)) assert.ok(Number(row.split(" ")[1]) < 1e-3, printed);
    assert.ok(Number(rows[4]) > 2.5 && Number(rows[4]) < 4.5, `the cell's voltage is ${rows[4]} V`);
  });
});
