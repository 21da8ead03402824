/**
 * g = L z for a lower triangular L [n, n], row major, and many vectors z: four vectors at a time share each entry of L,
 * and in WebAssembly two rows are on their way together. Every sum runs over j = 0, 1, .. i in this order in both forms
 * and for any number of vectors, so the bits do not tell which it was.
 */
import { assemble, f64x2, i32, type FunctionSource, type Kernel } from "./assembler";

/** z <- L z for `count` vectors [count, n], in place. */
export function lowerTimes(L: Float64Array, n: number, z: Float64Array, count: number): void {
  const inFours = kernel ? count - (count % 4) : 0;
  if (kernel && inFours > 0) byKernel(kernel, L, n, z, inFours);
  plainLowerTimes(L, n, z, inFours, count);
}

/** Vectors first .. end - 1 in plain loops, from the last row up, since a row needs those before it. */
export function plainLowerTimes(L: Float64Array, n: number, z: Float64Array, first: number, end: number): void {
  for (let at = first * n; at < end * n; at += n) {
    for (let i = n - 1; i >= 0; i--) {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += L[i * n + j] * z[at + j];
      z[at + i] = sum;
    }
  }
}

/** Addresses in bytes; z and g hold four vectors interleaved, [n + 1, 4]; L has room for one row more than it needs. */
const rowsInPairs: FunctionSource = {
  name: "rowsInPairs",
  parameters: ["i32", "i32", "i32", "i32"],
  write(b, L, z, g, n) {
    const zero = f64x2.constant(0);
    const rowBytes = b.let("i32", i32.shl(n, i32.constant(3)));
    const lastRow = b.let("i32", i32.add(L, i32.mul(rowBytes, n)));
    const row = b.let("i32", L);
    const length = b.let("i32", i32.constant(8)); // of the part of this row up to the diagonal
    const [p, q, at, end] = ["i32", "i32", "i32", "i32"].map(() => b.local("i32"));
    const [a01, a23, b01, b23, l, m, z01, z23] = Array.from({ length: 8 }, () => b.local("v128"));
    const addTo = (sum: typeof l, factor: typeof l, vector: typeof l) =>
      b.set(sum, f64x2.add(sum, f64x2.mul(factor, vector)));
    const takeVectors = () => {
      b.set(z01, f64x2.load(at));
      b.set(z23, f64x2.load(at, 16));
    };
    b.repeat(
      () => {
        for (const sum of [a01, a23, b01, b23]) b.set(sum, zero);
        b.set(p, row);
        b.set(q, i32.add(row, rowBytes));
        b.set(at, z);
        b.set(end, i32.add(row, length));
        b.repeat(
          () => {
            takeVectors();
            b.set(l, f64x2.loadSplat(p));
            b.set(m, f64x2.loadSplat(q));
            addTo(a01, l, z01);
            addTo(a23, l, z23);
            addTo(b01, m, z01);
            addTo(b23, m, z23);
            b.set(p, i32.add(p, i32.constant(8)));
            b.set(q, i32.add(q, i32.constant(8)));
            b.set(at, i32.add(at, i32.constant(32)));
          },
          () => i32.lessThan(p, end),
        );
        takeVectors(); // the second row's diagonal
        b.set(m, f64x2.loadSplat(q));
        addTo(b01, m, z01);
        addTo(b23, m, z23);
        [a01, a23, b01, b23].forEach((sum, k) => b.do(f64x2.store(g, sum, 16 * k)));
        b.set(g, i32.add(g, i32.constant(64)));
        b.set(length, i32.add(length, i32.constant(16)));
        b.set(row, i32.add(row, i32.shl(rowBytes, i32.constant(1))));
      },
      () => i32.lessThan(row, lastRow),
    );
  },
};

const kernel = assemble([rowsInPairs]);
let factorInKernel: Float64Array | undefined;

function byKernel(k: Kernel, L: Float64Array, n: number, z: Float64Array, count: number): void {
  const zAt = n * n + n;
  const gAt = zAt + 4 * n + 4;
  const memory = k.doubles(gAt + 4 * n + 4);
  if (factorInKernel !== L) memory.set(L, 0);
  factorInKernel = L;
  for (let first = 0; first < count * n; first += 4 * n) {
    for (let j = 0, to = zAt; j < n; j++, to += 4) {
      memory[to] = z[first + j];
      memory[to + 1] = z[first + n + j];
      memory[to + 2] = z[first + 2 * n + j];
      memory[to + 3] = z[first + 3 * n + j];
    }
    k.functions.rowsInPairs(0, 8 * zAt, 8 * gAt, n);
    for (let i = 0, from = gAt; i < n; i++, from += 4) {
      z[first + i] = memory[from];
      z[first + n + i] = memory[from + 1];
      z[first + 2 * n + i] = memory[from + 2];
      z[first + 3 * n + i] = memory[from + 3];
    }
  }
}
