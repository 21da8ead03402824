/**
 * Named random streams. A stream is 128 bits of identity: a 64-bit Philox key and the upper half of its counter; the
 * lower half counts blocks. Element k of any draw is a function of the identity and of k alone, so that
 *   - asking for more, for fewer, or for a part gives the same numbers,
 *   - threads that share a stream need no order between them,
 *   - a new child leaves the draws of all others as they were.
 * A child's identity is a hash of its parent's and of its name: Philox itself as a compression function in the form
 * H <- E_m(H) ^ H (Davies-Meyer), the name's bytes in the place of the key.
 * Uniforms carry 52 bits, u = (n + 1/2) 2^-52 with n in [0, 2^52): never 0, never 1, symmetric about 1/2.
 */
import { normalQuantile, tailQuantile } from "./normal";
import { AT_ONCE, normalKernel, type NormalKernel } from "./normal-kernel";
import { philox, philoxFill, type Words } from "./philox";

/**
 * A named stream of random numbers: children by name or number, uniforms and normals; two calls give the same numbers.
 */
export interface Stream {
  /** The names from the root to here, "20260205/porosity/3": equal paths are equal streams. */
  readonly path: string;
  /** The stream's 128 bits; `streamOf(identity, path)` restores it, on another thread for instance. */
  readonly identity: Words;
  /** Two 32-bit integers that stand for this stream where TensorFlow's stateless operations want a seed. */
  readonly seed: readonly [number, number];
  /** An independent stream. The name is a non-negative integer or a text without "/". */
  child(name: string | number): Stream;
  /** Elements offset .. offset + count - 1 of the sequence of uniforms in (0, 1). The caller owns the array. */
  uniforms(count: number, offset?: number): Float64Array;
  /** The same of standard normals: element k is the normal quantile of uniform k. */
  normals(count: number, offset?: number): Float64Array;
  /** The same, written into places from .. from + count - 1 of an array at hand. */
  fillNormals(out: Float64Array, from: number, count: number, offset?: number): void;
  /** The same of integers in [0, bound), each with exactly equal probability; 1 <= bound <= 2^31. */
  integers(count: number, bound: number, offset?: number): Int32Array;
}

/** The root of all randomness of a run. */
export function stream(seed: number): Stream {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`stream: the seed must be a non-negative whole number below 2^53, got ${seed}`);
  }
  return new CounterStream(absorbInteger(ROOT, seed), String(seed));
}

/** The stream of a given identity, as `Stream.identity` told it. */
export function streamOf(identity: Words, path: string): Stream {
  return new CounterStream([identity[0] | 0, identity[1] | 0, identity[2] | 0, identity[3] | 0], path);
}

const ROOT: Words = [0, 0, 0, 0];
const TWO_26 = 67108864;
const TWO_32 = 4294967296;
const SCALE = 2 ** -52;
/** Uniforms, integers and seeds take their blocks from different counters: the top bits of counter word 1. */
const INTEGERS = 1 << 31;
const four = new Int32Array(4);

class CounterStream implements Stream {
  constructor(
    readonly identity: Words,
    readonly path: string,
  ) {}

  get seed(): readonly [number, number] {
    const [a, b] = compress(this.identity, 0, SEED);
    return [a, b];
  }

  child(name: string | number): Stream {
    if (typeof name === "number" ? !Number.isSafeInteger(name) || name < 0 : name === "" || name.includes("/")) {
      throw new RangeError(
        `stream ${this.path}: a child's name is a non-negative whole number or a non-empty text without "/", ` +
          `got ${JSON.stringify(name)}`,
      );
    }
    const path = `${this.path}/${name}`;
    const integer = typeof name === "number" ? name : wholeNumber(name);
    const identity = integer >= 0 ? absorbInteger(this.identity, integer) : absorbText(this.identity, String(name));
    return new CounterStream(identity, path);
  }

  uniforms(count: number, offset = 0): Float64Array {
    checkRange(this, "uniforms", count, offset);
    if (!normalKernel) return plainUniforms(this.identity, count, offset);
    const out = new Float64Array(count);
    byKernel(normalKernel, this.identity, out, 0, count, offset, false);
    return out;
  }

  normals(count: number, offset = 0): Float64Array {
    checkRange(this, "normals", count, offset);
    const out = new Float64Array(count);
    this.fillNormals(out, 0, count, offset);
    return out;
  }

  fillNormals(out: Float64Array, from: number, count: number, offset = 0): void {
    checkRange(this, "normals", count, offset);
    if (!(from >= 0 && from + count <= out.length)) {
      throw new RangeError(
        `stream ${this.path}: ${count} normals from place ${from} do not fit in ${out.length} places`,
      );
    }
    if (normalKernel) byKernel(normalKernel, this.identity, out, from, count, offset, true);
    else out.set(plainUniforms(this.identity, count, offset).map(normalQuantile), from);
  }

  integers(count: number, bound: number, offset = 0): Int32Array {
    checkRange(this, "integers", count, offset);
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 31) {
      throw new RangeError(`stream ${this.path}: integers need a whole bound from 1 to 2^31, got ${bound}`);
    }
    const out = new Int32Array(count);
    for (let k = 0; k < count; k++) out[k] = this.integer(offset + k, bound);
    return out;
  }

  /**
   * A word below the largest multiple of `bound` is kept, others are drawn again; each element has its own counters.
   */
  private integer(k: number, bound: number): number {
    const [k0, k1, h2, h3] = this.identity;
    const limit = TWO_32 - (TWO_32 % bound);
    for (let attempt = 0; attempt < 1024; attempt++) {
      philoxFill(four, k, k0, k1, h2, h3, INTEGERS | (attempt << 21));
      for (let w = 0; w < 4; w++) {
        const word = four[w] >>> 0;
        if (word < limit) return word % bound;
      }
    }
    throw new Error(`stream ${this.path}: 4096 words in a row were rejected, which cannot happen by chance`);
  }
}

/** Two uniforms to a block; a request may begin in the middle of one. */
export function plainUniforms([k0, k1, h2, h3]: Words, count: number, offset: number): Float64Array {
  const first = Math.floor(offset / 2);
  const words = new Int32Array(4 * (Math.floor((offset + count + 1) / 2) - first));
  philoxFill(words, first, k0, k1, h2, h3);
  const skip = 2 * (offset % 2);
  return Float64Array.from({ length: count }, (_, i) => uniform(words[skip + 2 * i], words[skip + 2 * i + 1]));
}

function byKernel(
  kernel: NormalKernel,
  [k0, k1, h2, h3]: Words,
  out: Float64Array,
  from: number,
  count: number,
  offset: number,
  normal: boolean,
): void {
  const { uniforms, normals, tails } = kernel;
  for (let at = 0; at < count;) {
    const skip = (offset + at) % 2;
    const n = Math.min(AT_ONCE - skip, count - at);
    kernel.fill((offset + at - skip) / 2, (n + skip + 1) >> 1, k0, k1, h2, h3);
    if (normal) {
      kernel.centres(n + skip);
      out.set(normals.subarray(skip, skip + n), from + at);
      for (let t = 1; t <= tails[0]; t++) {
        const j = tails[t];
        if (j >= skip && j < skip + n) out[from + at + j - skip] = tailQuantile(uniforms[j], uniforms[j] - 0.5);
      }
    } else {
      for (let i = from + at, j = skip; j < n + skip; i++, j++) out[i] = uniforms[j];
    }
    at += n;
  }
}

/** 26 bits of each word, in the middle of their interval. */
function uniform(a: number, b: number): number {
  return ((a >>> 6) * TWO_26 + (b >>> 6) + 0.5) * SCALE;
}

function checkRange(s: Stream, what: string, count: number, offset: number): void {
  if (!Number.isSafeInteger(count) || count < 0 || !Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(
      `stream ${s.path}: ${what} need a count and an offset that are non-negative whole numbers, got ${count} and ` +
        `${offset}`,
    );
  }
}

/** "12" names the same child as 12, so that a path says which stream it is; -1 for every other text. */
function wholeNumber(name: string): number {
  const n = Number(name);
  return Number.isSafeInteger(n) && n >= 0 && String(n) === name ? n : -1;
}

const INTEGER = 1;
const TEXT = 2;
const SEED = 3;

function compress(h: Words, low: number, high: number): Words {
  const e = philox(h, [low, high]);
  return [e[0] ^ h[0], e[1] ^ h[1], e[2] ^ h[2], e[3] ^ h[3]];
}

/**
 * The kind of message stands in the top bits of its block's upper word: whole numbers have 53 bits, 21 of them there.
 */
function absorbInteger(h: Words, n: number): Words {
  return compress(h, (n % TWO_32) | 0, Math.floor(n / TWO_32) | (INTEGER << 28));
}

/** UTF-8 bytes, seven to a block, after a block with their number. */
function absorbText(h: Words, text: string): Words {
  const bytes = Buffer.from(text, "utf8");
  let state = compress(h, bytes.length, TEXT << 28);
  for (let at = 0; at < bytes.length; at += 7) {
    const byte = (i: number) => bytes[at + i] ?? 0;
    const low = byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
    state = compress(state, low, byte(4) | (byte(5) << 8) | (byte(6) << 16) | (TEXT << 28));
  }
  return state;
}
