/**
 * Derivatives of the discrete concentration with respect to the porosity of each cell. For a resolvent V = (s E + K)^-1
 * b
 *   (s E + K) dV = db - s dE V - dK V,
 * where dE has one entry and dK V three, and db is dense because the reaction answers everywhere. The state at time T
 * is a sum of resolvents (contour.ts), the steady state the one at s = 0: differentiated term by term the result is
 * exact for the discrete equations.
 */
import type { Concentration } from "./concentration";
import type { Contour } from "./contour";
import { harmonicMeanSlopes } from "./conductances";

export type Moment = "steady" | { readonly time: number; readonly contour: Contour };

/**
 * du_i/d(eps_q) at [i * cells + q], for a prepared `salt`, its supply b [cells] and `change` = db_i/d(eps_q) in the
 * same layout; `slope` is dD_q/d(eps_q).
 */
export function concentrationSensitivity(
  salt: Concentration,
  b: Float64Array,
  change: Float64Array,
  slope: Float64Array,
  moment: Moment,
): Float64Array {
  const { cells } = salt.axis;
  const result = new Float64Array(cells * cells);
  const nodes = moment === "steady" ? 1 : moment.contour.nodes;
  const node = new Resolvent(salt);
  for (let j = 0; j < nodes; j++) {
    const [sRe, sIm, wRe, wIm] =
      moment === "steady"
        ? [0, 0, 1, 0]
        : [
            moment.contour.zRe[j] / moment.time,
            moment.contour.zIm[j] / moment.time,
            moment.contour.wRe[j],
            moment.contour.wIm[j],
          ];
    node.factor(sRe, sIm);
    node.load(b);
    node.solve();
    const vRe = node.re.slice();
    const vIm = node.im.slice();
    for (let q = 0; q < cells; q++) {
      for (let i = 0; i < salt.unknowns; i++) {
        node.re[i] = change[i * cells + q];
        node.im[i] = 0;
      }
      node.subtractPart(q, slope[q], sRe, sIm, vRe, vIm);
      node.solve();
      for (let i = 0; i < salt.unknowns; i++) result[i * cells + q] += wRe * node.re[i] - wIm * node.im[i];
    }
  }
  return result;
}

/** (s E + K)^-1 for one complex s, by the elimination of resolvent.ts. */
class Resolvent {
  readonly re: Float64Array;
  readonly im: Float64Array;
  private readonly m: Float64Array;
  private readonly n: Float64Array;
  private readonly rRe: Float64Array;
  private readonly rIm: Float64Array;

  constructor(private readonly salt: Concentration) {
    const make = () => new Float64Array(salt.unknowns);
    this.re = make();
    this.im = make();
    this.m = make();
    this.n = make();
    this.rRe = make();
    this.rIm = make();
  }

  factor(sRe: number, sIm: number): void {
    const { unknowns, couplings, outlet, storage } = this.salt;
    let x = 0;
    let y = 0;
    for (let i = 0; i < unknowns; i++) {
      const g = i === unknowns - 1 ? outlet : couplings[i];
      x += sRe * storage[i];
      y += sIm * storage[i];
      const a = g + x;
      const inverse = 1 / (a * a + y * y);
      this.rRe[i] = a * inverse;
      this.rIm[i] = -y * inverse;
      const m = (this.m[i] = g * this.rRe[i]);
      const n = (this.n[i] = g * this.rIm[i]);
      [x, y] = [m * x - n * y, m * y + n * x];
    }
  }

  load(b: Float64Array): void {
    this.re.set(b.subarray(0, this.salt.unknowns));
    this.im.fill(0);
  }

  /** Right-hand side minus (s dE + dK) V for a change of eps_q. */
  subtractPart(q: number, slope: number, sRe: number, sIm: number, vRe: Float64Array, vIm: Float64Array): void {
    const { unknowns, axis, diffusivity, edge } = this.salt;
    const { re, im } = this;
    const { h, cells } = axis;
    if (q < unknowns) {
      re[q] -= h * (sRe * vRe[q] - sIm * vIm[q]);
      im[q] -= h * (sRe * vIm[q] + sIm * vRe[q]);
    }
    const through = (face: number, side: 0 | 1) => {
      const dg = (harmonicMeanSlopes(diffusivity, face)[side] * slope) / h;
      const beyond = face + 1 < unknowns;
      const fluxRe = dg * ((beyond ? vRe[face + 1] : 0) - vRe[face]);
      const fluxIm = dg * ((beyond ? vIm[face + 1] : 0) - vIm[face]);
      re[face] += fluxRe;
      im[face] += fluxIm;
      if (!beyond) return;
      re[face + 1] -= fluxRe;
      im[face + 1] -= fluxIm;
    };
    if (q > 0) through(q - 1, 1);
    if (q < cells - 1) through(q, 0);
    if (edge === "on the face" && q === cells - 1) {
      re[q] -= ((2 * slope) / h) * vRe[q];
      im[q] -= ((2 * slope) / h) * vIm[q];
    }
  }

  /** Overwrites re, im by the solution. */
  solve(): void {
    const { re, im, m, n, rRe, rIm } = this;
    const end = re.length - 1;
    for (let i = 1; i <= end; i++) {
      const [x, y] = [re[i - 1], im[i - 1]];
      re[i] += m[i - 1] * x - n[i - 1] * y;
      im[i] += m[i - 1] * y + n[i - 1] * x;
    }
    let x = 0;
    let y = 0;
    for (let i = end; i >= 0; i--) {
      const real = m[i] * x - n[i] * y + rRe[i] * re[i] - rIm[i] * im[i];
      y = m[i] * y + n[i] * x + rRe[i] * im[i] + rIm[i] * re[i];
      re[i] = x = real;
      im[i] = y;
    }
  }
}
