import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { bytesOf } from "../../lib/storage/numeric-array";
import {
  encodeSafetensors,
  parseSafetensors,
  readSafetensors,
  writeSafetensors,
  type Tensors,
} from "../../lib/storage/safetensors";
import { DamagedFileError } from "../../lib/errors/user-error";
import { pythonWith, runPython } from "../python";
import { temporaryFolder } from "../temporary-folder";
import { anyArray, mutations, sameArray } from "./mutations";

const model: Tensors = {
  "blocks.0.weight": { dtype: "float32", shape: [2, 1, 2], data: Float32Array.of(1, 2, 3, 4) },
  "a bias": { dtype: "int32", shape: [], data: Int32Array.of(-7) },
  mean: { dtype: "float64", shape: [2], data: Float64Array.of(Math.PI, NaN) },
  none: { dtype: "float32", shape: [0, 3], data: new Float32Array(0) },
};
const description = { description: JSON.stringify({ architecture: "film", sizes: [1, 2] }), note: 'ε and "quotes"' };

/** A file with a header of our choice. */
function file(header: unknown, dataBytes = 8): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(dataBytes)]);
}
const f64 = (begin: number, end: number, more: object = {}): object => ({
  dtype: "F64",
  shape: [(end - begin) / 8],
  data_offsets: [begin, end],
  ...more,
});

describe("safetensors", () => {
  const folder = temporaryFolder();

  it("tensors and texts come back bit for bit, and the same content gives the same bytes", () => {
    const { tensors, metadata } = parseSafetensors(encodeSafetensors(model, description), "memory");
    assert.deepEqual(metadata, description);
    assert.deepEqual(Object.keys(tensors).sort(), Object.keys(model).sort());
    for (const name of Object.keys(model)) assert.ok(sameArray(tensors[name], model[name]), name);
    const reordered = Object.fromEntries(Object.entries(model).reverse());
    assert.deepEqual(encodeSafetensors(reordered, description), encodeSafetensors(model, description));
  });

  it("any set of arrays survives", () => {
    const name = fc
      .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
      .filter((s) => !/[\\/]|__|\p{Cc}/u.test(s));
    fc.assert(
      fc.property(fc.dictionary(name, anyArray, { maxKeys: 5 }), (tensors) => {
        const read = parseSafetensors(encodeSafetensors(tensors), "memory").tensors;
        return Object.keys(tensors).every((k) => sameArray(read[k], tensors[k]));
      }),
      { numRuns: 150 },
    );
  });

  it("every single flipped bit is noticed", () => {
    const valid = encodeSafetensors(model, description);
    const unsigned: number[] = [];
    for (let bit = 0; bit < 8 * valid.length; bit++) {
      const damaged = Uint8Array.from(valid);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      try {
        const { tensors } = parseSafetensors(damaged, "memory");
        assert.ok(Object.keys(model).every((k) => sameArray(tensors[k], model[k])));
        unsigned.push(bit >> 3);
      } catch (error) {
        assert.ok(error instanceof DamagedFileError, String(error));
      }
    }
    // What may pass: the checksum's own label, after which the file is as one without a checksum; and kinds of space.
    const label = Buffer.from(valid).indexOf('"sha256"');
    const padding = Buffer.from(valid).lastIndexOf("}", 8 + Number(Buffer.from(valid).readBigUInt64LE(0)));
    for (const at of unsigned) assert.ok((at > label && at < label + 7) || at > padding, `byte ${at}`);
  });

  const bytes = encodeSafetensors(model);
  for (const { what, content, message } of [
    { what: "an empty file", content: new Uint8Array(0), message: /at least 8 bytes/ },
    { what: "a truncated file", content: bytes.subarray(0, -1), message: /claims bytes|data section/ },
    { what: "a file cut within its header", content: bytes.subarray(0, 50), message: /truncated/ },
    { what: "trailing bytes", content: Buffer.concat([bytes, Buffer.alloc(8)]), message: /data section has/ },
    {
      what: "an oversized header",
      content: Buffer.from("ffffffffffffff7f7b7d", "hex"),
      message: /claims 9223372036854775807 bytes, at most/,
    },
    { what: "a header that is no object", content: file("[1]"), message: /does not begin with \{/ },
    { what: "broken JSON", content: file('{"a": '), message: /not valid JSON .*line 1, column/ },
    {
      what: "a name given twice",
      content: file(
        '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}',
      ),
      message: /occurs twice/,
    },
    { what: "deep nesting", content: file(`{"a":${"[".repeat(100000)}`), message: /nested deeper/ },
    {
      what: "text that is not UTF-8",
      content: file(Buffer.from("{\xff}", "latin1").toString("latin1")),
      message: /not valid JSON|UTF-8/,
    },
    {
      what: "a type that is not read",
      content: file({ a: f64(0, 8, { dtype: "BF16" }) }),
      message: /"a" has the type "BF16"/,
    },
    { what: "overlapping tensors", content: file({ a: f64(0, 16), b: f64(8, 24) }, 24), message: /"b" overlaps/ },
    { what: "a gap", content: file({ a: f64(0, 8), b: f64(16, 24) }, 24), message: /"b" leaves a gap/ },
    { what: "offsets beyond the file", content: file({ a: f64(0, 800) }), message: /claims bytes 0 to 800 of 8/ },
    { what: "negative offsets", content: file({ a: f64(-8, 0) }), message: /claims bytes -8/ },
    {
      what: "offsets the wrong way round",
      content: file({ a: { dtype: "F64", shape: [0], data_offsets: [8, 0] } }),
      message: /claims bytes 8 to 0/,
    },
    {
      what: "fractional offsets",
      content: file({ a: f64(0, 8, { data_offsets: [0.5, 8] }) }),
      message: /two integers/,
    },
    {
      what: "a shape that does not fit its bytes",
      content: file({ a: f64(0, 8, { shape: [2] }) }),
      message: /claims 8 bytes, its shape \[2\] takes 16/,
    },
    {
      what: "a shape beyond any memory",
      content: file({ a: f64(0, 8, { shape: [2 ** 40, 2 ** 40] }) }),
      message: /shape that is not one/,
    },
    {
      what: "a negative shape",
      content: file({ a: f64(0, 8, { shape: [-1, -1] }) }),
      message: /shape that is not one/,
    },
    {
      what: "an unknown entry",
      content: file({ a: f64(0, 8, { code: "rm" }) }),
      message: /exactly dtype, shape and data_offsets/,
    },
    {
      what: "a name that leads out of a folder",
      content: file({ "../../etc/passwd": f64(0, 8) }),
      message: /path out of a folder/,
    },
    { what: "a name with control characters", content: file({ "a\u0000b": f64(0, 8) }), message: /control characters/ },
    {
      what: "metadata that are not texts",
      content: file({ __metadata__: { a: 1 } }, 0),
      message: /metadata "a" is not a text/,
    },
  ]) {
    it(`${what} is refused with file and place`, async () => {
      const clear = (error: unknown): boolean => error instanceof DamagedFileError && message.test(error.message);
      assert.throws(() => parseSafetensors(content, "x.safetensors"), clear);
      fs.writeFileSync(path.join(folder(), "x"), content);
      await assert.rejects(readSafetensors(path.join(folder(), "x")), clear);
    });
  }

  it("a damaged file either reads as tensors that fit its bytes or is refused; nothing else happens", () => {
    const valid = fc
      .dictionary(fc.constantFrom("a", "b", "c.d"), anyArray, { maxKeys: 3 })
      .map((t) => encodeSafetensors(t, { k: "v" }));
    fc.assert(
      fc.property(valid.chain(mutations), (damaged) => {
        try {
          const { tensors } = parseSafetensors(damaged, "fuzzed");
          return Object.values(tensors).reduce((n, t) => n + bytesOf(t.data).length, 0) < damaged.length;
        } catch (error) {
          return error instanceof DamagedFileError && error.message.startsWith("fuzzed: ");
        }
      }),
      { numRuns: 2500 },
    );
  });

  it("what cannot be stored is refused before a file appears", async () => {
    const target = path.join(folder(), "x");
    const one: Tensors[string] = { dtype: "float32", shape: [1], data: Float32Array.of(1) };
    await assert.rejects(writeSafetensors(target, { "../a": one }), /path out of a folder/);
    await assert.rejects(writeSafetensors(target, { a: { ...one, shape: [2] } }), /a: shape \[2\] must hold/);
    assert.deepEqual(fs.readdirSync(folder()), []);
  });

  it("Python's safetensors opens our files, and we open those that it writes", async function () {
    const python = pythonWith("numpy", "safetensors");
    if (python === undefined) this.skip();
    const [ours, theirs] = [path.join(folder(), "ours"), path.join(folder(), "theirs")];
    await writeSafetensors(ours, model, description);
    const program = `
import json, sys, numpy
from safetensors import safe_open
from safetensors.numpy import save_file
with safe_open(sys.argv[1], framework="numpy") as f:
    seen = {k: [str(f.get_tensor(k).dtype), list(f.get_tensor(k).shape), f.get_tensor(k).tobytes().hex()] for k in f.keys()}
    metadata = f.metadata()
    save_file({k: f.get_tensor(k) for k in f.keys()}, sys.argv[2], metadata=metadata)
print(json.dumps([seen, metadata]))`;
    const [seen, metadata] = runPython(python, program, ours, theirs) as [
      Record<string, unknown>,
      Record<string, string>,
    ];
    assert.equal(metadata.note, description.note);
    for (const [name, { dtype, shape, data }] of Object.entries(model)) {
      assert.deepEqual(seen[name], [dtype, shape, Buffer.from(bytesOf(data)).toString("hex")]);
    }
    const read = (await readSafetensors(theirs)).tensors;
    for (const name of Object.keys(model)) assert.ok(sameArray(read[name], model[name]), name);
  });
});
