/**
 * Potential of a conductor with a linear reaction:  -(k phi')' = a (s - phi) + f  on [0, L], a >= 0, each end with a
 * given value, flux or film (boundary.ts). Cell-centred finite volumes with harmonic face means, second order in h.
 *
 * With a weak reaction and no given value the matrix is singular to eight digits: only the small a fixes the level of
 * phi, which is volts where its differences are millivolts. So level and shape are found apart. The level P balances
 * the sources exactly,  sum a h (s - P) + sum f h + sum G (v - P) - sum q0 = 0,  and the shape w = phi - P is solved by
 * an elimination without subtraction whose primary results are the differences w_{i+1} - w_i.
 */
import { type Boundary, checkBoundary, conductanceOf, outsideValue, outwardFlux } from "./boundary";
import { InadmissibleInput } from "./errors";
import type { Axis } from "../fields/grid";
import { type CellValues, conductances } from "./conductances";
import { eliminate, elimination, substituteForDifferences, type Elimination } from "./tridiagonal";
import { mean } from "../numerics/statistics";

/** Conductivities (S/m) whose products would underflow pass no current in double precision. */
const SMALLEST = 1e-140;
/** Sources that should cancel may miss each other by this part of their sum of magnitudes. */
const COMPATIBLE = 1e-9;

/** The equation's coefficients, filled by the caller, and after `solve` its solution. Owns its work space. */
export class Potential {
  /** Conductivity k, S/m. */
  readonly conductivity: CellValues;
  /** Reaction a, S/m3, and the potential s (V) at which it rests. */
  readonly reaction: CellValues;
  readonly rest: CellValues;
  /** Source f, A/m3. */
  readonly source: CellValues;
  /** P, V. */
  level = 0;
  /** w = phi - P, V. */
  readonly shape: CellValues;
  /** phi_i - phi_0, V. */
  readonly rise: CellValues;
  /** phi_{i+1} - phi_i, V; the last entry is unused. */
  readonly jumps: Float64Array;

  /** k / h between the centres, what each cell loses to reaction and ends, S/m2, and the eliminated matrix. */
  private readonly couplings: Float64Array;
  private readonly loss: Float64Array;
  private readonly factors: Elimination;
  /** Sum of all losses; where it is 0 nothing fixes the level. */
  private hold = 0;
  private floats = false;

  constructor(readonly axis: Axis) {
    const cells = () => new Float64Array(axis.cells);
    this.conductivity = cells();
    this.reaction = cells();
    this.rest = cells();
    this.source = cells();
    this.shape = cells();
    this.rise = cells();
    this.jumps = cells();
    this.couplings = cells();
    this.loss = cells();
    this.factors = elimination(axis.cells);
  }

  /** Where nothing fixes the level (no reaction, two fluxes) the sources must balance, and phi has zero mean. */
  solve(left: Boundary, right: Boundary): void {
    const { cells, h } = this.axis;
    const { conductivity: k, reaction, rest, source, shape: b, loss, couplings, rise, jumps } = this;
    checkBoundary("potential, left end", left);
    checkBoundary("potential, right end", right);
    this.checkConductivity();
    conductances(k, h, couplings);

    const end = cells - 1;
    const leftG = conductanceOf(left, k[0], h);
    const rightG = conductanceOf(right, k[end], h);
    const leftV = outsideValue(left);
    const rightV = outsideValue(right);
    const inLeft = -outwardFlux(left);
    const inRight = -outwardFlux(right);

    let supply = leftG * leftV + inLeft + (rightG * rightV + inRight);
    let hold = leftG + rightG;
    for (let i = 0; i < cells; i++) {
      const a = reaction[i] * h;
      loss[i] = a;
      hold += a;
      supply += a * rest[i] + source[i] * h;
    }
    const floats = !(hold > 0);
    this.hold = hold;
    this.floats = floats;
    if (floats) this.checkBalance(supply, inLeft, inRight);
    const level = floats ? 0 : supply / hold;
    for (let i = 0; i < cells; i++) b[i] = loss[i] * (rest[i] - level) + source[i] * h;
    b[0] += leftG * (leftV - level) + inLeft;
    b[end] += rightG * (rightV - level) + inRight;
    loss[0] += leftG;
    loss[end] += rightG;
    eliminate(this.factors, couplings, loss);
    if (floats) this.factors.r[end] = 0; // any level will do: hold the last cell at 0 and centre below
    substituteForDifferences(this.factors, b, jumps);
    this.level = floats ? -mean(b) : level;
    let total = 0;
    for (let i = 0; i < cells; i++) {
      rise[i] = total;
      total += jumps[i];
    }
  }

  /**
   * Solves A v = b for the matrix of the last `solve`: b [cells] is overwritten by v minus its level, which is
   * returned, and `jumps` by v_{i+1} - v_i.
   */
  respond(b: Float64Array, jumps: Float64Array): number {
    const { loss, floats } = this;
    let supply = 0;
    for (let i = 0; i < b.length; i++) supply += b[i];
    const level = floats ? 0 : supply / this.hold;
    for (let i = 0; i < b.length; i++) b[i] -= loss[i] * level;
    substituteForDifferences(this.factors, b, jumps);
    return floats ? -mean(b) : level;
  }

  private checkConductivity(): void {
    const k = this.conductivity;
    for (let i = 0; i < k.length; i++) {
      if (k[i] >= SMALLEST && k[i] < Infinity) continue;
      throw new InadmissibleInput(
        `potential: the conductivity must be positive everywhere, or no current passes; got ${k[i]} S/m in cell ${i} ` +
          `(x = ${this.axis.centres[i].toPrecision(4)} m)`,
      );
    }
  }

  private checkBalance(supply: number, inLeft: number, inRight: number): void {
    let magnitude = Math.abs(inLeft) + Math.abs(inRight);
    for (const f of this.source) magnitude += Math.abs(f * this.axis.h);
    if (Math.abs(supply) <= COMPATIBLE * magnitude) return;
    throw new InadmissibleInput(
      `potential: with a given flux at both ends and no reaction, what flows in must flow out; ` +
        `here sources and fluxes leave a net ${supply} A/m2 (pure Neumann data that are not compatible). ` +
        `Remedy: change a flux or the source, or give a value or a film at one end.`,
    );
  }
}
