/**
 * Salt in the pores:  eps c_t = (D c_x)_x + s,  c_x(0) = 0,  c = c_right at the separator, s constant in time.
 * With u = c - c_right, per cell  E u' = -K u + b:  E = eps h, b = s h, K the exchange D_face / h with the neighbours.
 * The separator value is held on the face, half a cell beyond the last centre (second order in h), or in the last cell
 * itself (first order; what the published study does), which then is no unknown.
 * From u(0) = 0: the steady state, implicit Euler steps, many of them at once, or the exact state at time T
 * (contour.ts).
 */
import type { Contour } from "./contour";
import type { Axis } from "../fields/grid";
import { type CellValues, conductances } from "./conductances";
import { resolventSum, resolventWork, type ResolventWork } from "./resolvent";
import { eliminate, elimination, substitute, type Elimination } from "./tridiagonal";

export type HeldEdge = "on the face" | "in the last cell";

/** The equation's coefficients, filled by the caller, and methods that solve it. Owns its work space. */
export class Concentration {
  /** Diffusivity in the pores, m2/s. */
  readonly diffusivity: CellValues;
  /** Porosity eps. */
  readonly porosity: CellValues;
  /** Number of unknown cells: all, or all but the last. */
  readonly unknowns: number;

  /** D_face / h between centres, m/s; E = eps h, m. */
  readonly couplings: Float64Array;
  readonly storage: Float64Array;
  /** Conductance from the last unknown to c_right, m/s. */
  outlet = 0;
  private readonly factors: Elimination;
  private readonly resolvents: ResolventWork;
  private readonly loss: Float64Array;
  private readonly scaled: Float64Array;

  constructor(
    readonly axis: Axis,
    readonly edge: HeldEdge,
  ) {
    const cells = () => new Float64Array(axis.cells);
    this.unknowns = edge === "on the face" ? axis.cells : axis.cells - 1;
    this.diffusivity = cells();
    this.porosity = cells();
    this.couplings = cells();
    this.storage = cells();
    this.loss = cells();
    this.scaled = cells();
    this.factors = elimination(this.unknowns);
    this.resolvents = resolventWork(this.unknowns);
  }

  /** To be called when `diffusivity` and `porosity` are set. */
  prepare(): void {
    const { cells, h } = this.axis;
    const { couplings, storage, porosity } = this;
    conductances(this.diffusivity, h, couplings);
    for (let i = 0; i < cells; i++) storage[i] = porosity[i] * h;
    const end = cells - 1;
    this.outlet = this.edge === "on the face" ? (2 * this.diffusivity[end]) / h : couplings[end - 1];
  }

  /**
   * Steady u for the supply b [cells] = s h (mol/(m2 s)); the flux through each face is the sum of all supply before
   * it.
   */
  steady(b: Float64Array, u: Float64Array): void {
    const { unknowns, couplings } = this;
    let flux = 0;
    for (let i = 0; i < unknowns; i++) u[i] = flux += b[i];
    let value = 0;
    let conductance = this.outlet;
    for (let i = unknowns - 1; i >= 0; i--) {
      u[i] = value += u[i] / conductance;
      if (i > 0) conductance = couplings[i - 1];
    }
    if (unknowns < u.length) u[unknowns] = 0;
  }

  /** `steps` implicit Euler steps of dt (s) for the supply b, from the u given, in place. */
  implicitEuler(b: Float64Array, u: Float64Array, dt: number, steps: number): void {
    if (!(dt > 0)) throw new RangeError(`implicitEuler: dt must be a positive number of seconds, got ${dt}`);
    const { unknowns, couplings, storage, scaled, loss, factors } = this;
    for (let i = 0; i < unknowns; i++) {
      scaled[i] = dt * couplings[i];
      loss[i] = storage[i];
    }
    loss[unknowns - 1] += dt * this.outlet;
    eliminate(factors, scaled, loss);
    for (let n = 0; n < steps; n++) {
      for (let i = 0; i < unknowns; i++) u[i] = storage[i] * u[i] + dt * b[i];
      substitute(factors, u);
    }
  }

  /**
   * u at `time` (s) from u(0) = 0 by a contour, for `count` supplies b [count, cells] that share the elimination; exact
   * in time or equal to many implicit Euler steps, as the contour says.
   */
  atTime(time: number, contour: Contour, b: Float64Array, u: Float64Array, count = 1): void {
    const { couplings, storage, outlet, unknowns } = this;
    const { cells } = this.axis;
    resolventSum(this.resolvents, contour, { time, g: couplings, outlet, storage, b, u, count, stride: cells });
    if (unknowns < cells) for (let q = 0; q < count; q++) u[q * cells + unknowns] = 0;
  }
}
