/**
 * Philox4x32-10, a counter-based generator: 128 random bits are a function of a 128-bit counter and a 64-bit key, and
 * nothing else. Ten rounds, each of two 32 x 32 -> 64 bit products, with the key advanced by fixed (Weyl) increments:
 *   (c0, c1, c2, c3) <- (hi(M1 c2) ^ c1 ^ k0,  lo(M1 c2),  hi(M0 c0) ^ c3 ^ k1,  lo(M0 c0)).
 * For a fixed key the map from counter to output is a bijection. No state: any block can be computed at any time, in
 * any order, on any thread.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
 */

/** Four 32-bit words, as signed integers (the form in which JavaScript's bit operations return them). */
export type Words = readonly [number, number, number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const M0_LOW = M0 & 0xffff;
const M0_HIGH = M0 >>> 16;
const M1_LOW = M1 & 0xffff;
const M1_HIGH = M1 >>> 16;
const WEYL0 = 0x9e3779b9 | 0;
const WEYL1 = 0xbb67ae85 | 0;

/**
 * Writes blocks `first`, `first + 1`, ... as 4 words each into `out` (its length says how many). The block's number
 * fills counter words 0 and 1 (`tag` is or-ed into word 1, whose upper 11 bits are free), `high` is words 2 and 3.
 */
export function philoxFill(
  out: Int32Array,
  first: number,
  key0: number,
  key1: number,
  high2: number,
  high3: number,
  tag = 0,
): void {
  let low = (first % 4294967296) | 0;
  let high = Math.floor(first / 4294967296) | tag;
  for (let at = 0; at + 3 < out.length; at += 4) {
    let c0 = low;
    let c1 = high;
    let c2 = high2;
    let c3 = high3;
    let k0 = key0;
    let k1 = key1;
    for (let round = 0; round < 10; round++) {
      // The upper half of a 32 x 32 bit product from four 16 x 16 bit ones; each partial sum fits 32 unsigned bits.
      const a = c0 & 0xffff;
      const b = c0 >>> 16;
      const p = (Math.imul(b, M0_LOW) + (Math.imul(a, M0_LOW) >>> 16)) | 0;
      const q = (Math.imul(a, M0_HIGH) + (p & 0xffff)) | 0;
      const hi0 = (Math.imul(b, M0_HIGH) + (p >>> 16) + (q >>> 16)) | 0;
      const c = c2 & 0xffff;
      const d = c2 >>> 16;
      const r = (Math.imul(d, M1_LOW) + (Math.imul(c, M1_LOW) >>> 16)) | 0;
      const s = (Math.imul(c, M1_HIGH) + (r & 0xffff)) | 0;
      const hi1 = (Math.imul(d, M1_HIGH) + (r >>> 16) + (s >>> 16)) | 0;
      const lo0 = Math.imul(c0, M0);
      c0 = hi1 ^ c1 ^ k0;
      c1 = Math.imul(c2, M1);
      c2 = hi0 ^ c3 ^ k1;
      c3 = lo0;
      k0 = (k0 + WEYL0) | 0;
      k1 = (k1 + WEYL1) | 0;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
    low = (low + 1) | 0;
    if (low === 0) high = (high + 1) | 0;
  }
}

const block = new Int32Array(4);

/** The block of one counter: Philox4x32-10 as its authors define it, words in their order. */
export function philox(counter: Words, key: readonly [number, number]): Words {
  const low = (counter[0] >>> 0) + (counter[1] & 0x1fffff) * 4294967296; // 53 bits, exact in a double
  philoxFill(block, low, key[0] | 0, key[1] | 0, counter[2] | 0, counter[3] | 0, counter[1] & ~0x1fffff);
  return [block[0], block[1], block[2], block[3]];
}
