import { planarAffine } from "../../lib/transport/planar-conduction";
import { planarSourceSeries } from "../../lib/transport/planar-sources";
import { PlanarPotential } from "../../lib/transport/planar-potential";
import { assertAtLeast, assertAtMost } from "../../lib/notebook/claims";

const cells = [24, 20] as const;
const size = 480;
const width = 0.1;
const ends = { left: { kind: "value", onFace: 0 }, right: { kind: "flux", outward: 0 } } as const;
const uniform = new Float64Array(size).fill(1);
const potential = new PlanarPotential(cells, [1, 1]);

/** Of a source in a uniform material. */
function solve(source: Float64Array): Float64Array {
  const phi = new Float64Array(size);
  potential.setConductivity([uniform, uniform], ends);
  potential.setSource(0, source, ends);
  potential.setSource(1, undefined, ends);
  potential.solve();
  potential.copy(0, phi);
  return phi;
}

function source(cx: number, cy: number): Float64Array {
  return Float64Array.from({ length: size }, (_, cell) => {
    const [x, y] = [(Math.floor(cell / 20) + 0.5) / 24 - cx, ((cell % 20) + 0.5) / 20 - cy];
    return Math.exp(-(x * x + y * y) / (2 * width * width));
  });
}

const largest = (x: Float64Array): number => x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** Largest error of the potential over its largest value, with `count` functions, over centres of the box. */
function errors(count: number): number[] {
  const centres = [[0.2, 0.8], [0.2, 0.8]] as const; // prettier-ignore
  const series = planarSourceSeries({ lengths: [1, 1], centres, width }, count);
  const e = series.functions(cells);
  return [[0.2, 0.2], [0.5, 0.5], [0.8, 0.23], [0.37, 0.61], [0.45, 0.8], [0.71, 0.33]].map(([x, y]) => {
    const s = series.coefficients([x, y]);
    const sum = Float64Array.from({ length: size }, (_, i) => s.reduce((all, v, b) => all + v * e[b * size + i], 0));
    const exact = solve(source(x, y));
    return largest(solve(sum).map((v, i) => v - exact[i])) / largest(exact);
  }); // prettier-ignore
}

describe("sources of one width on a rectangle", () => {
  it("forty functions hold the potential to the accuracy that conduction-2d claims, fifteen do not", () => {
    const [few, many] = [errors(15), errors(40)];
    assertAtMost("40 functions, worst", Math.max(...many), planarAffine.accuracy!);
    assertAtLeast("15 functions, worst", Math.max(...few), 2 * planarAffine.accuracy!);
  });
});
