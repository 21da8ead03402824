/**
 * A porous electrode's coefficients, potential and salt in WebAssembly, in one memory: what PorousElectrode (its plain
 * twin, which defines it), Potential and Concentration do, for the solvers that run hundreds of thousands of times. The
 * order of all operations is the twin's, so are the bits.
 * Memory and module belong to a number of cells: places of arrays are then constants of the program. One set
 * per size serves all solvers of a thread; nothing stays in it between calls of a solver.
 */
import { assemble, type Kernel } from "../numerics/assembler";
import type { HeldEdge } from "./concentration";
import type { Contour } from "./contour";
import { layoutFor, type Layout, type Name } from "./electrode-arrays";
import { electrodeFunctions } from "./electrode-program";
import { type Material, publishedMaterial, solidPotential } from "./electrolyte";
import type { Axis } from "../fields/grid";
import { ResolventSums, resolventFunctions } from "./resolvent-kernel";

export interface ElectrodeKernel {
  /** a_s, 1/m [cells]; phi - phi(0) and phi - P of the last potential, V [cells]; P at `level[0]`. */
  readonly surface: Float64Array;
  readonly rise: Float64Array;
  readonly shape: Float64Array;
  readonly level: Float64Array;
  /** Supplies b of salt, and u = c - c_right, [3, cells] each; c of the last `concentration` [cells]. */
  readonly supply: Float64Array;
  readonly u: Float64Array;
  readonly c: Float64Array;
  /**
   * Sets all coefficients from eps [cells]. False where this is the plain solver's business: a wrong length, a value
   * outside (0, 1], pores so narrow that products of conductivities underflow, no room for the active solid, or no
   * reaction at all to fix the potential's level.
   */
  setPorosity(eps: Float64Array, rate: number, material?: Material): boolean;
  /** As PorousElectrode.solvePotential. */
  solvePotential(outward: number, share: number): void;
  /** First supply: charge a_s (phi_s - (phi - phi(0)) - U0). */
  supplyShifted(charge: number, U0: number): void;
  /** First supply: charge a_s (phi_s - phi). */
  supplyUnshifted(charge: number): void;
  /** As Concentration.steady, for the first supply. */
  steady(): void;
  /** As Concentration.atTime, for the first `count` supplies; contours of up to MOST_NODES. */
  atTime(time: number, contour: Contour, count: number): void;
  /** c = c_right + u of the first row; returns the lowest, NaN where there is one. */
  concentration(c_right: number): number;
}

/** Conductivities and diffusivities below this are left to the plain solver, which knows the smallest one. */
const WEAKEST = 3e-146;

/** Cells of a grid, and of all programs that are kept; a cell takes half a kilobyte. */
const LARGEST = 200_000;

/** The kernel for a grid; undefined where there is none, or the grid is too large to gain from it. */
export function electrodeKernel(axis: Axis, edge: HeldEdge): ElectrodeKernel | undefined {
  const { cells, h } = axis;
  if (cells > LARGEST) return undefined;
  const program = programFor(cells);
  if (!program) return undefined;
  const { kernel, sums, layout } = program;
  const { functions } = kernel;
  const memory = kernel.doubles(0);
  const rows = (at: number) => memory.subarray(at, at + 3 * cells);
  const view = (name: Name) => memory.subarray(layout.place(name), layout.place(name) + cells);
  let slope = publishedMaterial.solidSlope;
  let solid = solidPotential(axis.centres, slope);
  const unknowns = edge === "on the face" ? cells : cells - 1;
  const at = {
    couplings: layout.place("couplings"),
    storage: layout.place("storage"),
    b: layout.supply,
    u: layout.u,
    work: layout.end,
  };
  const porosity = memory.subarray(layout.place("eps"), layout.place("eps") + cells + 1);
  const extremes = memory.subarray(layout.place("extremes"), layout.place("extremes") + 4);
  const [inKernel, D, couplings, u] = [view("solid"), view("D"), view("couplings"), rows(at.u)];
  const power = memory.subarray(layout.place("k"), layout.place("k") + cells + 1);
  /** eps^b in the place of k: in the kernel where b = 3/2. */
  function setPower(b: number): void {
    if (b === 1.5) functions.bruggeman();
    else for (let i = 0; i <= cells; i++) power[i] = Math.pow(porosity[i], b);
  }
  return {
    surface: view("surface"),
    rise: view("rise"),
    shape: view("b"),
    level: view("level"),
    supply: rows(at.b),
    u,
    c: view("c"),
    setPorosity(eps, rate, material = publishedMaterial) {
      if (eps.length !== cells) return false;
      const { kappa0, D0, a0, share } = material;
      if (material.solidSlope !== slope) solid = solidPotential(axis.centres, (slope = material.solidSlope));
      porosity.set(eps);
      porosity[cells] = eps[cells - 1]; // the second lane of an odd number's last pair
      setPower(material.bruggeman);
      functions.coefficients(rate, h, kappa0, D0, a0, share);
      couplings[unknowns - 1] = edge === "on the face" ? (2 * D[cells - 1]) / h : couplings[cells - 2];
      const least = Math.min(extremes[0], extremes[1]); // NaN if there is one
      const strongest = rate * (a0 * (share - least)) * h; // the reaction in that cell
      const most = Math.max(extremes[2], extremes[3]);
      const weakest = Math.min(kappa0, D0) * Math.pow(least, material.bruggeman);
      return weakest >= WEAKEST && strongest > 0 && most <= share;
    },
    solvePotential(outward, share) {
      inKernel.set(solid);
      functions.potential(-outward, share);
    },
    supplyShifted: (charge, U0) => functions.supplyShifted(charge, U0),
    supplyUnshifted: (charge) => functions.supplyUnshifted(charge),
    steady() {
      functions.steady(unknowns);
      if (unknowns < cells) u[unknowns] = 0;
    },
    atTime(time, contour, count) {
      sums.sum(unknowns, contour, time, at, count, cells);
      if (unknowns < cells) for (let q = 0; q < count; q++) u[q * cells + unknowns] = 0;
    },
    concentration(c_right) {
      functions.concentration(c_right);
      return extremes[0];
    },
  };
}

interface Program {
  readonly kernel: Kernel;
  readonly sums: ResolventSums;
  readonly layout: Layout;
}

const programs = new Map<number, Program | undefined>();
const KEPT_PROGRAMS = 8;

function programFor(cells: number): Program | undefined {
  if (!programs.has(cells)) {
    let kept = [...programs.keys()].reduce((sum, n) => sum + n, cells);
    for (const oldest of programs.keys()) {
      if (kept <= LARGEST && programs.size < KEPT_PROGRAMS) break;
      programs.delete(oldest);
      kept -= oldest;
    }
    programs.set(cells, makeProgram(cells));
  }
  return programs.get(cells);
}

function makeProgram(cells: number): Program | undefined {
  const layout = layoutFor(cells);
  const kernel = assemble([...electrodeFunctions(layout), ...resolventFunctions]);
  if (!kernel) return undefined;
  kernel.doubles(layout.end + ResolventSums.workSpace(cells));
  return { kernel, sums: new ResolventSums(kernel), layout };
}
