/**
 * A porous electrode's coefficients, potential and salt in WebAssembly, in one memory: what PorousElectrode (its plain twin, which
 * defines it), Potential and Concentration do, for the solvers that run hundreds of thousands of times. The order of all
 * operations is the twin's, so are the bits.
 * Memory and module belong to a number of cells: places of arrays are then constants of the program. One set
 * per size serves all solvers of a thread; nothing stays in it between calls of a solver.
 */
import { assemble, f64, f64x2, i32, type Body, type Expression, type Kernel, type Local } from "../kernels/assembler";
import type { HeldEdge } from "./concentration";
import type { Contour } from "./contour";
import { A_0, D_0, KAPPA_0, solidPotential } from "./electrolyte";
import type { Grid } from "./grid";
import { ResolventSums, resolventFunctions } from "./resolvent-kernel";

export interface ElectrodeKernel {
  /** a_s, 1/m [cells]; phi - phi(0) and phi - P of the last potential, V [cells]; P at `level[0]`. */
  readonly surface: Float64Array;
  readonly rise: Float64Array;
  readonly shape: Float64Array;
  readonly level: Float64Array;
  /** Supplies b of salt, to be filled, and u = c - c_right, [3, cells] each. */
  readonly supply: Float64Array;
  readonly u: Float64Array;
  /** Sets all coefficients; eps [cells] has been checked. */
  setPorosity(eps: Float64Array, rate: number): void;
  /** As PorousElectrode.solvePotential. */
  solvePotential(outward: number, share: number): void;
  /** As Concentration.atTime, for the first `count` supplies; contours of up to MOST_NODES. */
  atTime(time: number, contour: Contour, count: number): void;
}

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
] as const;
const RESULTS = ["rise", "level"] as const;
type Name = (typeof NAMES)[number] | (typeof RESULTS)[number];
/** Sizes beyond which the arrays would leave the cache, and the plain twin is as good. */
const LARGEST = 4096;

/** The kernel for a grid; undefined where there is none, or the grid is too large to gain from it. */
export function electrodeKernel(grid: Grid, edge: HeldEdge): ElectrodeKernel | undefined {
  const { cells, h } = grid;
  if (cells > LARGEST) return undefined;
  const program = programFor(cells);
  if (!program) return undefined;
  const { kernel, sums, place, pitch, rows } = program;
  const memory = kernel.doubles(0);
  const view = (name: Name) => memory.subarray(place(name), place(name) + cells);
  const solid = solidPotential(grid.centres);
  const unknowns = edge === "on the face" ? cells : cells - 1;
  const at = {
    couplings: place("couplings"),
    storage: place("storage"),
    b: rows,
    u: rows + 3 * cells,
    work: rows + 6 * cells,
  };
  const rise = view("rise");
  const D = view("D");
  const couplings = view("couplings");
  const u = memory.subarray(at.u, at.u + 3 * cells);
  return {
    surface: view("surface"),
    rise,
    shape: view("b"),
    level: view("level"),
    supply: memory.subarray(at.b, at.b + 3 * cells),
    u,
    setPorosity(eps, rate) {
      memory.set(eps, place("eps"));
      if (pitch > cells) memory[place("eps") + cells] = 1;
      kernel.functions.coefficients(rate, h);
      couplings[unknowns - 1] = edge === "on the face" ? (2 * D[cells - 1]) / h : couplings[cells - 2];
    },
    solvePotential(outward, share) {
      memory.set(solid, place("solid"));
      kernel.functions.potential(-outward, share);
    },
    atTime(time, contour, count) {
      sums.sum(unknowns, contour, time, at, count, cells);
      if (unknowns < cells) for (let q = 0; q < count; q++) u[q * cells + unknowns] = 0;
    },
  };
}

interface Program {
  readonly kernel: Kernel;
  readonly sums: ResolventSums;
  readonly pitch: number;
  /** Where an array begins, in doubles. */
  readonly place: (name: Name) => number;
  /** Where the rows of supplies and of u begin. */
  readonly rows: number;
}

const programs = new Map<number, Program | undefined>();
const KEPT_PROGRAMS = 8;

function programFor(cells: number): Program | undefined {
  if (!programs.has(cells)) {
    if (programs.size >= KEPT_PROGRAMS) programs.delete(programs.keys().next().value as number);
    programs.set(cells, makeProgram(cells));
  }
  return programs.get(cells);
}

function makeProgram(cells: number): Program | undefined {
  const pitch = cells + (cells % 2) + 2; // room for the second lane of the last pair
  const names: readonly Name[] = [...NAMES, ...RESULTS];
  const place = (name: Name) => names.indexOf(name) * pitch;
  const rows = names.length * pitch;
  const write = writer(cells, place);
  const kernel = assemble([
    { name: "coefficients", parameters: ["f64", "f64"], write: write.coefficients },
    { name: "potential", parameters: ["f64", "f64"], write: write.potential },
    ...resolventFunctions,
  ]);
  if (!kernel) return undefined;
  kernel.doubles(rows + 6 * cells + ResolventSums.workSpace(cells));
  return { kernel, sums: new ResolventSums(kernel), pitch, place, rows };
}

function writer(cells: number, place: (name: Name) => number) {
  const last = cells - 1;
  /** One entry, or two neighbours, of an array: entry `ahead` after the one that `at` (in bytes) points to. */
  const one = (name: Name, at: Expression, ahead = 0) => f64.load(at, 8 * (place(name) + ahead));
  const two = (name: Name, at: Expression, ahead = 0) => f64x2.load(at, 8 * (place(name) + ahead));
  const putOne = (name: Name, at: Expression, value: Expression, ahead = 0) =>
    f64.store(at, value, 8 * (place(name) + ahead));
  const putTwo = (name: Name, at: Expression, value: Expression) => f64x2.store(at, value, 8 * place(name));

  /** For at = 8 from, 8 (from + step), .. below 8 end. */
  function over(b: Body, from: number, end: number, step: number, body: (at: Local) => void): void {
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
  function downFrom(b: Body, from: number, body: (at: Local) => void): void {
    const at = b.let("i32", i32.constant(8 * from));
    b.repeat(
      () => {
        body(at);
        b.set(at, i32.sub(at, i32.constant(8)));
      },
      () => i32.atLeast(at, i32.constant(0)),
    );
  }
  const { add, sub, mul, div, sqrt, splat, constant } = f64x2;
  const start = i32.constant(0);

  function coefficients(b: Body, rate: Local, h: Local): void {
    const [eps, power, area] = ["v128", "v128", "v128"].map(() => b.local("v128"));
    const [rates, widths] = [b.let("v128", splat(rate)), b.let("v128", splat(h))];
    over(b, 0, cells, 2, (at) => {
      b.set(eps, two("eps", at));
      b.set(power, mul(eps, sqrt(eps)));
      b.set(area, mul(constant(A_0), sub(constant(1), eps)));
      b.do(putTwo("k", at, mul(constant(KAPPA_0), power)));
      b.do(putTwo("D", at, mul(constant(D_0), power)));
      b.do(putTwo("surface", at, area));
      b.do(putTwo("loss", at, mul(mul(rates, area), widths)));
      b.do(putTwo("storage", at, mul(eps, widths)));
    });
    const [left, right] = [b.local("v128"), b.local("v128")];
    for (const [from, to] of [
      ["k", "g"],
      ["D", "couplings"],
    ] as const) {
      over(b, 0, last, 2, (at) => {
        b.set(left, two(from, at));
        b.set(right, two(from, at, 1));
        b.do(putTwo(to, at, div(mul(mul(constant(2), left), right), mul(add(left, right), widths))));
      });
    }
  }

  /** `inflow` A/m2 enter at L; the solid's potential counts `share` times. */
  function potential(b: Body, inflow: Local, share: Local): void {
    const rest = b.local("v128");
    const shares = b.let("v128", splat(share));
    over(b, 0, cells, 2, (at) => b.do(putTwo("solid", at, mul(shares, two("solid", at)))));
    const [hold, supply] = [b.let("f64", f64.constant(0)), b.let("f64", inflow)];
    over(b, 0, cells, 1, (at) => {
      b.set(hold, f64.add(hold, one("loss", at)));
      b.set(supply, f64.add(supply, f64.mul(one("loss", at), one("solid", at))));
    });
    const level = b.let("f64", f64.div(supply, hold));
    b.do(putOne("level", start, level));
    over(b, 0, cells, 2, (at) => {
      b.set(rest, sub(two("solid", at), splat(level)));
      b.do(putTwo("b", at, mul(two("loss", at), rest)));
    });
    b.do(putOne("b", start, f64.add(one("b", start, last), inflow), last));

    // Elimination, and the right-hand side with it (tridiagonal.ts).
    const [g, inverse, part] = ["f64", "f64", "f64"].map(() => b.local("f64"));
    const excess = b.let("f64", one("loss", start));
    const carried = b.let("f64", one("b", start));
    over(b, 0, last, 1, (at) => {
      b.set(g, one("g", at));
      b.set(inverse, f64.div(f64.constant(1), f64.add(g, excess)));
      b.set(part, f64.mul(g, inverse));
      b.do(putOne("x", at, excess));
      b.do(putOne("r", at, inverse));
      b.set(excess, f64.add(one("loss", at, 1), f64.mul(part, excess)));
      b.set(carried, f64.add(one("b", at, 1), f64.mul(part, carried)));
      b.do(putOne("b", at, carried, 1));
    });
    const u = b.let("f64", f64.mul(one("b", start, last), f64.div(f64.constant(1), excess)));
    b.do(putOne("b", start, u, last));
    const step = b.local("f64");
    downFrom(b, last - 1, (at) => {
      b.set(step, f64.mul(f64.sub(f64.mul(one("x", at), u), one("b", at)), one("r", at)));
      b.do(putOne("jumps", at, step));
      b.set(u, f64.sub(u, step));
      b.do(putOne("b", at, u));
    });
    const total = b.let("f64", f64.constant(0));
    b.do(putOne("rise", start, total));
    over(b, 0, last, 1, (at) => {
      b.set(total, f64.add(total, one("jumps", at)));
      b.do(putOne("rise", at, total, 1));
    });
  }
  return { coefficients, potential };
}
