import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { closePool } from "../../lib/threads/pool";
import type { Command } from "../../lib/command-line/command";
import { commands, runCommandLine } from "../../lib/command-line/main";
import { configuration, overridesFromText, type Overrides } from "../../lib/study/configuration";
import { mutations } from "../storage/mutations";
import { resultsOfEachTest } from "../own-results";
import { sgm } from "./run";
import { encodeNpy } from "../storage/write-npy";

/**
 * Those that would train, execute notebooks or look at the machine for minutes: their words are read and checked, the
 * work is left out.
 */
const wordsOnly = new Set(["train", "study", "doctor"]);
const harmless = commands.map((command): Command => ({
  ...command,
  run: async (args) => {
    if (!wordsOnly.has(command.name)) return command.run(args);
    configuration({ preset: args.optional("preset"), ...overridesFromText(args.list("set")) } as Overrides);
    return 0;
  },
}));

/** A result, or a user's error in words; never a stack, an exception or a status of its own. */
async function resultOrRefusal(argv: readonly string[]): Promise<{ status: number; err: string }> {
  let err = "";
  const terminal = { out: () => undefined, err: (text: string) => (err += text), interactive: false, columns: 80 };
  const status = await runCommandLine(argv, terminal, harmless);
  assert.ok(status === 0 || (status === 2 && err.length > 0), `status ${status} for ${JSON.stringify(argv)}: ${err}`);
  assert.ok(!/^ {4}at /m.test(err), `a stack for ${JSON.stringify(argv)}: ${err}`);
  return { status, err };
}

describe("the command line under any words and files", function () {
  this.timeout(300_000);
  const folder = resultsOfEachTest();
  const at = (name: string): string => path.join(folder(), name);
  const put = (name: string, content: string | Uint8Array): string => {
    fs.writeFileSync(at(name), content);
    return at(name);
  };
  const project = '{"name": "porous-sgm", "version": "0.0.0"}';
  after(closePool);
  const home = process.cwd();
  // Words that happen to be names of files are names in a project of its own; ensembles tell the version of its
  // sources.
  beforeEach(() => {
    put("package.json", project);
    // What the keys of ensembles, statistics and models are derived from.
    for (const module of ["ensemble/generate", "experiments/training-data/stage", "experiments/training/stage"]) {
      fs.mkdirSync(path.dirname(at(`lib/${module}`)), { recursive: true });
      put(`lib/${module}.ts`, "export {};");
    }
    process.chdir(folder());
  });
  afterEach(() => {
    process.chdir(home);
  });

  const shape = [1, 4, 2, 5];
  const ensemble = encodeNpy({
    dtype: "float64",
    shape,
    data: Float64Array.from({ length: 40 }, (_, k) => Math.sin(k)),
  });

  it("whatever the words, for every command with its own options: a result or a clear error", async () => {
    const files = {
      "package.json": project,
      "cases.json": '[{"eps": [0.3, 0.4]}]',
      "z.json": '[{"l": 1e-5}, {}]',
      "a.npy": ensemble,
      "b.npy": ensemble,
      "torn.npy": ensemble.subarray(0, 99),
    };
    for (const [name, content] of Object.entries(files)) put(name, content);
    const value = fc.oneof(
      fc.constantFrom(...Object.keys(files), "out.npy", "out.zarr", "out.json", "none/x.npy", ".", "", "/dev/null").map((name) => (name === "" || name.startsWith("/") ? name : at(name))),
      fc.constantFrom("1", "2", "3", "0", "-1", "2.5", "1e3", "NaN", "9007199254740991", "99999999999999999999", "1/2", "2/1"),
      fc.constantFrom("electrode", "electrode-published", "conduction", "__proto__", "smoke", "single", "latest", "training.steps=3", "seed=x", "a.b=1", "model/12"),
      fc.string({ maxLength: 8 }).filter((text) => !text.includes("/") && !text.includes("..")),
    ); // prettier-ignore
    const wordsOf = ({ name, options }: Command): fc.Arbitrary<string[]> => {
      const required = Object.keys(options).filter((o) => options[o].required === true && o !== "out");
      const usual: Record<string, string> = {
        problem: "electrode",
        conditions: at("z.json"),
        cases: at("cases.json"),
        count: "2",
        generated: at("a.npy"),
        reference: at("b.npy"),
      };
      // Threads are not asked for by the thousand: that is a wish, not an error.
      const option = fc
        .constantFrom(...Object.keys(options).filter((o) => o !== "workers"))
        .chain((o) => value.map((v) => (options[o].type === "boolean" ? [`--${o}`] : [`--${o}`, v])));
      const out = "out" in options ? ["--out", at("made.npy")] : [];
      return fc
        .record({
          sound: fc.subarray(required, { minLength: Math.max(0, required.length - 1) }),
          changed: fc.array(option, { maxLength: 2 }),
          stray: fc.array(fc.oneof(value, fc.constantFrom("--", "-x", "--=", "--help", "=")), { maxLength: 1 }),
        })
        .map(({ sound, changed, stray }) => [
          name,
          ...sound.flatMap((o) => [`--${o}`, usual[o]]),
          ...out,
          ...changed.flat(),
          ...stray,
        ]);
    };
    const argv = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...harmless).chain(wordsOf) },
      {
        weight: 1,
        arbitrary: fc.array(fc.oneof(value, fc.constantFrom(...commands.map((c) => c.name))), { maxLength: 5 }),
      },
    );
    const ends = new Map<string, Set<number>>();
    await fc.assert(
      fc.asyncProperty(argv, async (words) => {
        const { status } = await resultOrRefusal(words);
        if (!ends.has(words[0])) ends.set(words[0], new Set());
        ends.get(words[0])!.add(status);
        for (const name of fs.readdirSync(folder()))
          if (!(name in files || name === "lib")) fs.rmSync(at(name), { recursive: true });
      }),
      { numRuns: 1500 },
    );
    for (const name of ["solve", "generate", "join", "compare", "train", "study", "cache"])
      assert.deepEqual([...(ends.get(name) ?? [])].sort(), [0, 2], `both ends of ${name} were reached`);
  });

  it("whatever the cases of solve: a result or a clear error, and an error leaves no file", async () => {
    const number = fc.oneof(fc.double(), fc.double({ min: 0.1, max: 0.9 }), fc.jsonValue());
    const aCase = fc.record(
      { eps: fc.array(number, { maxLength: 6 }), U0: number, F_right: number },
      { requiredKeys: [] },
    );
    const porosity = fc.double({ min: 0.1, max: 0.9, noNaN: true });
    const valid = fc.record({ eps: fc.array(porosity, { minLength: 2, maxLength: 6 }) });
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.jsonValue(), fc.array(aCase, { maxLength: 3 }), fc.array(valid, { minLength: 1, maxLength: 2 })),
        async (cases) => {
          const file = put("cases.json", JSON.stringify(cases));
          const args = ["--problem", "electrode-published", "--cases", file, "--out", at("out.json")];
          const { status, err } = await sgm("solve", ...args);
          statuses.add(status);
          const stored = fs.existsSync(at("out.json"));
          fs.rmSync(at("out.json"), { force: true });
          return status === 0 ? stored : status === 2 && !stored && err.length > 0;
        },
      ),
      { numRuns: 300 },
    );
    assert.deepEqual([...statuses].sort(), [0, 2], "both ends were reached");
  });

  it("whatever has happened to the files of compare and join: a result or a clear error", async () => {
    put("b.npy", ensemble);
    await fc.assert(
      fc.asyncProperty(mutations(ensemble), async (bytes) => {
        put("a.npy", bytes);
        await resultOrRefusal(["compare", "--generated", at("a.npy"), "--reference", at("b.npy")]);
        await resultOrRefusal(["join", at("b.npy"), at("a.npy"), "--out", at("j.npy")]);
      }),
      { numRuns: 200 },
    );
  });
});
