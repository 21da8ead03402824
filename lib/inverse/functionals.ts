/**
 * Linear functionals of a field: a channel at a place, its mean over the domain, the difference of two functionals.
 *
 * Between two cell centres a channel is interpolated linearly, along each axis in turn. Between the last centre and
 * the face of the domain it is interpolated to the scheme's own value on the face: that of the cell where nothing
 * flows, the value that the problem holds there, and otherwise u_N + (u_N - u_(N-1)) / 2, which is the scheme's to
 * second order in h.
 */
import { UserError } from "../errors/user-error";
import type { Axis, Cells } from "../fields/grid";
import { offsetOf, type Shape } from "../fields/shape";
import type { FaceValue } from "../transport/boundary";
import { shapeOf } from "../transport/domain";
import type { Condition, Problem } from "../transport/problem";
import type { Functional } from "./observations";

/** The shape of fields, and what there is on the faces of their domain. */
export interface FieldSpace extends Shape {
  /** On the lower and upper face of an axis; extrapolated where nothing is said. */
  readonly faces?: (channel: number, axis: number) => readonly [FaceValue, FaceValue];
}

/** The fields of a problem on `cells` cells; the condition decides what happens on the faces. */
export function fieldSpace(problem: Problem, condition: Condition, cells?: Cells): FieldSpace {
  const faces = problem.faces?.(condition);
  return { ...shapeOf(problem, cells), ...(faces ? { faces: (channel: number) => faces[channel] } : {}) };
}

/** A channel at a place, one coordinate (m) for each axis. */
export function atPlace(space: FieldSpace, channel: string, ...place: number[]): Functional {
  const number = channelNumber(space, channel);
  const { name, unit } = space.channels[number];
  if (place.length !== space.grid.axes.length) {
    const names = space.grid.axes.map((axis) => axis.name).join(", ");
    throw new UserError(`atPlace: a place has the coordinates ${names}, got ${place.length} of them`);
  }
  let index = [offsetOf(space, 0, number)];
  let weight = [1];
  let constant = 0;
  let stride = space.grid.cells;
  space.grid.axes.forEach((axis, a) => {
    stride /= axis.cells;
    const faces = space.faces?.(number, a) ?? (["extrapolated", "extrapolated"] as const);
    const along = alongAxis(axis, place[a], faces);
    constant = constant * along.weight.reduce((x, y) => x + y, 0) + along.constant;
    index = index.flatMap((at) => along.index.map((i) => at + i * stride));
    weight = weight.flatMap((w) => along.weight.map((v) => w * v));
  });
  const where = space.grid.axes.map((axis, a) => `${axis.name} = ${metres(place[a])} m`).join(", ");
  return {
    name: `${name} at ${where}`,
    unit,
    index: Int32Array.from(index),
    weight: Float64Array.from(weight),
    constant,
  };
}

/** The mean of a channel over all cells. */
export function meanOf(space: FieldSpace, channel: string): Functional {
  const number = channelNumber(space, channel);
  const { cells } = space.grid;
  return {
    name: `mean of ${channel}`,
    unit: space.channels[number].unit,
    index: Int32Array.from({ length: cells }, (_, i) => offsetOf(space, 0, number) + i),
    weight: new Float64Array(cells).fill(1 / cells),
    constant: 0,
  };
}

/** a - b, of functionals in the same unit. */
export function difference(a: Functional, b: Functional): Functional {
  if (a.unit !== b.unit) throw new UserError(`difference: ${a.name} is in ${a.unit}, ${b.name} in ${b.unit}`);
  return {
    name: `${a.name} minus ${b.name}`,
    unit: a.unit,
    index: Int32Array.from([...a.index, ...b.index]),
    weight: Float64Array.from([...a.weight, ...b.weight.map((w) => -w)]),
    constant: a.constant - b.constant,
  };
}

/** A channel in each of its cells. */
export function everyCell(space: FieldSpace, channel: string): Functional[] {
  const number = channelNumber(space, channel);
  const { unit } = space.channels[number];
  const { cells } = space.grid;
  const one = Float64Array.of(1);
  return Array.from({ length: cells }, (_, i) => {
    return {
      name: `${channel} in cell ${i}`,
      unit,
      index: Int32Array.of(offsetOf(space, 0, number) + i),
      weight: one,
      constant: 0,
    };
  });
}

function channelNumber({ channels }: FieldSpace, channel: string): number {
  const number = channels.findIndex(({ name }) => name === channel);
  if (number >= 0) return number;
  const names = channels.map(({ name }) => name).join(", ");
  throw new UserError(`there is no channel ${JSON.stringify(channel)}; these fields have ${names}`);
}

interface Along {
  readonly index: readonly number[];
  readonly weight: readonly number[];
  readonly constant: number;
}

/** As messages write it: without what a conversion of units rounded. */
const metres = (x: number): number => Number(x.toPrecision(12));

/** Interpolation along one axis: of cells, or of a cell and the face beside it. */
function alongAxis({ name, length, cells }: Axis, x: number, faces: readonly [FaceValue, FaceValue]): Along {
  const slack = 1e-9 * length; // a place that was written in other units may be a rounding outside
  if (!(x >= -slack && x <= length + slack)) {
    throw new UserError(`atPlace: ${name} = ${metres(x)} m lies outside the domain, which is [0, ${length}] m`);
  }
  const at = Math.min(cells - 0.5, Math.max(-0.5, (x / length) * cells - 0.5)); // in cells, from the first centre
  if (at < 0) return towardsFace(0, 1, -2 * at, faces[0]);
  if (at > cells - 1) return towardsFace(cells - 1, cells - 2, 2 * (at - cells + 1), faces[1]);
  const left = Math.min(Math.floor(at), cells - 2);
  const share = at - left;
  if (share === 0 || share === 1) return { index: [left + share], weight: [1], constant: 0 };
  return { index: [left, left + 1], weight: [1 - share, share], constant: 0 };
}

/** `share` of the half cell from the last centre to the face. */
function towardsFace(last: number, next: number, share: number, face: FaceValue): Along {
  if (face === "of the cell") return { index: [last], weight: [1], constant: 0 };
  if (face === "extrapolated") return { index: [last, next], weight: [1 + share / 2, -share / 2], constant: 0 };
  const kept = 1 - share;
  return { index: kept > 0 ? [last] : [], weight: kept > 0 ? [kept] : [], constant: share * face.held };
}
