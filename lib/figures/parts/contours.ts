/**
 * Contour lines of values at the centres of a grid of two axes: Vega's marching squares, without what closes its
 * polygons along the edge of the grid. A line ends half a cell from the edge, where the values do.
 */
import * as vega from "vega";

/** A line in cells, from the corner of the grid: the centre of cell i lies at i + 1/2. */
export type ContourLine = readonly (readonly [x: number, y: number])[];

/** Lines where values [nx][ny] take each of the levels. */
export function contourLines(
  values: ArrayLike<number>,
  [nx, ny]: readonly [number, number],
  levels: readonly number[],
): ContourLine[] {
  const byRow = Array.from({ length: nx * ny }, (_, at) => values[(at % nx) * ny + Math.floor(at / nx)]);
  const view = new vega.View(
    vega.parse({
      data: [
        {
          name: "contours",
          values: [{ width: nx, height: ny, values: byRow }],
          transform: [{ type: "isocontour", thresholds: [...levels], as: "contour" } as vega.Transforms],
        },
      ],
    }),
    { renderer: "none" },
  ).run();
  const found = view.data("contours") as { readonly contour: { readonly coordinates: [number, number][][][] } }[];
  const onEdge = ([x, y]: readonly [number, number]): boolean => x <= 0 || y <= 0 || x >= nx || y >= ny;
  return found.flatMap(({ contour }) => contour.coordinates.flat().flatMap((ring) => pieces(ring, onEdge)));
}

/** The parts of a closed ring that are not on the edge. */
function pieces(
  ring: readonly (readonly [number, number])[],
  onEdge: (point: readonly [number, number]) => boolean,
): ContourLine[] {
  const first = ring.findIndex(onEdge);
  if (first < 0) return [ring];
  const open = ring.slice(0, -1); // the last point is the first
  const turned = [...open.slice(first), ...open.slice(0, first)];
  const found: (readonly [number, number])[][] = [[]];
  for (const point of turned) {
    if (onEdge(point)) found.push([]);
    else found[found.length - 1].push(point);
  }
  return found.filter((piece) => piece.length > 1);
}
