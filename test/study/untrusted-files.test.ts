import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { stream } from "../../lib/random/stream";
import { parseNpy } from "../../lib/storage/npy";
import { parseJson } from "../../lib/storage/json";
import { encodeSafetensors, parseSafetensors, readSafetensors } from "../../lib/storage/safetensors";
import { decodeRecords, encodeRecord } from "../../lib/storage/tfrecord";
import { DamagedFileError, UserError } from "../../lib/errors/user-error";
import { Cache } from "../../lib/cache/cache";
import { conditionFrom } from "../../lib/command-line/input-files";
import {
  configuration,
  overridesFromEnvironment,
  overridesFromText,
  type Overrides,
} from "../../lib/study/configuration";
import { hashOf, manifestFile, readManifest } from "../../lib/cache/manifest";
import { statisticsStage } from "../../lib/experiments/training-data/stage";
import { readTrainedModel } from "../../lib/experiments/training/trained-model";
import { readCheckpoint } from "../../lib/training/checkpoint";
import { profileTable } from "../../lib/transport/profile";
import { problem } from "../../lib/transport/problems";
import { mutations } from "../storage/mutations";
import { temporaryFolder } from "../temporary-folder";
import { encodeNpy } from "../storage/write-npy";

/** Does `work` give a value or a user's error? Anything else escapes and fails the property. */
function refusesOrReads(work: () => unknown): boolean {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UserError) || error.message.length > 5000) throw error;
  }
  return true;
}
async function refusesOrLoads(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.message.length > 5000) throw error;
  }
  return true;
}
const check = (property: fc.IRawProperty<unknown>, numRuns: number): unknown => fc.assert(property, { numRuns });
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

const float32 = (...values: number[]) => ({
  dtype: "float32" as const,
  shape: [values.length],
  data: Float32Array.from(values),
});
const entry = { step: 1, loss: 0.5, explained: [0.1], heldOut: { loss: 0.6, explained: [0.2] } };
const checkpointTensors = {
  theta: float32(1, 2),
  first: float32(0, 0),
  second: float32(0, 0),
  average: float32(1, 2),
  window: float32(),
};
const checkpointTexts = { step: "3", log: JSON.stringify([entry]), divergence: '{"recent":[0.5],"lowest":null}' };
const modelTexts = { format: "5", range: '{"min":-3,"max":2}', log: JSON.stringify([entry]) };

describe("files from elsewhere", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const put = (name: string, content: Uint8Array | string): string => {
    fs.writeFileSync(path.join(folder(), name), content);
    return path.join(folder(), name);
  };

  it("JSON: 2000 damaged texts are read or refused by name", () => {
    const valid = fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(JSON.stringify(value)));
    check(
      fc.property(valid.chain(mutations), (bytes) => refusesOrReads(() => parseJson(textOf(bytes), "x.json"))),
      2000,
    );
  });

  it("notebook parameters: 2000 values of SGM_OVERRIDES become a configuration or a user's error, and change nothing else", () => {
    const keys = fc.constantFrom(
      "preset",
      "seed",
      "training",
      "steps",
      "sampler",
      "method",
      "__proto__",
      "constructor",
      "network",
      "problem",
      "name",
      "toString",
    );
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("smoke", "../../x", -1, 1e308, "electrode"));
    const overrides = fc.oneof(
      fc
        .dictionary(keys, fc.oneof(value, fc.dictionary(keys, value, { maxKeys: 3 })), { maxKeys: 4 })
        .map((o) => JSON.stringify(o)),
      fc.json(),
      fc.string(),
    );
    check(
      fc.property(overrides, (text) =>
        refusesOrReads(() => configuration(overridesFromEnvironment({ SGM_OVERRIDES: text }))),
      ),
      2000,
    );
    assert.equal(Object.keys(Object.prototype).length, 0, "no prototype was touched");
    assert.equal(({} as { steps?: unknown }).steps, undefined);
  });

  it("settings of the command line: 1000 texts of --set likewise", () => {
    const key = fc.stringMatching(
      /^(training|sampler|__proto__|constructor|seed|meanBias)(\.(steps|method|betaMax|__proto__|x))?$/,
    );
    const setting = fc.oneof(
      fc.tuple(key, fc.string()).map((pair) => pair.join("=")),
      fc.string(),
    );
    check(
      fc.property(fc.array(setting, { maxLength: 3 }), (settings) =>
        refusesOrReads(() => configuration(overridesFromText(settings) as Overrides)),
      ),
      1000,
    );
  });

  it("CSV: 1000 damaged porosity tables are read or refused by name", () => {
    const valid = Buffer.from("x,eps\n0,0.3\n2e-5,0.35\n5e-5,0.4\n1e-4,0.3\n");
    check(
      fc.property(mutations(valid), (bytes) => refusesOrReads(() => profileTable(textOf(bytes), "x.csv"))),
      1000,
    );
  });

  it("conditions: 1000 records of any JSON are admissible or refused", () => {
    const p = problem("electrode-published");
    const record = fc.dictionary(
      fc.constantFrom("l", "U0", "F_right", "k_rn", "__proto__", "x"),
      fc.oneof(fc.double(), fc.jsonValue({ maxDepth: 1 })),
    );
    check(
      fc.property(record, (r) => refusesOrReads(() => conditionFrom(p, r as never, "z.json"))),
      1000,
    );
  });

  it("manifests: 1000 damaged ones are refused unless they say what they said, and lead to no file outside their folder", async () => {
    const made = {
      stage: "model",
      input: { seed: 1 },
      upstream: [{ stage: "statistics", hash: "0".repeat(20) }],
      sources: { "lib/a.ts": "1" },
    };
    const manifest = {
      ...made,
      hash: hashOf(made),
      versions: { node: "v20" },
      files: { "model.safetensors": { sha256: "0".repeat(64), bytes: 7 } },
      seconds: 1,
      date: "2026-01-01",
    };
    put(manifestFile, JSON.stringify(manifest));
    assert.equal((await readManifest(folder())).hash, manifest.hash);
    await fc.assert(
      fc.asyncProperty(mutations(Buffer.from(JSON.stringify(manifest))), async (bytes) => {
        put(manifestFile, bytes);
        return refusesOrLoads(async () => {
          const read = await readManifest(folder());
          assert.deepEqual(
            [read.stage, read.input, read.upstream, read.sources],
            [made.stage, made.input, made.upstream, made.sources],
          );
          for (const name of Object.keys(read.files))
            assert.ok(!path.relative(folder(), path.join(folder(), name)).startsWith(".."));
        });
      }),
      { numRuns: 1000 },
    );
    for (const [change, message] of [
      [{ files: { "../../etc/passwd": { sha256: "0".repeat(64), bytes: 1 } } }, /leads out of the folder/],
      [{ files: { "/etc/passwd": { sha256: "0".repeat(64), bytes: 1 } } }, /leads out of the folder/],
      [{ upstream: [{ stage: "statistics", hash: "../../../../etc" }] }, /20 hexadecimal digits/],
      [{ stage: "../model" }, /letters, digits and hyphens/],
      [{ input: { seed: 2 } }, /do not have the hash/],
      [{ seconds: "1" }, /seconds/],
    ] as const) {
      put(manifestFile, JSON.stringify({ ...manifest, ...change }));
      await assert.rejects(readManifest(folder()), (e) => e instanceof DamagedFileError && message.test(e.message));
    }
    const listed = await new Cache(folder(), folder()).list();
    assert.deepEqual(listed, [], "a folder of strangers is no cache");
  });

  const texts = (valid: Record<string, string>): fc.Arbitrary<Record<string, string>> => {
    const names = Object.keys(valid);
    const changed = fc
      .constantFrom(...names)
      .chain((name) =>
        fc
          .oneof(mutations(Buffer.from(valid[name])).map(textOf), fc.json(), fc.string())
          .map((text) => ({ ...valid, [name]: text })),
      );
    return fc.oneof(
      { weight: 4, arbitrary: changed },
      { weight: 1, arbitrary: fc.subarray(names).map((kept) => Object.fromEntries(kept.map((n) => [n, valid[n]]))) },
    );
  };

  it("checkpoints: 500 with good checksums and bad contents go on or are refused, with file, place and remedy", async () => {
    const expected = { size: 2, steps: 10 };
    const file = put("checkpoint", encodeSafetensors(checkpointTensors, checkpointTexts));
    assert.equal((await readCheckpoint(file, expected))?.step, 3);
    await fc.assert(
      fc.asyncProperty(texts(checkpointTexts), (metadata) => {
        put("checkpoint", encodeSafetensors(checkpointTensors, metadata));
        return refusesOrLoads(async () => {
          const state = await readCheckpoint(file, expected);
          assert.ok(state && Number.isInteger(state.step) && state.step >= 0 && state.step <= 10);
          assert.ok(state.log.every((e) => Number.isFinite(e.loss) && e.explained.every(Number.isFinite)));
        });
      }),
      { numRuns: 500 },
    );
    for (const [tensors, metadata, message] of [
      [{ ...checkpointTensors, theta: float32(1) }, checkpointTexts, /theta must be float32 \[2\], got float32 \[1\]/],
      [
        { ...checkpointTensors, second: { dtype: "float64", shape: [2], data: Float64Array.of(1, 2) } },
        checkpointTexts,
        /second must be float32 \[2\], got float64/,
      ],
      [checkpointTensors, { ...checkpointTexts, step: "11" }, /metadata step/],
      [checkpointTensors, { ...checkpointTexts, step: "1.5" }, /metadata step/],
      [checkpointTensors, { ...checkpointTexts, log: "[{}]" }, /metadata log\.0/],
    ] as const) {
      put("checkpoint", encodeSafetensors(tensors as typeof checkpointTensors, metadata));
      await assert.rejects(
        readCheckpoint(file, expected),
        (e) => e instanceof DamagedFileError && message.test(e.message) && /Remedy: remove the file/.test(e.message),
      );
    }
    assert.equal(await readCheckpoint(path.join(folder(), "none"), expected), undefined);
  });

  it("models: 500 likewise; one of another format, with a weight that is not finite, or without parameters is refused", async () => {
    const theta = { theta: float32(1, 2) };
    const file = put("model", encodeSafetensors(theta, modelTexts));
    assert.deepEqual((await readTrainedModel(file)).range, { min: -3, max: 2 });
    await fc.assert(
      fc.asyncProperty(texts(modelTexts), (metadata) => {
        put("model", encodeSafetensors(theta, metadata));
        return refusesOrLoads(() => readTrainedModel(file));
      }),
      { numRuns: 500 },
    );
    for (const [tensors, metadata, message] of [
      [
        theta,
        { ...modelTexts, format: "0" },
        /another version of this project \(format 0, 5 is read\).*train it again/,
      ],
      [{ theta: float32(1, NaN) }, modelTexts, /theta\[1\] is NaN/],
      [{ other: float32(1) }, modelTexts, /theta must be a float32 vector/],
      [{ ...theta, varianceTerm: float32(1, 2) }, modelTexts, /varianceTerm must be a float32 matrix/],
      [
        { ...theta, "steps4.levels": float32(1, 2) },
        modelTexts,
        /steps4: 4 float64 levels and 16 float32 rows of weights/,
      ],
      [theta, { ...modelTexts, range: '{"min":2,"max":-3}' }, /min must be below max/],
    ] as const) {
      put("model", encodeSafetensors(tensors as typeof theta, metadata));
      await assert.rejects(readTrainedModel(file), (e) => e instanceof DamagedFileError && message.test(e.message));
    }
  });

  it("statistics: 500 with good checksums, and texts or arrays that do not fit each other, are read or refused", async () => {
    const statistics = await fitGaussian({
      problem: problem("electrode-published"),
      cells: 10,
      nodes: 4,
      porosities: 64,
      stream: stream(1),
    });
    await statisticsStage.save(statistics, folder());
    const [file] = fs.readdirSync(folder());
    const { tensors, metadata } = await readSafetensors(path.join(folder(), file));
    const names = Object.keys(tensors);
    const shortened = fc
      .record({ name: fc.constantFrom(...names), left: fc.nat({ max: 40 }) })
      .map(({ name, left }) => {
        const { dtype, data } = tensors[name];
        return {
          ...tensors,
          [name]: { dtype, shape: [Math.min(left, data.length)], data: data.slice(0, left) },
        } as typeof tensors;
      });
    const changed = fc.oneof(
      fc.tuple(fc.constant(tensors), texts(metadata)),
      fc.tuple(shortened, fc.constant(metadata)),
      fc.tuple(
        fc.subarray(names).map((kept) => Object.fromEntries(kept.map((n) => [n, tensors[n]]))),
        fc.constant(metadata),
      ),
    );
    await fc.assert(
      fc.asyncProperty(changed, async ([arrays, description]) => {
        put(file, encodeSafetensors(arrays, description));
        return refusesOrLoads(() => statisticsStage.load(folder()));
      }),
      { numRuns: 500 },
    );
    put(
      file,
      encodeSafetensors(
        { ...tensors, mean: { ...tensors.mean, data: tensors.mean.data.map(() => NaN) } as typeof tensors.mean },
        metadata,
      ),
    );
    await assert.rejects(
      statisticsStage.load(folder()),
      (e) => e instanceof DamagedFileError && /mean\[0\] is NaN/.test(e.message),
    );
  });

  it("event files: of 500 damaged ones the whole records before the damage are read, and no other bytes", () => {
    const payloads = ["one", "two two", ""].map((text) => Buffer.from(text));
    const valid = Buffer.concat(payloads.map(encodeRecord));
    assert.deepEqual(decodeRecords(valid).map(({ data }) => textOf(data)), ["one", "two two", ""]); // prettier-ignore
    check(
      fc.property(mutations(valid), (bytes) =>
        decodeRecords(bytes).every(({ data, end }) => end <= bytes.length && data.length < bytes.length),
      ),
      500,
    );
    for (let cut = 0; cut < valid.length; cut++) assert.ok(decodeRecords(valid.subarray(0, cut)).length < 3);
  });

  it("a header that claims more than the file holds takes no memory: sizes are checked before anything is allocated", () => {
    const npy = Buffer.from(encodeNpy({ dtype: "float64", shape: [2], data: Float64Array.of(1, 2) }));
    const claim = (text: string): Buffer => {
      const at = npy.indexOf("(2,)");
      return Buffer.concat([npy.subarray(0, at), Buffer.from(text), npy.subarray(at + text.length)]);
    };
    const header = (shape: number[], end: number): Buffer => {
      const json = Buffer.from(JSON.stringify({ a: { dtype: "F64", shape, data_offsets: [0, end] } }));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(json.length));
      return Buffer.concat([length, json, Buffer.alloc(16)]);
    };
    const before = process.memoryUsage();
    for (let k = 0; k < 200; k++) {
      assert.throws(() => parseNpy(claim(`(${10 ** (5 + (k % 10))},)`), "x.npy"), DamagedFileError);
      assert.throws(
        () => parseSafetensors(header([10 ** (5 + (k % 9))], 8 * 10 ** (5 + (k % 9))), "x"),
        DamagedFileError,
      );
      assert.deepEqual(decodeRecords(Buffer.from("ffffffffffffff7f00000000", "hex")), []);
    }
    const after = process.memoryUsage();
    const grown = (after.arrayBuffers - before.arrayBuffers + after.external - before.external) / 2;
    assert.ok(grown < 5e6, `${grown} bytes outside the heap after 600 refusals of files that claim up to 10^15`);
  });
});
