/**
 * A small assembler for WebAssembly functions on numbers in a linear memory: for the few inner loops that take nearly
 * all of the time, where JavaScript has neither pairs of doubles in one register nor 64-bit products. Every kernel has
 * a plain twin in TypeScript beside it, which defines what it computes, to the bit; where WebAssembly SIMD is missing
 * the twin runs. Arithmetic is IEEE 754 without fused operations in both, so equal order of operations means equal
 * bits.
 *
 * An expression is the bytes that leave its value on the stack; a local is an expression too.
 * Source of the encoding: WebAssembly Core Specification 2.0, chapter 5 (binary format).
 */
export type Type = "i32" | "i64" | "f64" | "v128";
const TYPE: Record<Type, number> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b };

export class Local {
  constructor(
    readonly index: number,
    readonly type: Type,
  ) {}
}
export type Code = readonly number[];
export type Expression = Local | Code;

const code = (e: Expression): Code => (e instanceof Local ? [0x20, ...unsigned(e.index)] : e);

function operation(...opcode: number[]) {
  return (...operands: Expression[]): Code => [...operands.flatMap(code), ...opcode];
}
/** Memory access: address, then a constant number of bytes beyond it. */
function load(alignment: number, ...opcode: number[]) {
  return (address: Expression, bytes = 0): Code => [...code(address), ...opcode, alignment, ...unsigned(bytes)];
}
function store(alignment: number, ...opcode: number[]) {
  return (address: Expression, value: Expression, bytes = 0): Code => [
    ...code(address),
    ...code(value),
    ...opcode,
    alignment,
    ...unsigned(bytes),
  ];
}

export const i32 = {
  constant: (x: number): Code => [0x41, ...signed(BigInt(x))],
  add: operation(0x6a),
  sub: operation(0x6b),
  mul: operation(0x6c),
  shl: operation(0x74),
  /** Of an unsigned number. */
  shiftRight: operation(0x76),
  store: store(2, 0x36),
  lessThan: operation(0x48),
  atLeast: operation(0x4e),
};

export const i64 = {
  constant: (x: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, x))],
  add: operation(0x7c),
  mul: operation(0x7e),
  and: operation(0x83),
  or: operation(0x84),
  xor: operation(0x85),
  shl: operation(0x86),
  shiftRight: operation(0x88),
  /** A 32-bit integer, taken as unsigned. */
  ofUnsigned: operation(0xad),
};

export const f64 = {
  constant: (x: number): Code => [0x44, ...float64Bytes(x)],
  load: load(3, 0x2b),
  store: store(3, 0x39),
  add: operation(0xa0),
  sub: operation(0xa1),
  mul: operation(0xa2),
  div: operation(0xa3),
  /** NaN where either is. */
  min: operation(0xa4),
  ofUnsigned64: operation(0xba),
  abs: operation(0x99),
  /** 1 or 0 as i32. */
  above: operation(0x64),
};

/** Two doubles in one register. */
export const f64x2 = {
  constant: (x: number): Code => [0xfd, 0x0c, ...float64Bytes(x), ...float64Bytes(x)],
  load: load(3, 0xfd, 0x00),
  /** One double from memory into both lanes. */
  loadSplat: load(3, 0xfd, 0x0a),
  store: store(3, 0xfd, 0x0b),
  splat: operation(0xfd, 0x14),
  lane: (value: Expression, lane: 0 | 1): Code => [...code(value), 0xfd, 0x21, lane],
  /** (a0, b0) and (a1, b1). */
  lowHalves: (a: Expression, b: Expression): Code => shuffle(a, b, 0, 16),
  highHalves: (a: Expression, b: Expression): Code => shuffle(a, b, 8, 24),
  add: operation(0xfd, 0xf0, 0x01),
  sub: operation(0xfd, 0xf1, 0x01),
  mul: operation(0xfd, 0xf2, 0x01),
  div: operation(0xfd, 0xf3, 0x01),
  neg: operation(0xfd, 0xed, 0x01),
  sqrt: operation(0xfd, 0xef, 0x01),
  /** NaN where either is. */
  min: operation(0xfd, 0xf4, 0x01),
  max: operation(0xfd, 0xf5, 0x01),
};

/** The same register as two 64-bit integers. */
export const i64x2 = {
  constant: (x: bigint): Code => {
    const bytes = new Uint8Array(BigInt64Array.of(x).buffer);
    return [0xfd, 0x0c, ...bytes, ...bytes];
  },
  add: operation(0xfd, 0xce, 0x01),
  /** Both by the same number of bits, an i32. */
  shl: operation(0xfd, 0xcb, 0x01),
};

function shuffle(a: Expression, b: Expression, first: number, second: number): Code {
  const bytes = [first, second].flatMap((start) => Array.from({ length: 8 }, (_, i) => start + i));
  return [...code(a), ...code(b), 0xfd, 0x0d, ...bytes];
}

/** The body of one function, written statement by statement. */
export class Body {
  readonly locals: Local[] = [];
  private readonly bytes: number[] = [];

  constructor(readonly parameters: readonly Local[]) {}

  local(type: Type): Local {
    const made = new Local(this.parameters.length + this.locals.length, type);
    this.locals.push(made);
    return made;
  }
  set(local: Local, value: Expression): void {
    this.do([...code(value), 0x21, ...unsigned(local.index)]);
  }
  /** A new local with this value. */
  let(type: Type, value: Expression): Local {
    const made = this.local(type);
    this.set(made, value);
    return made;
  }
  do(statement: Code): void {
    this.bytes.push(...statement);
  }
  /** Runs the body, then again as long as the condition holds. */
  repeat(body: () => void, asLongAs: () => Expression): void {
    this.do([0x03, 0x40]);
    body();
    this.do([...code(asLongAs()), 0x0d, 0x00, 0x0b]);
  }
  /** Runs the body if the condition holds. */
  when(condition: Expression, body: () => void): void {
    this.do([...code(condition), 0x04, 0x40]);
    body();
    this.do([0x0b]);
  }
  encoded(): Code {
    const declared = this.locals.flatMap((local) => [1, TYPE[local.type]]);
    const content = [...unsigned(this.locals.length), ...declared, ...this.bytes, 0x0b];
    return [...unsigned(content.length), ...content];
  }
}

export interface FunctionSource {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly write: (body: Body, ...parameters: Local[]) => void;
}

/** Compiled functions over one memory, which grows on demand and never shrinks. */
export interface Kernel {
  readonly functions: Readonly<Record<string, (...parameters: number[]) => void>>;
  /** The whole memory as doubles, at least `count` of them; good until more are asked for. */
  doubles(count: number): Float64Array;
}

/** What is used of WebAssembly's interface; the compiler's library for Node has no types for it. */
interface WebAssemblyInterface {
  validate(bytes: Uint8Array): boolean;
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Compiles the functions over a memory of their own; undefined where WebAssembly SIMD is not to be had. */
export function assemble(sources: readonly FunctionSource[]): Kernel | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyInterface };
  const bytes = moduleBytes(sources);
  if (!WebAssembly?.validate(bytes)) return undefined;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } });
  let view = new Float64Array(memory.buffer);
  return {
    functions: exports as Kernel["functions"],
    doubles(count) {
      if (count > view.length) {
        memory.grow(Math.ceil((8 * (count - view.length)) / 65536));
        view = new Float64Array(memory.buffer);
      }
      return view;
    },
  };
}

function moduleBytes(sources: readonly FunctionSource[]): Uint8Array {
  const bodies = sources.map(({ parameters, write }) => {
    const locals = parameters.map((type, i) => new Local(i, type));
    const body = new Body(locals);
    write(body, ...locals);
    return body.encoded();
  });
  const types = sources.map(({ parameters }) => [
    0x60,
    ...unsigned(parameters.length),
    ...parameters.map((t) => TYPE[t]),
    0,
  ]);
  const memory = [...text("host"), ...text("memory"), 0x02, 0x00, 0x01];
  const exported = sources.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [memory]),
    ...section(
      3,
      sources.map((_, i) => unsigned(i)),
    ),
    ...section(7, exported),
    ...section(10, bodies),
  ]);
}

function section(id: number, entries: readonly Code[]): Code {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function text(name: string): Code {
  const bytes = Buffer.from(name, "utf8");
  return [...unsigned(bytes.length), ...bytes];
}

/** Variable-length integers, seven bits to a byte (LEB128). */
function unsigned(x: number): number[] {
  const out: number[] = [];
  do {
    const rest = Math.floor(x / 128);
    out.push((x % 128) | (rest > 0 ? 0x80 : 0));
    x = rest;
  } while (x > 0);
  return out;
}

function signed(x: bigint): number[] {
  const out: number[] = [];
  for (;;) {
    const low = Number(x & 0x7fn);
    x >>= 7n;
    if ((x === 0n && low < 64) || (x === -1n && low >= 64)) return [...out, low];
    out.push(low | 0x80);
  }
}

function float64Bytes(x: number): number[] {
  return [...new Uint8Array(Float64Array.of(x).buffer)];
}
