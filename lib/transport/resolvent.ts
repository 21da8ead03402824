/**
 * The sum over a contour's nodes  u = Re sum_j w_j (z_j E + T K)^-1 T b  for the tridiagonal K of a conservation law
 * (tridiagonal.ts) and a diagonal E > 0. Each matrix is K with the complex excess z_j E_i in each row, so the
 * elimination without subtraction carries over: x_0 = z E_0, x_{i+1} = z E_{i+1} + m_i x_i, m_i = g_i / (g_i + x_i).
 * Real and imaginary parts lie in separate arrays. Both the elimination and a right-hand side are chains in which each
 * cell waits for the last, so two nodes advance side by side to fill the gaps.
 */
import type { Contour } from "./contour";
import { MOST_NODES, hasResolventKernel, resolventSumByKernel } from "./resolvent-kernel";
import type { ResolventSystem } from "./resolvent-system";

export interface ResolventWork {
  readonly size: number;
  /** [4 * size] each: m and 1/pivot of two nodes as (re, im, re, im) per cell, and the reduced right-hand side. */
  readonly m: Float64Array;
  readonly r: Float64Array;
  readonly b: Float64Array;
}

export function resolventWork(size: number): ResolventWork {
  const make = () => new Float64Array(4 * size);
  return { size, m: make(), r: make(), b: make() };
}

/** Overwrites u: row q is the sum for right-hand side q. The number of contour nodes may be odd. */
export function resolventSum(work: ResolventWork, contour: Contour, system: ResolventSystem): void {
  const byKernel = hasResolventKernel && contour.nodes <= MOST_NODES;
  if (byKernel) resolventSumByKernel(work.size, contour, system);
  else plainResolventSum(work, contour, system);
}

/** The same in plain loops: what the kernel must agree with, and what runs where WebAssembly SIMD is missing. */
export function plainResolventSum(
  work: ResolventWork,
  contour: Contour,
  { time, g, outlet, storage, b, u, count, stride }: ResolventSystem,
): void {
  const { size } = work;
  for (let q = 0; q < count; q++) u.fill(0, q * stride, q * stride + size);
  for (let j = 0; j < contour.nodes; j += 2) {
    // An odd last node is paired with itself at weight zero.
    const k = Math.min(j + 1, contour.nodes - 1);
    const alone = k === j;
    // Dividing by T leaves (z/T E + K)^-1 b.
    const zjRe = contour.zRe[j] / time;
    const zjIm = contour.zIm[j] / time;
    const zkRe = contour.zRe[k] / time;
    const zkIm = contour.zIm[k] / time;
    factorPair(work, zjRe, zjIm, zkRe, zkIm, g, outlet, storage);
    const wkRe = alone ? 0 : contour.wRe[k];
    const wkIm = alone ? 0 : contour.wIm[k];
    for (let q = 0; q < count; q++) {
      addPair(work, contour.wRe[j], contour.wIm[j], wkRe, wkIm, b, u, q * stride);
    }
  }
}

function factorPair(
  { size, m, r }: ResolventWork,
  pRe: number,
  pIm: number,
  qRe: number,
  qIm: number,
  g: Float64Array,
  outlet: number,
  storage: Float64Array,
): void {
  let x0 = 0;
  let y0 = 0;
  let x1 = 0;
  let y1 = 0;
  const last = size - 1;
  for (let i = 0, o = 0; i <= last; i++, o += 4) {
    const e = storage[i];
    const gi = i === last ? outlet : g[i];
    x0 += pRe * e;
    y0 += pIm * e;
    x1 += qRe * e;
    y1 += qIm * e;
    const a0 = gi + x0;
    const a1 = gi + x1;
    const s0 = 1 / (a0 * a0 + y0 * y0);
    const s1 = 1 / (a1 * a1 + y1 * y1);
    const r0 = a0 * s0;
    const i0 = -y0 * s0;
    const r1 = a1 * s1;
    const i1 = -y1 * s1;
    r[o] = r0;
    r[o + 1] = i0;
    r[o + 2] = r1;
    r[o + 3] = i1;
    const m0 = gi * r0;
    const n0 = gi * i0;
    const m1 = gi * r1;
    const n1 = gi * i1;
    m[o] = m0;
    m[o + 1] = n0;
    m[o + 2] = m1;
    m[o + 3] = n1;
    const t0 = m0 * x0 - n0 * y0;
    y0 = m0 * y0 + n0 * x0;
    x0 = t0;
    const t1 = m1 * x1 - n1 * y1;
    y1 = m1 * y1 + n1 * x1;
    x1 = t1;
  }
}

function addPair(
  { size, m, r, b: reduced }: ResolventWork,
  pRe: number,
  pIm: number,
  qRe: number,
  qIm: number,
  b: Float64Array,
  u: Float64Array,
  offset: number,
): void {
  let x0 = 0;
  let y0 = 0;
  let x1 = 0;
  let y1 = 0;
  for (let i = 0, o = 0; i < size; i++, o += 4) {
    const bi = b[offset + i];
    x0 += bi;
    x1 += bi;
    reduced[o] = x0;
    reduced[o + 1] = y0;
    reduced[o + 2] = x1;
    reduced[o + 3] = y1;
    const m0 = m[o];
    const n0 = m[o + 1];
    const m1 = m[o + 2];
    const n1 = m[o + 3];
    const t0 = m0 * x0 - n0 * y0;
    y0 = m0 * y0 + n0 * x0;
    x0 = t0;
    const t1 = m1 * x1 - n1 * y1;
    y1 = m1 * y1 + n1 * x1;
    x1 = t1;
  }
  // u_{N-1} = b / pivot: the value beyond the outlet is 0.
  x0 = y0 = x1 = y1 = 0;
  for (let i = size - 1, o = 4 * i; i >= 0; i--, o -= 4) {
    const m0 = m[o];
    const n0 = m[o + 1];
    const r0 = r[o];
    const i0 = r[o + 1];
    const c0 = reduced[o];
    const d0 = reduced[o + 1];
    const t0 = m0 * x0 - n0 * y0 + (r0 * c0 - i0 * d0);
    y0 = m0 * y0 + n0 * x0 + (r0 * d0 + i0 * c0);
    x0 = t0;
    const m1 = m[o + 2];
    const n1 = m[o + 3];
    const r1 = r[o + 2];
    const i1 = r[o + 3];
    const c1 = reduced[o + 2];
    const d1 = reduced[o + 3];
    const t1 = m1 * x1 - n1 * y1 + (r1 * c1 - i1 * d1);
    y1 = m1 * y1 + n1 * x1 + (r1 * d1 + i1 * c1);
    x1 = t1;
    u[offset + i] += pRe * x0 - pIm * y0 + (qRe * x1 - qIm * y1);
  }
}
