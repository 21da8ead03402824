/**
 * Conduction on a square between two ends:  div(eps grad phi) = f  on [0, L] x [0, L], L = 1 m by default,
 *   f(x, y) = amplitude exp(-((x - centre_x)^2 + (y - centre_y)^2) / (2 width^2)),  width = 0.1 L
 *   (A/m3, a sink of current where positive);
 * at x = 0 and x = L the kinds of ends of conduction.ts, nothing passes at y = 0 and y = L. phi is affine in load
 * and in amplitude times functions of the source's place (planar-sources.ts),
 *   phi = load r_load + amplitude sum_b s_b(centre) r_b,
 * with responses that one factor of the matrix gives together (planar-responses.ts). Two porosities cost little more
 * than one. Between two currents there is a solution only where what flows in flows out, up to a constant (here of zero
 * mean).
 */
import { rowAt } from "../numerics/rows";
import { amplitude, configuration, ends, type Ends } from "./conduction";
import { InadmissibleInput } from "./errors";
import { requireFinite } from "./fields";
import { checkPorosityProfile, valueOf } from "./input";
import { PlanarPotential } from "./planar-potential";
import { PlanarResponses } from "./planar-responses";
import { planarSourceSeries, type PlanarSourceSeries } from "./planar-sources";
import type { AffineFunctions } from "./affine";
import type { Condition, ConditionRange, FieldSolver } from "./problem";

const WIDTH = 0.1; // of the side
const SIDE = 1; // m, published
/** The parameter that sets L. */
export const SIDE_NAME = "side";
/** Of all that flows in: what round-off may leave between two given currents. */
const BALANCED = 1e-9;

export const centreX: ConditionRange = centreAlong("x");
export const centreY: ConditionRange = centreAlong("y");

function centreAlong(axis: "x" | "y"): ConditionRange {
  return {
    name: `centre_${axis}`,
    symbol: `${axis}_f`,
    unit: "m",
    meaning: `place of the source along ${axis}`,
    min: 0.2,
    max: 0.8,
    scale: "linear",
    default: 0.5,
    proportionalTo: SIDE_NAME,
  };
}

/** The size of a square and its cells. */
export interface Square {
  readonly cells: readonly [number, number];
  /** L, m */
  readonly side: number;
}

/**
 * Functions of the series: they hold the potential in a uniform material to 7e-4 of its largest value over the centres
 * (root mean square; 2.5e-3 at a corner of the centres), less than a hundredth of its spread over porosities.
 */
const SOURCES = 40;
let made: PlanarSourceSeries | undefined;
const sources = (): PlanarSourceSeries =>
  (made ??= planarSourceSeries(
    { lengths: [1, 1], centres: [rangeOf(centreX), rangeOf(centreY)], width: WIDTH },
    SOURCES,
  ));

function rangeOf({ min, max }: ConditionRange): readonly [number, number] {
  return [min, max];
}

/** v = (load, amplitude s_b(centre / L)). */
export const planarAffine: AffineFunctions = {
  conditions: ["load", "amplitude", "centre_x", "centre_y"],
  count: 1 + SOURCES,
  at: ({ load, amplitude, centre_x, centre_y, [SIDE_NAME]: L = SIDE }) => [
    load,
    ...Array.from(sources().coefficients([centre_x / L, centre_y / L]), (s) => amplitude * s),
  ],
  accuracy: 5e-3,
  holdsWithin: { centre_x: rangeOf(centreX), centre_y: rangeOf(centreY) },
};

/** A solver of the conduction problem with its work space; `where` is named in errors. */
export function planarConduction({ cells, side }: Square, where: string): Required<FieldSolver> {
  const lengths = [side, side] as const;
  const potential = new PlanarPotential(cells, lengths);
  const size = cells[0] * cells[1];
  const source = new Float64Array(size);
  let responses: PlanarResponses | undefined;
  const of = (eps: Float64Array, k: number): Float64Array => rowAt(eps, k, size);

  function solveTwo(one: Float64Array, other: Float64Array, condition: Condition): Ends {
    checkPorosityProfile(where, one, size);
    if (other !== one) checkPorosityProfile(where, other, size);
    const both = ends(condition, where);
    fillSource(source, { cells, side }, condition, where);
    if (floats(both)) checkBalance(source, { cells, side }, both, where);
    potential.setConductivity([one, other], both);
    potential.setSource(0, source, both);
    potential.setSource(1, source, both);
    potential.solve();
    return both;
  }
  function write(lane: 0 | 1, both: Ends, out: Float64Array, offset: number): void {
    potential.copy(lane, out, offset);
    const phi = out.subarray(offset, offset + size);
    if (floats(both)) centre(phi);
    requireFinite(where, "phi", phi);
  }
  return {
    solve(eps, condition, out, offset = 0) {
      write(0, solveTwo(eps, eps, condition), out, offset);
    },
    solveMany(eps, count, condition, out, offset = 0) {
      for (let k = 0; k < count; k += 2) {
        const last = k + 1 === count;
        const both = solveTwo(of(eps, k), of(eps, last ? k : k + 1), condition);
        write(0, both, out, offset + k * size);
        if (!last) write(1, both, out, offset + (k + 1) * size);
      }
    },
    solveResponses(eps, condition, out, offset = 0) {
      checkPorosityProfile(where, eps, size);
      const loaded = ends({ ...condition, load: 1 }, where);
      if (floats(loaded)) {
        throw new InadmissibleInput(`${where}: two given currents have no response to one of them alone`);
      }
      responses ??= new PlanarResponses(
        cells,
        lengths,
        sources()
          .functions(cells)
          .map((e) => -e),
      );
      responses.solve(eps, loaded, out, offset);
      requireFinite(where, "phi", out.subarray(offset, offset + (1 + SOURCES) * size));
    },
  };
}

const floats = ({ left, right }: Ends): boolean => left.kind === "flux" && right.kind === "flux";

/** s = -f at the centres; the Gaussian is a product of one along x and one along y. */
function fillSource(source: Float64Array, { cells, side }: Square, condition: Condition, where: string): void {
  const height = valueOf(where, condition, amplitude, true);
  const [alongX, alongY] = [centreX, centreY].map((range, axis) => {
    const at = valueOf(where, condition, range, true);
    return Float64Array.from({ length: cells[axis] }, (_, i) => {
      const t = (((i + 0.5) * side) / cells[axis] - at) / (WIDTH * side);
      return Math.exp(-0.5 * t * t);
    });
  });
  for (let i = 0, cell = 0; i < cells[0]; i++) {
    for (let j = 0; j < cells[1]; j++, cell++) source[cell] = -height * alongX[i] * alongY[j];
  }
}

function checkBalance(source: Float64Array, { cells, side }: Square, { left, right }: Ends, where: string): void {
  const cell = side ** 2 / (cells[0] * cells[1]);
  const produced = source.reduce((a, b) => a + b) * cell;
  const inflow = [left, right].map((end) => (end.kind === "flux" ? -end.outward * side : 0));
  const all = inflow.reduce((sum, v) => sum + Math.abs(v), Math.abs(produced));
  const net = inflow[0] + inflow[1] + produced;
  if (Math.abs(net) <= BALANCED * all) return;
  throw new InadmissibleInput(
    `${where}: between two given currents (${configuration.name} = Neumann-Neumann) what flows in must flow out, ` +
      `but ${net} A per m of depth are left over. Remedy: load = integral of f / ${side} m, or another pair of ends`,
  );
}

function centre(phi: Float64Array): void {
  const mean = phi.reduce((a, b) => a + b) / phi.length;
  for (let i = 0; i < phi.length; i++) phi[i] -= mean;
}
