/**
 * The published electrode in float32, round-off included: every operation is rounded, and both systems are solved by
 * ordinary elimination, which forms the diagonal of the equations times h^2. The reaction's share of it, a_s k_rn
 * h^2 ~ 3e-8 against k_left + k_right ~ 0.4, is the last bit. So the row sums that fix phi are half noise, and with
 * them the reaction's distribution:
 * phi(L) - phi(0) is off by about as much as it varies with the porosity. The salt equation has no such weakness.
 * Nothing but the figure that shows this should use it.
 */
import { checkActiveSolid, type Material, materialAt } from "./electrolyte";
import { PUBLISHED, readPublished } from "./published-conditions";
import { InadmissibleInput } from "./errors";
import { writeFields } from "./fields";
import type { Axis } from "../fields/grid";
import { checkPorosityProfile } from "./input";
import type { Condition, FieldSolver } from "./problem";

/** A porosity in the middle of what the law admits, with which the diagonal of a cell's equation is 2 eps^1.5. */
const middle = 0.35;

/**
 * Cells beyond which single precision imitates nothing: the reaction's share of a cell's diagonal, a_s k_rn h^2 with
 * h = L / cells, is then below half of its last bit, so it is rounded away, and the equations that are left are
 * singular. With the published k_rn 147.
 */
export function mostCellsInSinglePrecision(condition: Condition, length: number = PUBLISHED.length): number {
  const { k_rn } = readPublished(condition);
  const { kappa0, bruggeman, a0, share } = materialAt(PUBLISHED.name, condition);
  const halfLastBit = 2 ** (Math.floor(Math.log2(2 * kappa0 * middle ** bruggeman)) - 24);
  return Math.floor(length * Math.sqrt((a0 * (share - middle) * k_rn) / halfLastBit));
}

const meaningless = (cells: number, k_rn: number, most: number): InadmissibleInput =>
  new InadmissibleInput(
    `${PUBLISHED.name}: single precision has no meaning on ${cells} cells with k_rn = ${k_rn}: float32 rounds the ` +
      `reaction's share of the equations away, and their solution with it. Remedy: at most ${most} cells, fewer ` +
      "where that fails too, or double precision.",
  );

/** The numbers of the material that enter the equations, rounded to float32. */
function inSingle({ kappa0, D0, a0, share, c_right, saltPerCharge }: Material) {
  const round = Math.fround;
  return {
    kappa0: round(kappa0),
    D0: round(D0),
    a0: round(a0),
    share: round(share),
    c_right: round(c_right),
    salt: round(saltPerCharge),
  };
}

/** The solver behind `precision: "single"`; results are float32 values in a Float64Array. */
export function publishedInSinglePrecision(axis: Axis): FieldSolver {
  const system = new SingleSystem(axis.cells);
  return {
    solve(porosity, condition, out, offset = 0) {
      const given = readPublished(condition);
      const material = materialAt(PUBLISHED.name, condition);
      checkPorosityProfile(PUBLISHED.name, porosity, axis.cells);
      checkActiveSolid(PUBLISHED.name, porosity, material);
      const most = mostCellsInSinglePrecision(condition, axis.length);
      if (axis.cells > most) throw meaningless(axis.cells, given.k_rn, most);
      const electrode = electrodeInSingle(axis, Float32Array.from(porosity), material, given);
      const phi = potential(system, electrode);
      if (phi === undefined) throw meaningless(axis.cells, given.k_rn, most);
      const c = concentration(system, electrode, phi);
      const lowest = c.reduce((least, v) => Math.min(least, v));
      writeFields(PUBLISHED.name, axis, { c: Float64Array.from(c), lowest, phi: Float64Array.from(phi) }, out, offset);
    },
  };
}

/** What both equations need, in float32. */
function electrodeInSingle(
  axis: Axis,
  eps: Float32Array,
  material: Material,
  { U0, F_right, k_rn, duration }: ReturnType<typeof readPublished>,
) {
  const round = Math.fround;
  const single = inSingle(material);
  const h = round(axis.h);
  const power = eps.map((e) => Math.pow(e, material.bruggeman));
  return {
    ...single,
    eps,
    power,
    a_s: eps.map((e) => single.a0 * round(single.share - e)),
    phi_s: Float32Array.from(axis.centres, (x) => material.solidSlope * round(x)),
    h,
    h2: round(h * h),
    rate: round(k_rn),
    U: round(U0),
    current: round(F_right),
    dt: round(duration / PUBLISHED.steps),
  };
}

type Electrode = ReturnType<typeof electrodeInSingle>;

/** phi - phi(0) in the cells; undefined where nothing is left of the reaction of all cells. */
function potential(system: SingleSystem, electrode: Electrode): Float32Array | undefined {
  const round = Math.fround; // a local name: an imported or global one costs a call in a hot loop
  const { power, kappa0, a_s, rate, h, h2, phi_s, U, current } = electrode;
  const { lower, upper, diagonal } = system;
  const phi = new Float32Array(phi_s.length);
  system.couple(power.map((p) => kappa0 * p));
  for (let i = 0; i < phi.length; i++) {
    const reaction = round(round(a_s[i] * rate) * h2);
    diagonal[i] = round(round(lower[i] + upper[i]) + reaction);
    phi[i] = round(reaction * round(phi_s[i] - U));
  }
  phi[phi.length - 1] = round(phi[phi.length - 1] + round(current * h));
  if (!(system.factorise() > 0)) return undefined;
  system.substitute(phi);
  const first = phi[0];
  return phi.map((v) => v - first);
}

/** c at the end of the published implicit Euler steps; the last cell is held at c_right. */
function concentration(system: SingleSystem, electrode: Electrode, phi: Float32Array): Float32Array {
  const round = Math.fround;
  const { eps, power, D0, a_s, rate, h2, phi_s, U, dt, salt, c_right } = electrode;
  const { lower, upper, diagonal } = system;
  const ratio = round(dt / h2);
  const end = eps.length - 1;
  const source = phi.map((v, i) => dt * round(salt * round(a_s[i] * round(rate * round(round(phi_s[i] - v) - U)))));
  system.couple(power.map((p) => D0 * p));
  for (let i = 0; i < end; i++) {
    lower[i] = round(ratio * lower[i]);
    upper[i] = round(ratio * upper[i]);
    diagonal[i] = round(eps[i] + round(lower[i] + upper[i]));
  }
  lower[end] = 0; // the held cell's row says c = c_right
  diagonal[end] = 1;
  system.factorise();
  const c = new Float32Array(eps.length).fill(c_right);
  for (let n = 0; n < PUBLISHED.steps; n++) {
    for (let i = 0; i < end; i++) c[i] = round(round(eps[i] * c[i]) + source[i]);
    c[end] = c_right;
    system.substitute(c);
  }
  return c;
}

/** Rows -lower, diagonal, -upper by Thomas's algorithm, every operation rounded to float32. */
class SingleSystem {
  readonly lower: Float32Array;
  readonly diagonal: Float32Array;
  readonly upper: Float32Array;
  private readonly factor: Float32Array;
  private readonly pivot: Float32Array;

  constructor(cells: number) {
    [this.lower, this.diagonal, this.upper, this.factor, this.pivot] = Array.from(
      { length: 5 },
      () => new Float32Array(cells),
    );
  }

  /** Face values 2 a b / (a + b) as the lower and upper couplings of each cell. */
  couple(field: Float32Array): void {
    const round = Math.fround;
    const { lower, upper } = this;
    lower[0] = upper[upper.length - 1] = 0;
    for (let i = 0; i + 1 < field.length; i++) {
      const mean = round(round(round(2 * field[i]) * field[i + 1]) / round(field[i] + field[i + 1]));
      upper[i] = lower[i + 1] = mean;
    }
  }

  /** Factors for any number of right-hand sides; returns the last pivot. */
  factorise(): number {
    const round = Math.fround;
    const { lower, diagonal, upper, factor, pivot } = this;
    pivot[0] = diagonal[0];
    for (let i = 1; i < pivot.length; i++) {
      factor[i] = round(lower[i] / pivot[i - 1]);
      pivot[i] = round(diagonal[i] - round(factor[i] * upper[i - 1]));
    }
    return pivot[pivot.length - 1];
  }

  /** The solution in the place of the right-hand side b. */
  substitute(b: Float32Array): void {
    const round = Math.fround;
    const { upper, factor, pivot } = this;
    const end = b.length - 1;
    for (let i = 1; i <= end; i++) b[i] = round(b[i] + round(factor[i] * b[i - 1]));
    b[end] = round(b[end] / pivot[end]);
    for (let i = end - 1; i >= 0; i--) b[i] = round(round(b[i] + round(upper[i] * b[i + 1])) / pivot[i]);
  }
}
