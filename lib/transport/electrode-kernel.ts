/**
 * A porous electrode's coefficients, potential and salt in WebAssembly, in one memory: what PorousElectrode (its plain
 * twin, which defines it), Potential and Concentration do, for the solvers that run hundreds of thousands of times. The
 * order of all operations is the twin's, so are the bits.
 * Memory and module belong to a number of cells: places of arrays are then constants of the program. One set
 * per size serves all solvers of a thread; nothing stays in it between calls of a solver.
 */
import { assemble, type Kernel } from "../numerics/assembler";
import type { HeldEdge } from "./concentration";
import { layoutFor, type Layout, type Name } from "./electrode-arrays";
import { electrodeFunctions } from "./electrode-program";
import { type Material, publishedMaterial, solidPotential } from "./electrolyte";
import type { Axis } from "../fields/grid";
import type { ElectrodeEquations } from "./porous-electrode";
import { ResolventSums, resolventFunctions } from "./resolvent-kernel";

export interface ElectrodeKernel extends ElectrodeEquations {
  /** phi - P of the last potential, V [cells]; P at `level[0]`. */
  readonly shape: Float64Array;
  readonly level: Float64Array;
  /**
   * False where this is the plain solver's business: a wrong length, a value outside (0, 1], pores so narrow that
   * products of conductivities underflow, no room for the active solid, or no reaction at all to fix the potential's
   * level.
   */
  setPorosity(eps: Float64Array, rate: number, material?: Material): boolean;
}

/** Conductivities and diffusivities below this are left to the plain solver, which knows the smallest one. */
const WEAKEST = 3e-146;

/** Cells of a grid, and of all programs that are kept; a cell takes half a kilobyte. */
const LARGEST = 200_000;

/**
 * The equations with their coefficients set: in the kernel where there is one that takes them, otherwise in plain
 * loops, which say what is wrong. The bits are the same.
 */
export function equationsAt(kernel: ElectrodeKernel | undefined, plain: () => ElectrodeEquations) {
  let made: ElectrodeEquations | undefined;
  return (eps: Float64Array, rate: number, material: Material): ElectrodeEquations => {
    if (kernel?.setPorosity(eps, rate, material)) return kernel;
    made ??= plain();
    made.setPorosity(eps, rate, material);
    return made;
  };
}

/** The kernel for a grid; undefined where there is none, or the grid is too large to gain from it. */
export function electrodeKernel(axis: Axis, edge: HeldEdge): ElectrodeKernel | undefined {
  const program = axis.cells > LARGEST ? undefined : programFor(axis.cells);
  return program && equationsIn(program, axis, edge);
}

function equationsIn(program: Program, axis: Axis, edge: HeldEdge): ElectrodeKernel {
  const { layout, sums, view, kernel } = program;
  const { functions } = kernel;
  const { cells } = axis;
  const unknowns = edge === "on the face" ? cells : cells - 1;
  const at = {
    couplings: layout.place("couplings"),
    storage: layout.place("storage"),
    b: layout.supply,
    u: layout.u,
    work: layout.end,
  };
  const u = view(at.u, 3 * cells);
  const inKernel = view("solid");
  const extremes = view("extremes", 4);
  const setCoefficients = coefficientsIn(program, axis, edge);
  let slope = NaN;
  let solid = inKernel.slice();
  return {
    surface: view("surface"),
    rise: view("rise"),
    shape: view("b"),
    level: view("level"),
    supply: view(at.b, 3 * cells),
    u,
    c: view("c"),
    setPorosity(eps, rate, material = publishedMaterial) {
      if (material.solidSlope !== slope) solid = solidPotential(axis.centres, (slope = material.solidSlope));
      return setCoefficients(eps, rate, material);
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

/** `setPorosity` of the kernel, but for the solid's potential. */
function coefficientsIn({ kernel: { functions }, view }: Program, { cells, h }: Axis, edge: HeldEdge) {
  const [porosity, power] = [view("eps", cells + 1), view("k", cells + 1)];
  const [D, couplings, extremes] = [view("D"), view("couplings"), view("extremes", 4)];
  /** eps^b in the place of k: in the kernel where b = 3/2. */
  function setPower(b: number): void {
    if (b === 1.5) functions.bruggeman();
    else for (let i = 0; i <= cells; i++) power[i] = Math.pow(porosity[i], b);
  }
  return (eps: Float64Array, rate: number, material: Material): boolean => {
    if (eps.length !== cells) return false;
    const { kappa0, D0, a0, share } = material;
    porosity.set(eps);
    porosity[cells] = eps[cells - 1]; // the second lane of an odd number's last pair
    setPower(material.bruggeman);
    functions.coefficients(rate, h, kappa0, D0, a0, share);
    if (edge === "on the face") couplings[cells - 1] = (2 * D[cells - 1]) / h;
    const least = Math.min(extremes[0], extremes[1]); // NaN if there is one
    const strongest = rate * (a0 * (share - least)) * h; // the reaction in that cell
    const most = Math.max(extremes[2], extremes[3]);
    const weakest = Math.min(kappa0, D0) * Math.pow(least, material.bruggeman);
    return weakest >= WEAKEST && strongest > 0 && most <= share;
  };
}

interface Program {
  readonly kernel: Kernel;
  readonly sums: ResolventSums;
  readonly layout: Layout;
  /** `length` numbers of the kernel's memory from a named array's place on. */
  readonly view: (from: Name | number, length?: number) => Float64Array;
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
  const memory = kernel.doubles(layout.end + ResolventSums.workSpace(cells));
  const view = (from: Name | number, length = cells) => {
    const start = typeof from === "number" ? from : layout.place(from);
    return memory.subarray(start, start + length);
  };
  return { kernel, sums: new ResolventSums(kernel), layout, view };
}
