/**
 * Grids and the memory of fields: every number in its place, no unit converted twice, nothing that does not fit passed
 * over.
 */
import assert from "node:assert/strict";
import { Fields, splitInTwo } from "../../lib/fields/fields";
import { gridOf, gridOn, onlyAxis, uniformAxis } from "../../lib/fields/grid";
import { cellName, offsetOf, placeName, placeOf, sameShape, type Shape } from "../../lib/fields/shape";
import { stream } from "../../lib/random/stream";
import { fieldsOf, someShape } from "./some-fields";

const plate = [
  { name: "x", length: 2, cells: 4 },
  { name: "y", length: 1, cells: 3 },
];

describe("grids", () => {
  it("centres lie in the middle of equal cells that fill the axis", () => {
    const { h, centres } = uniformAxis("x", 2, 4);
    assert.equal(h, 0.5);
    assert.deepEqual([...centres], [0.25, 0.75, 1.25, 1.75]);
  });

  it("a domain has its own cells, one number along every axis, or one number an axis", () => {
    const cells = (asked?: number | readonly number[]) => gridOn(plate, asked).axes.map((axis) => axis.cells);
    assert.deepEqual(cells(), [4, 3]);
    assert.deepEqual(cells(6), [6, 6]);
    assert.deepEqual(cells([5, 2]), [5, 2]);
    assert.equal(gridOn(plate, [5, 2]).cells, 10);
    assert.throws(() => gridOn(plate, [5]), /each of the axes x, y, got 1/);
  });

  it("what needs one axis refuses two by name, and no axis is no grid", () => {
    assert.throws(() => onlyAxis(gridOn(plate), "the rod"), /the rod: a grid of one axis is needed, got one of x, y/);
    assert.throws(() => gridOf([]), /at least one axis/);
  });
});

describe("fields", () => {
  const shape: Shape = {
    channels: [
      { name: "T", symbol: "T", unit: "K" },
      { name: "u", symbol: "u", unit: "m/s" },
    ],
    grid: gridOn(plate),
  };
  // The value says where it is: field, channel, and the cell's place along x and y.
  const values = Float64Array.from({ length: 5 * 24 }, (_, at) => {
    const [field, channel, cell] = [Math.floor(at / 24), Math.floor((at % 24) / 12), at % 12];
    return 1000 * field + 100 * channel + 10 * Math.floor(cell / 3) + (cell % 3);
  });
  const fields = new Fields(values, shape);

  it("every number is where the shape says, the last axis fastest", () => {
    assert.equal(fields.count, 5);
    assert.equal(fields.values[offsetOf(shape, 3, 1) + 2 * 3 + 1], 3121);
    assert.deepEqual(placeOf(shape, offsetOf(shape, 3, 1) + 7), { field: 3, channel: 1, cell: 7 });
    assert.equal(cellName(shape.grid, 7), "cell (2, 1)");
    assert.equal(placeName(someShape(2, 5), 18), "u1 in cell 3");
    assert.deepEqual([...fields.profile(2, "u")], [...fields.profile(2, 1)]);
    assert.equal(fields.profile(2, "u")[11], 2132);
    assert.deepEqual([...fields.channel("u").field(4)], [...fields.profile(4, "u")]);
    assert.equal([...fields].length, 5);
  });

  it("rows are copied in their order, slices and parts are views", () => {
    assert.deepEqual(
      [...fields.rows([4, 0])].map(([first]) => first),
      [4000, 0],
    );
    const part = fields.slice(1, 3);
    assert.equal(part.values.buffer, values.buffer);
    assert.deepEqual([part.count, part.values[0]], [2, 1000]);
    assert.deepEqual(
      fields.split(5).map(({ values: [first] }) => first),
      [0, 1000, 2000, 3000, 4000],
    );
    assert.throws(() => fields.split(2), /5 cannot be split into 2 equal parts/);
  });

  it("two random parts have no field in common", () => {
    const [a, b] = splitInTwo(fields, stream(1));
    const firsts = [...a, ...b].map(([first]) => first);
    assert.equal(new Set(firsts).size, 4);
    assert.throws(() => splitInTwo(fields, stream(1), [3, 3]), /cannot cut parts of 3 and 3 from 5/);
  });

  it("network units are one mean and one spread a channel, there and back, and never twice", () => {
    const normalisation = { mean: [10, -3], std: [2, 0.5] };
    const network = fields.toNetwork(normalisation);
    assert.equal(network.profile(1, "T")[4], (1011 - 10) / 2);
    assert.equal(network.profile(1, "u")[4], (1111 + 3) / 0.5);
    network.toSI(normalisation).values.forEach((v, i) => assert.ok(Math.abs(v - values[i]) < 1e-9));
    assert.throws(() => network.toNetwork(normalisation), /needs fields in SI units, got network/);
    assert.throws(() => fields.toSI(normalisation), /needs fields in network units, got SI/);
  });

  it("refuses parts of fields and channels that there are not, and says where a number is none", () => {
    assert.throws(() => fields.with(values.subarray(1)), /whole fields of 2 x 12 values, got 119/);
    assert.throws(() => fields.profile(0, "phi"), /no channel "phi"; there are 0 T, 1 u/);
    assert.throws(() => fields.channel(2), /no channel 2/);
    const broken = fieldsOf(Float64Array.of(1, 2, 3, 4, 5, NaN, 7, 8), 2, 2);
    assert.equal(broken.notFinite(), "field 1, u0 in cell 1 is NaN");
    assert.equal(fields.notFinite(), undefined);
  });

  it("shapes are the same by the channels' names and units, and the axes' names, cells and lengths", () => {
    assert.ok(sameShape(shape, { grid: gridOn(plate), channels: shape.channels.map((channel) => ({ ...channel })) }));
    assert.ok(!sameShape(shape, { ...shape, channels: shape.channels.map((c) => ({ ...c, unit: "furlong" })) }));
    assert.ok(
      !sameShape(shape, { ...shape, grid: gridOn(plate.map((axis) => ({ ...axis, length: 2 * axis.length }))) }),
    );
    assert.ok(!sameShape(shape, someShape(2, 12)));
    assert.ok(!sameShape(shape, { ...shape, grid: gridOn(plate, [3, 4]) }));
  });
});
