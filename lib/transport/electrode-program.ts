/**
 * The WebAssembly programs of electrode-kernel.ts: the equations of a porous electrode, operation for operation those
 * of its plain twins (PorousElectrode, Potential, Concentration, and the solvers' own loops).
 */
import { f64, f64x2, i32, type Body, type FunctionSource, type Local } from "../numerics/assembler";
import { type Arrays, arraysIn, downFrom, type Layout, over } from "./electrode-arrays";

/** The functions over a memory of this layout; `electrodeKernel` says what they do. */
export function electrodeFunctions(layout: Layout): FunctionSource[] {
  const arrays = arraysIn(layout);
  /** A function of doubles. */
  const of = (write: (arrays: Arrays, b: Body, ...given: Local[]) => void, doubles: number): FunctionSource => ({
    name: write.name,
    parameters: Array.from({ length: doubles }, () => "f64" as const),
    write: (b, ...given) => write(arrays, b, ...given),
  });
  return [
    of(bruggeman, 0),
    of(coefficients, 6),
    of(potential, 2),
    of(supplyShifted, 2),
    of(supplyUnshifted, 1),
    { ...of(steady, 0), parameters: ["i32"] },
    of(concentration, 1),
  ];
}

const { add, sub, mul, div, sqrt, min, max, splat, constant } = f64x2;
const start = i32.constant(0);

/** eps^(3/2) in the place of k. */
function bruggeman({ cells, two, putTwo }: Arrays, b: Body): void {
  const eps = b.local("v128");
  over(b, 0, cells, 2, (at) => {
    b.set(eps, two("eps", at));
    b.do(putTwo("k", at, mul(eps, sqrt(eps))));
  });
}

/** From eps, and from eps^b in the place of k. `share`: of the volume that is not inactive. */
function coefficients(
  { cells, two, putTwo }: Arrays,
  b: Body,
  rate: Local,
  h: Local,
  kappa0: Local,
  D0: Local,
  a0: Local,
  share: Local,
): void {
  const last = cells - 1;
  const [eps, power, area] = ["v128", "v128", "v128"].map(() => b.local("v128"));
  const [least, most] = [b.let("v128", constant(1)), b.let("v128", constant(0))];
  const [rates, widths, kappas, diffusivities, areas, shares] = [rate, h, kappa0, D0, a0, share].map((value) =>
    b.let("v128", splat(value)),
  );
  over(b, 0, cells, 2, (at) => {
    b.set(eps, two("eps", at));
    b.set(power, two("k", at));
    b.set(area, mul(areas, sub(shares, eps)));
    b.do(putTwo("k", at, mul(kappas, power)));
    b.do(putTwo("D", at, mul(diffusivities, power)));
    b.do(putTwo("surface", at, area));
    b.do(putTwo("loss", at, mul(mul(rates, area), widths)));
    b.do(putTwo("storage", at, mul(eps, widths)));
    b.set(least, min(least, eps));
    b.set(most, max(most, eps));
  });
  b.do(putTwo("extremes", start, least));
  b.do(putTwo("extremes", i32.constant(16), most));
  const [left, right] = [b.local("v128"), b.local("v128")];
  for (const [from, to] of [
    ["k", "g"],
    ["D", "couplings"],
  ] as const) {
    over(b, 0, last, 2, (at) => {
      b.set(left, two(from, at));
      b.set(right, two(from, at, 1));
      b.do(putTwo(to, at, div(mul(mul(constant(2), left), right), mul(add(left, right), widths))));
    });
  }
}

/** `inflow` A/m2 enter at L; the solid's potential counts `share` times. */
function potential({ cells, one, two, putOne, putTwo }: Arrays, b: Body, inflow: Local, share: Local): void {
  const last = cells - 1;
  const rest = b.local("v128");
  const shares = b.let("v128", splat(share));
  over(b, 0, cells, 2, (at) => b.do(putTwo("solid", at, mul(shares, two("solid", at)))));
  const [hold, supply] = [b.let("f64", f64.constant(0)), b.let("f64", inflow)];
  over(b, 0, cells, 1, (at) => {
    b.set(hold, f64.add(hold, one("loss", at)));
    b.set(supply, f64.add(supply, f64.mul(one("loss", at), one("solid", at))));
  });
  const level = b.let("f64", f64.div(supply, hold));
  b.do(putOne("level", start, level));
  over(b, 0, cells, 2, (at) => {
    b.set(rest, sub(two("solid", at), splat(level)));
    b.do(putTwo("b", at, mul(two("loss", at), rest)));
  });
  b.do(putOne("b", start, f64.add(one("b", start, last), inflow), last));

  // Elimination, and the right-hand side with it (tridiagonal.ts).
  const [g, inverse, part] = ["f64", "f64", "f64"].map(() => b.local("f64"));
  const excess = b.let("f64", one("loss", start));
  const carried = b.let("f64", one("b", start));
  over(b, 0, last, 1, (at) => {
    b.set(g, one("g", at));
    b.set(inverse, f64.div(f64.constant(1), f64.add(g, excess)));
    b.set(part, f64.mul(g, inverse));
    b.do(putOne("x", at, excess));
    b.do(putOne("r", at, inverse));
    b.set(excess, f64.add(one("loss", at, 1), f64.mul(part, excess)));
    b.set(carried, f64.add(one("b", at, 1), f64.mul(part, carried)));
    b.do(putOne("b", at, carried, 1));
  });
  const u = b.let("f64", f64.mul(one("b", start, last), f64.div(f64.constant(1), excess)));
  b.do(putOne("b", start, u, last));
  const step = b.local("f64");
  downFrom(b, last - 1, (at) => {
    b.set(step, f64.mul(f64.sub(f64.mul(one("x", at), u), one("b", at)), one("r", at)));
    b.do(putOne("jumps", at, step));
    b.set(u, f64.sub(u, step));
    b.do(putOne("b", at, u));
  });
  const total = b.let("f64", f64.constant(0));
  b.do(putOne("rise", start, total));
  over(b, 0, last, 1, (at) => {
    b.set(total, f64.add(total, one("jumps", at)));
    b.do(putOne("rise", at, total, 1));
  });
}

/** charge a_s j / k_rn for the potential phi - phi(0) and U0: what the published study feeds the salt with. */
function supplyShifted({ cells, two, supply }: Arrays, b: Body, charge: Local, U0: Local): void {
  const [charges, rest] = [b.let("v128", splat(charge)), b.let("v128", splat(U0))];
  over(b, 0, cells, 2, (at) => {
    const drive = sub(sub(two("solid", at), two("rise", at)), rest);
    b.do(f64x2.store(at, mul(mul(charges, two("surface", at)), drive), 8 * supply));
  });
}

/** The same for the potential itself. */
function supplyUnshifted({ cells, one, two, supply }: Arrays, b: Body, charge: Local): void {
  const [charges, level] = [b.let("v128", splat(charge)), b.let("v128", splat(one("level", start)))];
  over(b, 0, cells, 2, (at) => {
    const drive = sub(sub(two("solid", at), level), two("b", at));
    b.do(f64x2.store(at, mul(mul(charges, two("surface", at)), drive), 8 * supply));
  });
}

/** Steady u for the first supply; the last of `unknowns` couplings is the outlet. */
function steady({ one, supply, u: solution }: Arrays, b: Body, unknowns: Local): void {
  const [flux, value] = [b.let("f64", f64.constant(0)), b.let("f64", f64.constant(0))];
  const end = b.let("i32", i32.shl(unknowns, i32.constant(3)));
  const at = b.let("i32", start);
  b.repeat(
    () => {
      b.set(flux, f64.add(flux, f64.load(at, 8 * supply)));
      b.do(f64.store(at, flux, 8 * solution));
      b.set(at, i32.add(at, i32.constant(8)));
    },
    () => i32.lessThan(at, end),
  );
  b.set(at, i32.sub(end, i32.constant(8)));
  b.repeat(
    () => {
      b.set(value, f64.add(value, f64.div(f64.load(at, 8 * solution), one("couplings", at))));
      b.do(f64.store(at, value, 8 * solution));
      b.set(at, i32.sub(at, i32.constant(8)));
    },
    () => i32.atLeast(at, i32.constant(0)),
  );
}

/** c = c_right + u of the first row, and the least c at the first of the extremes (NaN where there is one). */
function concentration({ cells, putOne, putTwo, u: solution }: Arrays, b: Body, c_right: Local): void {
  const last = cells - 1;
  const right = b.let("v128", splat(c_right));
  const [c, least] = [b.local("v128"), b.let("v128", right)];
  over(b, 0, cells - (cells % 2), 2, (at) => {
    b.set(c, add(right, f64x2.load(at, 8 * solution)));
    b.do(putTwo("c", at, c));
    b.set(least, min(least, c));
  });
  const lowest = b.let("f64", f64.min(f64x2.lane(least, 0), f64x2.lane(least, 1)));
  if (cells % 2 === 1) {
    const odd = b.let("f64", f64.add(c_right, f64.load(i32.constant(8 * last), 8 * solution)));
    b.do(putOne("c", i32.constant(8 * last), odd));
    b.set(lowest, f64.min(lowest, odd));
  }
  b.do(putOne("extremes", start, lowest));
}
