import assert from "node:assert";
import { philox, philoxFill, type Words } from "../../lib/random/philox";

const hex = (words: readonly number[]) => words.map((w) => (w >>> 0).toString(16).padStart(8, "0")).join(" ");

/** Published with the Random123 library: counter, key, output. */
const knownAnswers: { counter: Words; key: readonly [number, number]; output: string }[] = [
  { counter: [0, 0, 0, 0], key: [0, 0], output: "6627e8d5 e169c58d bc57ac4c 9b00dbd8" },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    output: "408f276d 41c83b0e a20bc7c6 6d5451fd",
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    output: "d16cfe09 94fdcceb 5001e420 24126ea1",
  },
];

/** The definition, in whole-number arithmetic of any length. */
function philoxByDefinition(counter: Words, key: readonly [number, number]): Words {
  let c = counter.map((w) => BigInt(w >>> 0));
  let [k0, k1] = key.map((w) => BigInt(w >>> 0));
  const low = (x: bigint) => x & 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c[0];
    const p1 = 0xcd9e8d57n * c[2];
    c = [(p1 >> 32n) ^ c[1] ^ k0, low(p1), (p0 >> 32n) ^ c[3] ^ k1, low(p0)];
    k0 = low(k0 + 0x9e3779b9n);
    k1 = low(k1 + 0xbb67ae85n);
  }
  return c.map((w) => Number(w) | 0) as unknown as Words;
}

describe("Philox4x32-10", () => {
  for (const { counter, key, output } of knownAnswers) {
    it(`gives its authors' known answer for counter ${hex(counter)}`, () => {
      assert.strictEqual(hex(philox(counter, key)), output);
    });
  }

  it("agrees with its definition in big integers for a thousand counters and keys", () => {
    let x: Words = [1, 2, 3, 4];
    for (let i = 0; i < 1000; i++) {
      const key = [x[1] ^ i, x[3]] as const;
      const got = philox(x, key);
      assert.strictEqual(hex(got), hex(philoxByDefinition(x, key)));
      x = got;
    }
  });

  it("counts across the boundary of a 32-bit word", () => {
    const out = new Int32Array(12);
    philoxFill(out, 2 ** 32 - 1, 5, 6, 7, 8);
    assert.strictEqual(hex([...out.subarray(0, 4)]), hex(philoxByDefinition([0xffffffff, 0, 7, 8], [5, 6])));
    assert.strictEqual(hex([...out.subarray(4, 8)]), hex(philoxByDefinition([0, 1, 7, 8], [5, 6])));
    assert.strictEqual(hex([...out.subarray(8, 12)]), hex(philoxByDefinition([1, 1, 7, 8], [5, 6])));
  });
});
