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
    `${PUBLISHED.name}: single precision has no meaning on ${cells} cells with k_rn = ${k_rn}: float32 rounds the reaction's share of the equations ` +
      `away, and their solution with it. Remedy: at most ${most} cells, fewer where that fails too, or double precision.`,
  );

/** Numbers of the material rounded to float32. */
function inSingle({
  kappa0,
  D0,
  a0,
  share,
  c_right,
}: Material): Pick<Material, "kappa0" | "D0" | "a0" | "share" | "c_right"> {
  const round = Math.fround;
  return { kappa0: round(kappa0), D0: round(D0), a0: round(a0), share: round(share), c_right: round(c_right) };
}

/** The solver behind `precision: "single"`; results are float32 values in a Float64Array. */
export function publishedInSinglePrecision(axis: Axis): FieldSolver {
  const round = Math.fround; // a local name: an imported or global one costs a call in a hot loop
  const { cells } = axis;
  const { steps } = PUBLISHED;
  const make = () => new Float32Array(cells);
  const k = make();
  const a_s = make();
  const lower = make();
  const diagonal = make();
  const upper = make();
  const phi = make();
  const c = make();
  const source = make();
  const eps = make();
  const factor = make();
  const pivot = make();
  const h = round(axis.h);
  const h2 = round(h * h);

  /** Face values 2 a b / (a + b) as the lower and upper couplings of each cell. */
  function couple(field: Float32Array): void {
    lower[0] = upper[cells - 1] = 0;
    for (let i = 0; i + 1 < cells; i++) {
      const mean = round(round(round(2 * field[i]) * field[i + 1]) / round(field[i] + field[i + 1]));
      upper[i] = lower[i + 1] = mean;
    }
  }

  /** Thomas's algorithm for -lower, diagonal, -upper: factors first, then any number of right-hand sides. */
  function factorise(): void {
    pivot[0] = diagonal[0];
    for (let i = 1; i < cells; i++) {
      factor[i] = round(lower[i] / pivot[i - 1]);
      pivot[i] = round(diagonal[i] - round(factor[i] * upper[i - 1]));
    }
  }

  function substitute(b: Float32Array): void {
    for (let i = 1; i < cells; i++) b[i] = round(b[i] + round(factor[i] * b[i - 1]));
    b[cells - 1] = round(b[cells - 1] / pivot[cells - 1]);
    for (let i = cells - 2; i >= 0; i--) b[i] = round(round(b[i] + round(upper[i] * b[i + 1])) / pivot[i]);
  }

  return {
    solve(porosity, condition, out, offset = 0) {
      const { U0, F_right, k_rn, duration } = readPublished(condition);
      const material = materialAt(PUBLISHED.name, condition);
      const { kappa0, D0, a0, share, c_right } = inSingle(material);
      const slope = material.solidSlope;
      const b = material.bruggeman;
      const phi_s = Float32Array.from(axis.centres, (x) => round(slope * round(x)));
      const dt = round(duration / steps);
      const ratio = round(dt / h2);
      checkPorosityProfile(PUBLISHED.name, porosity, cells);
      checkActiveSolid(PUBLISHED.name, porosity, material);
      const most = mostCellsInSinglePrecision(condition, axis.length);
      if (cells > most) throw meaningless(cells, k_rn, most);
      const rate = round(k_rn);
      const U = round(U0);
      for (let i = 0; i < cells; i++) {
        eps[i] = porosity[i];
        const power = round(Math.pow(eps[i], b));
        k[i] = round(kappa0 * power);
        a_s[i] = round(a0 * round(share - eps[i]));
      }
      couple(k);
      for (let i = 0; i < cells; i++) {
        const reaction = round(round(a_s[i] * rate) * h2);
        diagonal[i] = round(round(lower[i] + upper[i]) + reaction);
        phi[i] = round(reaction * round(phi_s[i] - U));
      }
      phi[cells - 1] = round(phi[cells - 1] + round(round(F_right) * h));
      factorise();
      if (!(pivot[cells - 1] > 0)) throw meaningless(cells, k_rn, most); // what is left of the reaction of all cells
      substitute(phi);
      const first = phi[0];
      for (let i = 0; i < cells; i++) phi[i] = round(phi[i] - first);

      const salt = round(material.saltPerCharge);
      for (let i = 0; i < cells; i++) {
        const j = round(rate * round(round(phi_s[i] - phi[i]) - U));
        source[i] = round(dt * round(salt * round(a_s[i] * j)));
        k[i] = round(D0 * round(Math.pow(eps[i], b)));
      }
      couple(k);
      for (let i = 0; i < cells; i++) {
        lower[i] = round(ratio * lower[i]);
        upper[i] = round(ratio * upper[i]);
        diagonal[i] = round(eps[i] + round(lower[i] + upper[i]));
      }
      const end = cells - 1;
      lower[end] = 0; // the last cell is held: its row says c = c_right
      diagonal[end] = 1;
      factorise();
      c.fill(c_right);
      for (let n = 0; n < steps; n++) {
        for (let i = 0; i < end; i++) c[i] = round(round(eps[i] * c[i]) + source[i]);
        c[end] = c_right;
        substitute(c);
      }
      const fields = {
        c: Float64Array.from(c),
        lowest: c.reduce((least, v) => Math.min(least, v)),
        phi: Float64Array.from(phi),
      };
      writeFields(PUBLISHED.name, axis, fields, out, offset);
    },
  };
}
