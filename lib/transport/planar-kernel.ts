/**
 * The loops of planar-sweeps.ts in WebAssembly, two systems in the two lanes of a register. The module is made for one
 * grid: where its arrays lie is then known when the code is written, so that all of them are reached from one counter.
 * What follows one another in the twin runs here in one pass, each stage two rows behind the one before it, which is
 * all that it must wait for: large grids are bound by their memory. The order of every sum is the plain twin's, so are
 * the bits.
 */
import { assemble, f64x2, i32, type Body, type Code, type Expression, type Local } from "../numerics/assembler";
import type { Layout, Level } from "./planar-levels";
import { TINY, type LevelSweeps, type Sweeps } from "./planar-sweeps";

const PAIR = 16; // bytes

/** The sweeps with their memory; undefined where WebAssembly SIMD is not to be had. */
export function kernelSweeps(layout: Layout): { sweeps: Sweeps; memory: Float64Array } | undefined {
  const bodies = {
    ...Object.assign({}, ...layout.levels.map((_, k) => levelBodies(layout, k))),
    ...fineBodies(layout),
  };
  const sources = Object.entries(bodies as Record<string, Write>);
  const kernel = assemble(sources.map(([name, write]) => ({ name, parameters: [], write })));
  if (!kernel) return undefined;
  const memory = kernel.doubles(2 * layout.size);
  const call = (name: string) => kernel.functions[name] as () => void;
  const levels = layout.levels.map((_, k): LevelSweeps => {
    const [down, up, diagonal, invert, coarsen] = levelNames.map((name) => call(`${name}${k}`));
    return { down, up, diagonal, invert, coarsen };
  });
  return { memory, sweeps: { levels, conduct: call("conduct"), turn: call("turn"), advance: call("advance") } };
}

type Write = (b: Body) => void;
/** Writes what happens to a pair of rows, given its number. */
type Stage = (rows: Local) => void;
const levelNames = ["down", "up", "diagonal", "invert", "coarsen"] as const;

/** Runs the stages over all pairs of rows, each one pair behind the stage before it. */
function pipeline(b: Body, { first, end, pitch }: Level, stages: readonly Stage[]): void {
  const count = (end - first) / (2 * pitch);
  const rows = b.let("i32", i32.constant(0));
  const behind = b.local("i32");
  b.repeat(
    () => {
      stages.forEach((stage, lag) => {
        b.set(behind, i32.sub(rows, i32.constant(lag)));
        b.when(i32.atLeast(behind, i32.constant(0)), () => {
          b.when(i32.lessThan(behind, i32.constant(count)), () => stage(behind));
        });
      });
      b.set(rows, i32.add(rows, i32.constant(1)));
    },
    () => i32.lessThan(rows, i32.constant(count + stages.length - 1)),
  );
}

/**
 * `each` for a counter of bytes that passes every second cell of a pair of rows, beginning with the first (black) or
 * second (red).
 */
function overPairOfRows(b: Body, { first, pitch }: Level, rows: Local, from: 0 | 1, each: (at: Local) => void): void {
  const bytes = 2 * pitch * PAIR;
  const start = b.let("i32", i32.add(i32.constant(first * PAIR), i32.mul(rows, i32.constant(bytes))));
  const at = b.let("i32", i32.add(start, i32.constant(from * PAIR)));
  const end = b.let("i32", i32.add(start, i32.constant(bytes)));
  b.repeat(
    () => {
      each(at);
      b.set(at, i32.add(at, i32.constant(2 * PAIR)));
    },
    () => i32.lessThan(at, end),
  );
}

/** `each` for counters of the first cell of a block and of the block, over the blocks of a pair of rows. */
function overBlocks(b: Body, level: Level, next: Level, rows: Local, each: (cell: Local, block: Local) => void): void {
  const [alongX, alongY] = level.coarsening?.along ?? [2, 2];
  const [cell, block, end] = [b.local("i32"), b.local("i32"), b.local("i32")];
  for (let row = 0; row < 2 / alongX; row++) {
    const [from, blocks] = [level.first + row * level.pitch, next.first + row * next.pitch];
    b.set(cell, i32.add(i32.constant(from * PAIR), i32.mul(rows, i32.constant(2 * level.pitch * PAIR))));
    b.set(block, i32.add(i32.constant(blocks * PAIR), i32.mul(rows, i32.constant((2 / alongX) * next.pitch * PAIR))));
    b.set(end, i32.add(block, i32.constant(next.ny * PAIR)));
    b.repeat(
      () => {
        each(cell, block);
        b.set(cell, i32.add(cell, i32.constant(alongY * PAIR)));
        b.set(block, i32.add(block, i32.constant(PAIR)));
      },
      () => i32.lessThan(block, end),
    );
  }
}

const read = (array: number, at: Local, further = 0): Code => f64x2.load(at, (array + further) * PAIR);
const write = (array: number, at: Local, value: Expression, further = 0): Code =>
  f64x2.store(at, value, (array + further) * PAIR);
const times = (...factors: Code[]): Code => factors.reduce((product, factor) => f64x2.mul(product, factor));
const atLeastTiny = (value: Expression): Code => f64x2.max(value, f64x2.constant(TINY));

/** Sum of g v over the neighbours of the cell `further` beyond the counter. */
function neighbours({ at: arrays, pitch }: Level, v: number, at: Local, further = 0): Code {
  const g = (array: number, cell: number, from: number) =>
    f64x2.mul(read(array, at, further + cell), read(v, at, further + from));
  const along = f64x2.add(g(arrays.gx, 0, -pitch), g(arrays.gx, pitch, pitch));
  return f64x2.add(along, f64x2.add(g(arrays.gy, 0, -1), g(arrays.gy, 1, 1)));
}

function levelBodies(layout: Layout, k: number): Record<string, Write> {
  const level = layout.levels[k];
  const { pitch } = level;
  const { gx, gy, d, inverse } = level.at;
  const everywhere = (each: (b: Body, at: Local, further: 0 | 1) => void) => (b: Body) =>
    pipeline(b, level, [
      (rows) =>
        overPairOfRows(b, level, rows, 0, (at) => {
          each(b, at, 0);
          each(b, at, 1);
        }),
    ]);
  const bodies: Record<(typeof levelNames)[number], Write> = {
    down: (b) => pipeline(b, level, downStages(b, layout, k)),
    up: (b) => upwards(b, layout, k),
    diagonal: everywhere((b, at, s) => {
      const along = f64x2.add(read(gx, at, s), read(gx, at, s + pitch));
      b.do(write(d, at, f64x2.add(along, f64x2.add(read(gy, at, s), read(gy, at, s + 1))), s));
    }),
    invert: everywhere((b, at, s) => {
      const square = f64x2.mul(read(d, at, s), read(d, at, s));
      b.do(write(inverse, at, f64x2.div(read(d, at, s), atLeastTiny(square)), s));
    }),
    coarsen: (b) => coarsen(b, level, layout.levels[k + 1]),
  };
  return Object.fromEntries(levelNames.map((name) => [`${name}${k}`, bodies[name]]));
}

function relaxation(b: Body, level: Level, from: 0 | 1): Stage {
  const { inverse, b: source, x } = level.at;
  return (rows) =>
    overPairOfRows(b, level, rows, from, (at) => {
      const inflow = f64x2.add(read(source, at), neighbours(level, x, at));
      b.do(write(x, at, f64x2.mul(read(inverse, at), inflow)));
    });
}

function downStages(b: Body, layout: Layout, k: number): Stage[] {
  const level = layout.levels[k];
  const { d, inverse, b: source, x } = level.at;
  const [black, red] = [relaxation(b, level, 0), relaxation(b, level, 1)];
  if (!level.coarsening) return [black];
  const { passing } = level.coarsening;
  const next = layout.levels[k + 1];
  const begin: Stage = (rows) =>
    overPairOfRows(b, level, rows, 1, (at) => b.do(write(x, at, f64x2.mul(read(inverse, at), read(source, at)))));
  const residual = (at: Local, further: number) =>
    f64x2.sub(
      f64x2.add(read(source, at, further), neighbours(level, x, at, further)),
      f64x2.mul(read(d, at, further), read(x, at, further)),
    );
  const restrict: Stage = (rows) =>
    overBlocks(b, level, next, rows, (cell, block) =>
      b.do(write(next.at.b, block, f64x2.add(residual(cell, passing[0]), residual(cell, passing[1])))),
    );
  const again = Array.from({ length: level.relaxations - 1 }, () => [red, black]).flat();
  return [begin, black, ...again, restrict];
}

function upwards(b: Body, layout: Layout, k: number): void {
  const level = layout.levels[k];
  const { b: source, x } = level.at;
  const stages: Stage[] = [];
  if (level.coarsening) {
    const { passing } = level.coarsening;
    const next = layout.levels[k + 1];
    const relaxations = Array.from({ length: level.relaxations }, () => [
      relaxation(b, level, 0),
      relaxation(b, level, 1),
    ]);
    stages.push(
      (rows) =>
        overBlocks(b, level, next, rows, (cell, block) => {
          for (const i of passing) b.do(write(x, cell, f64x2.add(read(x, cell, i), read(next.at.x, block)), i));
        }),
      ...relaxations.flat(),
    );
  }
  if (k === 0) summed(b, layout, stages, (at, s) => f64x2.mul(read(source, at, s), read(x, at, s)));
  else if (stages.length > 0) pipeline(b, level, stages);
}

/** Runs the stages over the finest level and behind them the sum of `product`, black and red cells apart. */
function summed(b: Body, layout: Layout, stages: Stage[], product: (at: Local, further: 0 | 1) => Code): void {
  const [finest] = layout.levels;
  const [black, red] = [b.let("v128", f64x2.constant(0)), b.let("v128", f64x2.constant(0))];
  const sum: Stage = (rows) =>
    overPairOfRows(b, finest, rows, 0, (at) => {
      b.set(black, f64x2.add(black, product(at, 0)));
      b.set(red, f64x2.add(red, product(at, 1)));
    });
  pipeline(b, finest, [...stages, sum]);
  b.do(f64x2.store(i32.constant(0), f64x2.add(black, red), layout.sum * PAIR));
}

function coarsen(b: Body, level: Level, next: Level | undefined): void {
  if (!level.coarsening || !next) return;
  const [alongX, alongY] = level.coarsening.along;
  const { gx, gy } = level.at;
  const [a, c, middle] = [b.local("v128"), b.local("v128"), b.local("v128")];
  /** One path from block to block; see the twin. */
  const path = (array: number, cell: Local, i: number, step: number): Code => {
    b.set(middle, read(array, cell, i));
    b.set(a, read(array, cell, i - step));
    b.set(c, read(array, cell, i + step));
    const two = f64x2.constant(2);
    const through = f64x2.mul(f64x2.mul(f64x2.mul(two, a), middle), c);
    const sum = f64x2.add(f64x2.mul(f64x2.mul(two, a), c), f64x2.mul(middle, f64x2.add(a, c)));
    return f64x2.div(through, atLeastTiny(sum));
  };
  const total = b.local("v128");
  const across = (array: number, cell: Local, step: number, joined: 1 | 2, beside: number, width: 1 | 2) => {
    const one = (i: number) => (joined === 1 ? read(array, cell, i) : path(array, cell, i, step));
    b.set(total, one(0));
    if (width === 2) b.set(total, f64x2.add(total, one(beside)));
  };
  const stage: Stage = (rows) =>
    overBlocks(b, level, next, rows, (cell, block) => {
      across(gx, cell, level.pitch, alongX, 1, alongY);
      b.do(write(next.at.gx, block, total));
      across(gy, cell, 1, alongY, level.pitch, alongX);
      b.do(write(next.at.gy, block, total));
    });
  pipeline(b, level, [stage]);
}

function fineBodies(layout: Layout): Record<string, Write> {
  const [finest] = layout.levels;
  const { gx, gy, d, b: residual, x } = finest.at;
  const { p, q, u, shape } = layout;
  const factorOf = (b: Body) => b.let("v128", f64x2.load(i32.constant(0), layout.factor * PAIR));
  const mean = (at: Local, further: number, before: number, width: number): Code => {
    const [one, other] = [read(q, at, further - before), read(q, at, further)];
    const product = times(f64x2.constant(2), one, other, f64x2.constant(width));
    return f64x2.div(product, atLeastTiny(f64x2.add(one, other)));
  };
  return {
    conduct: (b) =>
      pipeline(b, finest, [
        (rows) =>
          overPairOfRows(b, finest, rows, 0, (at) => {
            for (const s of [0, 1]) {
              b.do(write(gx, at, mean(at, s, finest.pitch, shape.x), s));
              b.do(write(gy, at, mean(at, s, 1, shape.y), s));
            }
          }),
      ]),
    turn(b) {
      const factor = factorOf(b);
      const image = b.local("v128");
      const turned: Stage = (rows) =>
        overPairOfRows(b, finest, rows, 0, (at) => {
          for (const s of [0, 1]) b.do(write(p, at, f64x2.add(read(x, at, s), f64x2.mul(factor, read(p, at, s))), s));
        });
      summed(b, layout, [turned], (at, s) => {
        b.set(image, f64x2.sub(times(read(d, at, s), read(p, at, s)), neighbours(finest, p, at, s)));
        b.do(write(q, at, image, s));
        return f64x2.mul(read(p, at, s), image);
      });
    },
    advance(b) {
      const factor = factorOf(b);
      const left = b.local("v128");
      summed(b, layout, [], (at, s) => {
        b.do(write(u, at, f64x2.add(read(u, at, s), f64x2.mul(factor, read(p, at, s))), s));
        b.set(left, f64x2.sub(read(residual, at, s), f64x2.mul(factor, read(q, at, s))));
        b.do(write(residual, at, left, s));
        return f64x2.mul(left, left);
      });
    },
  };
}
