/**
 * The contour's sum of resolvents (resolvent.ts, the plain twin that defines it) in WebAssembly: two nodes in the two
 * lanes of a register, and two or three such pairs side by side, since each is a chain in which a cell waits for the
 * last. The order of every sum is the twin's, so are the bits. One memory serves all solvers of a thread; nothing stays
 * in it between calls.
 */
import {
  assemble,
  f64,
  f64x2,
  i32,
  type Body,
  type FunctionSource,
  type Kernel,
  type Local,
} from "../numerics/assembler";
import type { Contour } from "./contour";
import type { ResolventSystem } from "./resolvent-system";

const PAIRS_AT_ONCE = [1, 2, 3] as const;
const BYTES = 8;
/** Per pair: z re, im and weight re, im, two lanes each. */
const NODE_BYTES = 8 * BYTES;
/** Per pair and cell: 1/pivot re, im and m re, im; the reduced right-hand side re, im. */
const FACTOR_BYTES = 8 * BYTES;
const REDUCED_BYTES = 4 * BYTES;
/** Longer systems take one pair at a time, for the sake of memory: three pairs take 0.3 kB a cell. */
const LONG = 200_000;
/** Of a contour that the kernel takes. */
export const MOST_NODES = 32;

/**
 * Eliminates `pairs` pairs of matrices (couplings from g to its end, E, nodes -> factors) and reduces a first
 * right-hand side with them, which costs next to nothing: its chain runs beside that of the elimination.
 */
function eliminate(pairs: number): FunctionSource {
  return {
    name: `eliminate${pairs}`,
    parameters: ["i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    write(b, g, end, storage, nodes, factors, rhs, reduced) {
      const vector = () => b.let("v128", f64x2.constant(0));
      const each = Array.from({ length: pairs }, (_, k) => ({
        zRe: b.let("v128", f64x2.load(nodes, k * NODE_BYTES)),
        zIm: b.let("v128", f64x2.load(nodes, k * NODE_BYTES + 16)),
        x: vector(),
        y: vector(),
        a: vector(),
        s: vector(),
        rRe: vector(),
        rIm: vector(),
        mRe: vector(),
        mIm: vector(),
        bRe: vector(),
        bIm: vector(),
        at: k * FACTOR_BYTES,
        reducedAt: k * REDUCED_BYTES,
      }));
      const [coupling, e, value] = [vector(), vector(), vector()];
      b.repeat(
        () => {
          b.set(coupling, f64x2.loadSplat(g));
          b.set(e, f64x2.loadSplat(storage));
          b.set(value, f64x2.loadSplat(rhs));
          for (const { zRe, zIm, x, y, a, s, rRe, rIm, mRe, mIm, bRe, bIm, at, reducedAt } of each) {
            b.set(x, f64x2.add(x, f64x2.mul(zRe, e)));
            b.set(y, f64x2.add(y, f64x2.mul(zIm, e)));
            b.set(a, f64x2.add(coupling, x));
            b.set(s, f64x2.div(f64x2.constant(1), f64x2.add(f64x2.mul(a, a), f64x2.mul(y, y))));
            b.set(rRe, f64x2.mul(a, s));
            b.set(rIm, f64x2.mul(f64x2.neg(y), s));
            b.set(mRe, f64x2.mul(coupling, rRe));
            b.set(mIm, f64x2.mul(coupling, rIm));
            [rRe, rIm, mRe, mIm].forEach((value, k) => b.do(f64x2.store(factors, value, at + 16 * k)));
            timesInPlace(b, mRe, mIm, x, y, a);
            b.set(bRe, f64x2.add(bRe, value));
            b.do(f64x2.store(reduced, bRe, reducedAt));
            b.do(f64x2.store(reduced, bIm, reducedAt + 16));
            timesInPlace(b, mRe, mIm, bRe, bIm, a);
          }
          b.set(rhs, i32.add(rhs, i32.constant(BYTES)));
          b.set(reduced, i32.add(reduced, i32.constant(pairs * REDUCED_BYTES)));
          b.set(g, i32.add(g, i32.constant(BYTES)));
          b.set(storage, i32.add(storage, i32.constant(BYTES)));
          b.set(factors, i32.add(factors, i32.constant(pairs * FACTOR_BYTES)));
        },
        () => i32.lessThan(g, end),
      );
    },
  };
}

/** Reduces one more right-hand side, from rhs to its end. */
function reduce(pairs: number): FunctionSource {
  return {
    name: `reduce${pairs}`,
    parameters: ["i32", "i32", "i32", "i32"],
    write(b, rhs, end, factors, reduced) {
      const vector = () => b.let("v128", f64x2.constant(0));
      const each = Array.from({ length: pairs }, (_, k) => ({ k, x: vector(), y: vector() }));
      const [mRe, mIm, value, t] = Array.from({ length: 4 }, vector);
      b.repeat(
        () => {
          b.set(value, f64x2.loadSplat(rhs));
          for (const { k, x, y } of each) {
            b.set(x, f64x2.add(x, value));
            b.do(f64x2.store(reduced, x, k * REDUCED_BYTES));
            b.do(f64x2.store(reduced, y, k * REDUCED_BYTES + 16));
            b.set(mRe, f64x2.load(factors, k * FACTOR_BYTES + 32));
            b.set(mIm, f64x2.load(factors, k * FACTOR_BYTES + 48));
            timesInPlace(b, mRe, mIm, x, y, t);
          }
          b.set(rhs, i32.add(rhs, i32.constant(BYTES)));
          b.set(factors, i32.add(factors, i32.constant(pairs * FACTOR_BYTES)));
          b.set(reduced, i32.add(reduced, i32.constant(pairs * REDUCED_BYTES)));
        },
        () => i32.lessThan(rhs, end),
      );
    },
  };
}

/** Adds the weighted solutions of `pairs` pairs for the reduced right-hand side to u [cells], from the last cell up. */
function addSolutions(pairs: number): FunctionSource {
  return {
    name: `add${pairs}`,
    parameters: ["i32", "i32", "i32", "i32", "i32"],
    write(b, first, size, nodes, factors, reduced) {
      const vector = () => b.let("v128", f64x2.constant(0));
      const each = Array.from({ length: pairs }, (_, k) => ({ k, x: vector(), y: vector() }));
      const [mRe, mIm, rRe, rIm, c, d, t] = Array.from({ length: 7 }, vector);
      const u = b.let("i32", i32.add(first, i32.mul(size, i32.constant(BYTES))));
      b.set(factors, i32.add(factors, i32.mul(size, i32.constant(pairs * FACTOR_BYTES))));
      b.set(reduced, i32.add(reduced, i32.mul(size, i32.constant(pairs * REDUCED_BYTES))));
      const weights = each.map(({ k }) => [
        b.let("v128", f64x2.load(nodes, k * NODE_BYTES + 32)),
        b.let("v128", f64x2.load(nodes, k * NODE_BYTES + 48)),
      ]);
      const sum = b.local("f64");
      b.repeat(
        () => {
          b.set(u, i32.sub(u, i32.constant(BYTES)));
          b.set(factors, i32.sub(factors, i32.constant(pairs * FACTOR_BYTES)));
          b.set(reduced, i32.sub(reduced, i32.constant(pairs * REDUCED_BYTES)));
          b.set(sum, f64.load(u));
          for (const { k, x, y } of each) {
            [rRe, rIm, mRe, mIm].forEach((v, q) => b.set(v, f64x2.load(factors, k * FACTOR_BYTES + 16 * q)));
            b.set(c, f64x2.load(reduced, k * REDUCED_BYTES));
            b.set(d, f64x2.load(reduced, k * REDUCED_BYTES + 16));
            b.set(
              t,
              f64x2.add(
                f64x2.sub(f64x2.mul(mRe, x), f64x2.mul(mIm, y)),
                f64x2.sub(f64x2.mul(rRe, c), f64x2.mul(rIm, d)),
              ),
            );
            b.set(
              y,
              f64x2.add(
                f64x2.add(f64x2.mul(mRe, y), f64x2.mul(mIm, x)),
                f64x2.add(f64x2.mul(rRe, d), f64x2.mul(rIm, c)),
              ),
            );
            b.set(x, t);
            b.set(t, f64x2.sub(f64x2.mul(weights[k][0], x), f64x2.mul(weights[k][1], y)));
            b.set(sum, f64.add(sum, f64.add(f64x2.lane(t, 0), f64x2.lane(t, 1))));
          }
          b.do(f64.store(u, sum));
        },
        () => i32.lessThan(first, u),
      );
    },
  };
}

/** (x + iy) <- m (x + iy) */
function timesInPlace(b: Body, mRe: Local, mIm: Local, x: Local, y: Local, scratch: Local): void {
  b.set(scratch, f64x2.sub(f64x2.mul(mRe, x), f64x2.mul(mIm, y)));
  b.set(y, f64x2.add(f64x2.mul(mRe, y), f64x2.mul(mIm, x)));
  b.set(x, scratch);
}

/** The functions of this kernel, for a module that needs them beside its own. */
export const resolventFunctions: readonly FunctionSource[] = PAIRS_AT_ONCE.flatMap((pairs) => [
  eliminate(pairs),
  reduce(pairs),
  addSolutions(pairs),
]);

/**
 * Sums over a contour's nodes for systems that lie in the kernel's memory. The nodes stay at the beginning of the work
 * space for the next system of the same contour, so only this class writes there.
 */
export class ResolventSums {
  /** By number of pairs. */
  private readonly eliminateFor: Kernel["functions"][string][];
  private readonly reduceFor: Kernel["functions"][string][];
  private readonly addFor: Kernel["functions"][string][];
  /** Whose nodes lie in the memory, and where. */
  private nodes?: { readonly contour: Contour; readonly time: number; readonly at: number };

  constructor(private readonly kernel: Kernel) {
    const named = (name: string) => [0, ...PAIRS_AT_ONCE].map((pairs) => kernel.functions[`${name}${pairs}`]);
    this.eliminateFor = named("eliminate");
    this.reduceFor = named("reduce");
    this.addFor = named("add");
  }

  /** Doubles of work space that a system takes, with any contour of up to MOST_NODES. */
  static workSpace(size: number): number {
    return 4 * MOST_NODES + 12 * most(size) * size;
  }

  /**
   * All places are counted in doubles: couplings (the outlet last) and E [size], right-hand sides b and solutions u
   * [count, pitch], and the work space, at an even place.
   */
  sum(
    size: number,
    contour: Contour,
    time: number,
    at: { couplings: number; storage: number; b: number; u: number; work: number },
    count: number,
    pitch: number,
  ): void {
    const pairs = Math.ceil(contour.nodes / 2);
    const side = most(size);
    const factors = BYTES * (at.work + 8 * pairs);
    const reduced = factors + Math.min(side, pairs) * size * FACTOR_BYTES;
    const memory = this.kernel.doubles(0);
    for (let q = 0; q < count; q++) memory.fill(0, at.u + q * pitch, at.u + q * pitch + size);
    const { nodes: there } = this;
    if (there?.contour !== contour || there.time !== time || there.at !== at.work) {
      setNodes(memory, at.work, contour, time, pairs);
      this.nodes = { contour, time, at: at.work };
    }
    for (let first = 0; first < pairs; first += side) {
      const n = Math.min(side, pairs - first);
      const nodes = BYTES * at.work + first * NODE_BYTES;
      const g = BYTES * at.couplings;
      for (let q = 0; q < count; q++) {
        const b = BYTES * (at.b + q * pitch);
        if (q === 0) this.eliminateFor[n](g, g + BYTES * size, BYTES * at.storage, nodes, factors, b, reduced);
        else this.reduceFor[n](b, b + BYTES * size, factors, reduced);
        this.addFor[n](BYTES * (at.u + q * pitch), size, nodes, factors, reduced);
      }
    }
  }
}

const most = (size: number): number => (size > LONG ? 1 : 3);

const kernel = assemble(resolventFunctions);
const sums = kernel && new ResolventSums(kernel);

/** Whether this thread has the kernel. */
export const hasResolventKernel = kernel !== undefined;

/** resolventSum of resolvent.ts for a system of `size` unknowns, where the kernel is there. */
export function resolventSumByKernel(
  size: number,
  contour: Contour,
  { time, g, outlet, storage, b, u, count, stride }: ResolventSystem,
): void {
  const used = (2 + 2 * count) * size;
  const at = { couplings: 0, storage: size, b: 2 * size, u: (2 + count) * size, work: used + (used % 2) };
  const memory = kernel!.doubles(at.work + ResolventSums.workSpace(size));
  memory.set(g.subarray(0, size));
  memory[size - 1] = outlet;
  memory.set(storage.subarray(0, size), at.storage);
  for (let q = 0; q < count; q++) memory.set(b.subarray(q * stride, q * stride + size), at.b + q * size);
  sums!.sum(size, contour, time, at, count, size);
  for (let q = 0; q < count; q++) u.set(memory.subarray(at.u + q * size, at.u + (q + 1) * size), q * stride);
}

/** An odd last node is paired with itself at weight zero. Dividing z by T leaves (z/T E + K)^-1 b. */
function setNodes(memory: Float64Array, at: number, contour: Contour, time: number, pairs: number): void {
  for (let p = 0; p < pairs; p++, at += 8) {
    for (let lane = 0; lane < 2; lane++) {
      const there = 2 * p + lane < contour.nodes;
      const j = there ? 2 * p + lane : contour.nodes - 1;
      memory[at + lane] = contour.zRe[j] / time;
      memory[at + 2 + lane] = contour.zIm[j] / time;
      memory[at + 4 + lane] = there ? contour.wRe[j] : 0;
      memory[at + 6 + lane] = there ? contour.wIm[j] : 0;
    }
  }
}
