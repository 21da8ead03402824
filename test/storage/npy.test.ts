import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { createNpy, parseNpy, readNpy } from "../../lib/storage/npy";
import type { NumericArray } from "../../lib/storage/numeric-array";
import { DamagedFileError, UserError } from "../../lib/errors/user-error";
import { pythonWith, runPython } from "../python";
import { temporaryFolder } from "../temporary-folder";
import { anyArray, mutations, sameArray } from "./mutations";
import { encodeNpy, writeNpy } from "./write-npy";

const example: NumericArray = {
  dtype: "float64",
  shape: [2, 3],
  data: Float64Array.of(1, -2.5, 1e-300, NaN, Infinity, -0),
};

/** A .npy file with a header text of our choice. */
function withHeader(text: string, data: Uint8Array, version = 1): Uint8Array {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  const magic = Buffer.from([0x93, ...Buffer.from("NUMPY"), version, 0]);
  return Buffer.concat([magic, length, Buffer.from(text, "latin1"), data]);
}

describe(".npy arrays", () => {
  const folder = temporaryFolder();

  it("every array comes back bit for bit, whatever its type and shape", () => {
    fc.assert(
      fc.property(anyArray, (array) => sameArray(parseNpy(encodeNpy(array), "memory"), array)),
      { numRuns: 200 },
    );
  });

  it("a file written piece by piece equals one written at once", async () => {
    const [a, b] = [path.join(folder(), "a.npy"), path.join(folder(), "b.npy")];
    await writeNpy(a, example);
    const writer = await createNpy(b, "float64", [2, 3]);
    await writer.append(Float64Array.of(1, -2.5));
    await assert.rejects(writer.commit(), /holds 6 elements, got 2/);
    await writer.append(example.data.subarray(2) as Float64Array);
    await assert.rejects(writer.append(Float64Array.of(0)), RangeError);
    await writer.commit();
    assert.deepEqual(fs.readFileSync(a), fs.readFileSync(b));
    assert.ok(sameArray(await readNpy(a), example));
  });

  it("version 2 headers and the spellings that NumPy accepts are read", () => {
    const data = Buffer.alloc(16);
    for (const text of [
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n",
      '{"shape":(2,),"fortran_order":False,"descr":"<f8"}',
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}   \n",
    ]) {
      for (const version of [1, 2, 3]) parseNpy(withHeader(text, data, version), "memory");
    }
    assert.deepEqual(
      parseNpy(withHeader("{'descr': '<i4', 'fortran_order': False, 'shape': (), }", Buffer.alloc(4)), "").shape,
      [],
    );
  });

  const head = "'fortran_order': False, 'shape': (2,), }";
  for (const { what, bytes, message } of [
    {
      what: "truncated data",
      bytes: encodeNpy(example).subarray(0, -1),
      message: /truncated: float64 \[2, 3\] takes 48 bytes.*are 47/,
    },
    {
      what: "trailing bytes",
      bytes: Buffer.concat([encodeNpy(example), Buffer.alloc(1)]),
      message: /something follows its data/,
    },
    { what: "a truncated header", bytes: encodeNpy(example).subarray(0, 40), message: /ends within its header/ },
    { what: "an empty file", bytes: new Uint8Array(0), message: /does not begin as a .npy file/ },
    {
      what: "another format",
      bytes: Buffer.from("PK\x03\x04 a zip archive"),
      message: /does not begin as a .npy file/,
    },
    {
      what: "an oversized header",
      bytes: withHeader(" ".repeat(70000), Buffer.alloc(0), 2),
      message: /claims 70000 bytes, at most/,
    },
    { what: "an unknown version", bytes: withHeader("{}", Buffer.alloc(0), 9), message: /version 9\.0 is unknown/ },
    {
      what: "a pickled object",
      bytes: withHeader(`{'descr': '|O', ${head}`, Buffer.alloc(9)),
      message: /type '\|O'.*astype/,
    },
    { what: "int64", bytes: withHeader(`{'descr': '<i8', ${head}`, Buffer.alloc(16)), message: /type '<i8'/ },
    {
      what: "big-endian numbers",
      bytes: withHeader(`{'descr': '>f8', ${head}`, Buffer.alloc(16)),
      message: /type '>f8'/,
    },
    {
      what: "a record type",
      bytes: withHeader(`{'descr': [('a', '<f8')], ${head}`, Buffer.alloc(16)),
      message: /cannot be read at/,
    },
    {
      what: "Fortran order",
      bytes: withHeader("{'descr': '<f8', 'fortran_order': True, 'shape': (2,)}", Buffer.alloc(16)),
      message: /ascontiguousarray/,
    },
    {
      what: "a negative size",
      bytes: withHeader("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,)}", Buffer.alloc(16)),
      message: /cannot be read at/,
    },
    {
      what: "a shape beyond any memory",
      bytes: withHeader(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999)}",
        Buffer.alloc(16),
      ),
      message: /is not one/,
    },
    {
      what: "a shape beyond the file",
      bytes: withHeader("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}", Buffer.alloc(16)),
      message: /truncated/,
    },
    {
      what: "a key given twice",
      bytes: withHeader(`{'descr': '<f8', 'descr': '<f8', ${head}`, Buffer.alloc(16)),
      message: /'descr' twice/,
    },
    {
      what: "a missing key",
      bytes: withHeader("{'descr': '<f8', 'shape': (2,)}", Buffer.alloc(16)),
      message: /must have 'descr'/,
    },
  ]) {
    it(`${what} is refused with the file's name, the problem and the remedy, in memory and on disk`, async () => {
      const file = path.join(folder(), "bad.npy");
      fs.writeFileSync(file, bytes);
      const clear = (error: unknown): boolean =>
        error instanceof DamagedFileError && message.test(error.message) && /Remedy: /.test(error.message);
      assert.throws(() => parseNpy(bytes, "x.npy"), clear);
      await assert.rejects(readNpy(file), clear);
    });
  }

  it("an array of another type or shape than expected is refused, and a missing file is the user's error", async () => {
    const file = path.join(folder(), "a.npy");
    await writeNpy(file, example);
    await readNpy(file, { dtype: "float64", shape: [undefined, 3] });
    await assert.rejects(readNpy(file, { dtype: "float32" }), /float32 was expected, its elements are float64/);
    await assert.rejects(readNpy(file, { shape: [undefined, 4] }), /shape \[any, 4\] was expected, it has \[2, 3\]/);
    await assert.rejects(
      readNpy(path.join(folder(), "none.npy")),
      (e) => e instanceof UserError && /no such file/.test(e.message),
    );
    await assert.rejects(writeNpy(file, { ...example, shape: [7] }), /the shape holds 7 elements, got 6/);
  });

  it("a damaged file either reads as an array that fits its bytes or is refused; nothing else happens", () => {
    fc.assert(
      fc.property(
        anyArray.chain((a) => mutations(encodeNpy(a))),
        (bytes) => {
          try {
            const { data } = parseNpy(bytes, "fuzzed.npy");
            return data.byteLength < bytes.length;
          } catch (error) {
            return error instanceof DamagedFileError && error.message.startsWith("fuzzed.npy: ");
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("NumPy reads what is written here, and its files are read here", async function () {
    const python = pythonWith("numpy");
    if (python === undefined) this.skip();
    const [ours, theirs] = [path.join(folder(), "ours.npy"), path.join(folder(), "theirs.npy")];
    await writeNpy(ours, example);
    const program = `
import json, sys, numpy
a = numpy.load(sys.argv[1], allow_pickle=False)
numpy.save(sys.argv[2], (numpy.arange(24).reshape(2, 3, 4) / 7).astype("<f4"))
print(json.dumps([a.dtype.str, a.shape, a.tobytes().hex()]))`;
    const seen = runPython(python, program, ours, theirs);
    assert.deepEqual(seen, ["<f8", [2, 3], Buffer.from(example.data.buffer).toString("hex")]);
    const expected = {
      dtype: "float32",
      shape: [2, 3, 4],
      data: Float32Array.from({ length: 24 }, (_, k) => k / 7),
    } as const;
    assert.ok(sameArray(await readNpy(theirs), expected));
  });
});
