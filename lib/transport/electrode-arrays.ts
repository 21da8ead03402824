/**
 * The arrays that a WebAssembly program of electrode-program.ts works on: where they lie in its memory, how it reads
 * and writes them, and its loops over them. Places are constants of the program; `at` counts bytes.
 */
import { f64, f64x2, i32, type Body, type Code, type Expression, type Local } from "../numerics/assembler";

/** Arrays in the memory, each `pitch` doubles long; the supplies and solutions of salt follow, three rows each. */
const NAMES = [
  "eps",
  "solid",
  "surface",
  "loss",
  "k",
  "D",
  "g",
  "couplings",
  "storage",
  "b",
  "x",
  "r",
  "jumps",
  "rise",
  "level",
  "c",
  "extremes",
] as const;
export type Name = (typeof NAMES)[number];

/** Where things lie, counted in doubles. */
export interface Layout {
  readonly cells: number;
  readonly place: (name: Name) => number;
  /** Three rows [3, cells] each of supplies and of solutions. */
  readonly supply: number;
  readonly u: number;
  /** The first place that is free. */
  readonly end: number;
}

export function layoutFor(cells: number): Layout {
  const pitch = cells + (cells % 2) + 2; // room for the second lane of the last pair
  const supply = NAMES.length * pitch;
  return {
    cells,
    place: (name) => NAMES.indexOf(name) * pitch,
    supply,
    u: supply + 3 * cells,
    end: supply + 6 * cells,
  };
}

/** How a program reads and writes: one entry of an array, or two neighbours, `ahead` after the one `at` points to. */
export interface Arrays extends Layout {
  one(name: Name, at: Expression, ahead?: number): Code;
  two(name: Name, at: Expression, ahead?: number): Code;
  putOne(name: Name, at: Expression, value: Expression, ahead?: number): Code;
  putTwo(name: Name, at: Expression, value: Expression): Code;
}

export function arraysIn(layout: Layout): Arrays {
  const byte = (name: Name, ahead = 0): number => 8 * (layout.place(name) + ahead);
  return {
    ...layout,
    one: (name, at, ahead) => f64.load(at, byte(name, ahead)),
    two: (name, at, ahead) => f64x2.load(at, byte(name, ahead)),
    putOne: (name, at, value, ahead) => f64.store(at, value, byte(name, ahead)),
    putTwo: (name, at, value) => f64x2.store(at, value, byte(name)),
  };
}

/** For at = 8 from, 8 (from + step), .. below 8 end. */
export function over(b: Body, from: number, end: number, step: number, body: (at: Local) => void): void {
  if (from >= end) return;
  const at = b.let("i32", i32.constant(8 * from));
  b.repeat(
    () => {
      body(at);
      b.set(at, i32.add(at, i32.constant(8 * step)));
    },
    () => i32.lessThan(at, i32.constant(8 * end)),
  );
}
/** For at = 8 from, 8 (from - 1), .. down to 0. */
export function downFrom(b: Body, from: number, body: (at: Local) => void): void {
  const at = b.let("i32", i32.constant(8 * from));
  b.repeat(
    () => {
      body(at);
      b.set(at, i32.sub(at, i32.constant(8)));
    },
    () => i32.atLeast(at, i32.constant(0)),
  );
}
