import * as assert from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../lib/errors/user-error";
import { atPlace, difference, everyCell, type FieldSpace, fieldSpace, meanOf } from "../../lib/inverse/functionals";
import {
  inNoiseUnits,
  observed,
  readingsOf,
  type Sensors,
  sensors,
  simulatedReadings,
} from "../../lib/inverse/observations";
import { readingsFromFile, readingsFromText } from "../../lib/inverse/readings-file";
import { gridOf, uniformAxis } from "../../lib/fields/grid";
import { fieldSize } from "../../lib/fields/shape";
import { stream } from "../../lib/random/stream";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";
import { temporaryFolder } from "../temporary-folder";

const published = problem("electrode-published");
const condition = { l: 1e-5, U0: 0, F_right: 20 };
const space = fieldSpace(published, condition, 10);
const h = 1e-5;
/** Two axes with lengths and numbers of cells of their own, one channel. */
const plane: FieldSpace = {
  channels: [{ name: "T", symbol: "T", unit: "K" }],
  grid: gridOf([uniformAxis("x", 3, 6), uniformAxis("y", 2, 5)]),
};
const read = (space: FieldSpace, functional: ReturnType<typeof meanOf>, field: Float64Array) =>
  readingsOf(sensors([functional], 1, fieldSize(space)), field)[0];

/** H^T r, r [sensors]: [size]. */
function adjointOf({ functionals, size }: Sensors, r: ArrayLike<number>): Float64Array {
  const out = new Float64Array(size);
  functionals.forEach(({ index, weight }, j) => index.forEach((i, k) => (out[i] += weight[k] * r[j])));
  return out;
}

describe("linear functionals of fields", () => {
  it("a channel between centres is interpolated linearly: exact for a straight line, up to the faces where the scheme extrapolates", () => {
    const line = Float64Array.from({ length: 20 }, (_, i) => (i < 10 ? 7 : 3 - 5e4 * (i - 9.5) * h));
    for (const x of [5e-6, 1.2e-5, 5e-5, 9.4e-5, 9.7e-5, 1e-4]) {
      assertClose(`phi at ${x}`, read(space, atPlace(space, "phi", x), line), 3 - 5e4 * x, { within: 1e-12 });
    }
  });

  it("where nothing flows, or the value is held in the cell, the face has the value of its cell", () => {
    const field = stream(3).normals(20);
    for (const x of [0, 2e-6, 5e-6]) assert.strictEqual(read(space, atPlace(space, "phi", x), field), field[10]);
    for (const x of [9.5e-5, 1e-4]) assert.strictEqual(read(space, atPlace(space, "c", x), field), field[9]);
  });

  it("a value that the problem holds on a face is read there whatever the field is, and half of it half-way", () => {
    const held = fieldSpace(problem("electrode"), { l: 1e-5, F_right: 20, k_rn: 0.1 }, 10);
    const field = stream(3).normals(20);
    assertClose("c(L)", read(held, atPlace(held, "c", 1e-4), field), 1000, { within: 1e-9 });
    assertClose("half-way", read(held, atPlace(held, "c", 9.75e-5), field), 500 + field[9] / 2, { within: 1e-7 });
    const rod = problem("conduction");
    const choice = { l: 0.1, boundary: 0, load: 0.7, amplitude: 0, centre: 0.5, width: 0.1 };
    const ends = fieldSpace(rod, choice, 10);
    assertClose("phi(L)", read(ends, atPlace(ends, "phi", rod.domain[0].length), field.subarray(0, 10)), 0.7, {
      within: 1e-12,
    });
  });

  it("in the plane a bilinear field is read exactly, with the last axis fastest", () => {
    const at = (x: number, y: number) => 2 + 3 * x - y + 0.5 * x * y;
    const field = Float64Array.from({ length: 30 }, (_, k) =>
      at((Math.floor(k / 5) + 0.5) * 0.5, ((k % 5) + 0.5) * 0.4),
    );
    for (const [x, y] of [
      [0.25, 0.2],
      [1.3, 0.77],
      [0, 0],
      [3, 2],
      [2.9, 0.05],
    ]) {
      assertClose(`T(${x}, ${y})`, read(plane, atPlace(plane, "T", x, y), field), at(x, y), { within: 1e-12 });
    }
  });

  it("means and differences are what their names say", () => {
    const field = Float64Array.from({ length: 20 }, (_, i) => i);
    assertClose("mean", read(space, meanOf(space, "phi"), field), 14.5, { within: 1e-12 });
    const rise = difference(atPlace(space, "phi", 9.5e-5), atPlace(space, "phi", 5e-6));
    assertClose("difference", read(space, rise, field), 9, { within: 1e-12 });
    assert.throws(() => difference(atPlace(space, "phi", 0), meanOf(space, "c")), /V.*mol\/m3/s);
  });

  it("the adjoint is the transpose: <H x, r> = <x, H^T r>, for random places", () => {
    const s = stream(11);
    const functionals = Array.from(s.uniforms(7), (u, k) => atPlace(space, k % 2 ? "c" : "phi", u * 1e-4));
    const of = sensors([...functionals, meanOf(space, "c")], 1, 20);
    const [x, r] = [s.child("x").normals(20), s.child("r").normals(8)];
    const left = readingsOf(of, x).reduce((sum, v, j) => sum + v * r[j], 0);
    const right = adjointOf(of, r).reduce((sum, v, i) => sum + v * x[i], 0);
    assertClose("inner products", left, right, { within: 1e-12 * Math.abs(left) + 1e-12 });
  });

  it("in noise units a Jacobian's rows are divided by each sensor's own deviation", () => {
    const of = sensors(everyCell(space, "c").slice(0, 2), [2, 4], 20);
    const A = Float64Array.from({ length: 60 }, (_, k) => k);
    assert.deepStrictEqual([...inNoiseUnits(of, A, 3)], [0, 0.5, 1, 0.75, 1, 1.25]);
  });

  it("simulated readings scatter about the field by the sensors' noise", () => {
    const of = sensors([atPlace(space, "phi", 5e-5)], 0.3, 20);
    const field = new Float64Array(20).fill(2);
    const values = Array.from({ length: 2000 }, (_, k) => simulatedReadings(of, field, stream(5).child(k)).value[0]);
    const mean = values.reduce((a, b) => a + b, 0) / 2000;
    const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 2000);
    assertClose("mean", mean, 2, { within: (4 * 0.3) / Math.sqrt(2000) });
    assertClose("std", std, 0.3, { within: (4 * 0.3) / Math.sqrt(4000) });
  });
});

describe("readings that are refused", () => {
  const one = [atPlace(space, "phi", 5e-5)];
  const refused: [string, () => unknown, RegExp][] = [
    [
      "a place outside",
      () => atPlace(space, "phi", 2e-4),
      /x = 0.0002 m lies outside the domain, which is \[0, 0.0001\] m/,
    ],
    ["an unknown channel", () => atPlace(space, "psi", 0), /no channel "psi"; these fields have c, phi/],
    ["a place without all coordinates", () => atPlace(plane, "T", 1), /x, y, got 1/],
    ["a noise of 0", () => sensors(one, 0, 20), /phi at x = 0.00005 m must be a positive number of V, got 0/],
    ["a negative noise", () => sensors(one, -1, 20), /positive number of V, got -1/],
    ["no readings", () => sensors([], 1, 20), /at least one reading/],
    [
      "more readings than numbers",
      () =>
        sensors(
          Array.from({ length: 21 }, () => one[0]),
          1,
          20,
        ),
      /21 readings.*20 numbers/,
    ],
    [
      "a reading that is none",
      () => observed(sensors(one, 1, 20), [NaN]),
      /phi at x = 0.00005 m must be a finite number of V/,
    ],
  ];
  for (const [what, work, message] of refused) {
    it(what, () => assert.throws(work, (error: Error) => error instanceof UserError && message.test(error.message)));
  }
});

describe("readings from a file", () => {
  const folder = temporaryFolder();

  it("any order of columns, units of x in the header, comments, a byte-order mark and Windows line ends are understood", () => {
    const text = "\uFEFF# bench 3\r\nchannel, value, x (um), std\r\nphi, 1.5e-3, 20, 1e-4\r\n\r\nc, 998, mean, 0.5\r\n";
    const { functionals, value, std } = readingsFromText(text, space);
    const same = readingsFromText("channel,x,value,std\nphi,2e-5,1.5e-3,1e-4\nc,mean,998,0.5\n", space);
    const field = stream(1).normals(20);
    const of = { functionals, std, size: 20 };
    const other = { ...of, functionals: same.functionals };
    readingsOf(of, field).forEach((v, j) => assertClose("reading", v, readingsOf(other, field)[j], { within: 1e-12 }));
    assert.deepStrictEqual(
      [[...value], [...std]],
      [
        [1.5e-3, 998],
        [1e-4, 0.5],
      ],
    );
    assert.deepStrictEqual(value, readingsFromText(text.replace(/, /g, ";"), space).value);
  });

  it("in the plane a file has a column for each axis", () => {
    const { functionals } = readingsFromText("channel,y (mm),x (cm),value,std\nT,500,25,300,1\n", plane);
    assert.match(functionals[0].name, /x = 0.25 m, y = 0.5 m/);
  });

  it("a file that is not there is said to be so", async () => {
    await assert.rejects(readingsFromFile(path.join(folder(), "none.csv"), space), /none.csv: no such file/);
    fs.writeFileSync(path.join(folder(), "empty.csv"), "");
    await assert.rejects(
      readingsFromFile(path.join(folder(), "empty.csv"), space),
      /no reading in it.*channel,x,value,std/,
    );
  });

  const row = (line: string, header = "channel,x,value,std") => `${header}\n${line}\n`;
  const wrong: [string, string, RegExp][] = [
    [
      "an unknown unit",
      row("phi,1,1,1", "channel,x (inch),value,std"),
      /line 1: the unit of x is one of m, cm.*got "inch"/,
    ],
    [
      "a unit for the values that is not their own",
      row("phi,0,1,1", "channel,x,value (mV),std"),
      /value has no unit of its own/,
    ],
    ["no header", row("c,0,1,1", "phi,0,1,1"), /line 1: the first line names the columns channel,x,value,std/],
    ["an unknown column", row("phi,0,1,1,2", "channel,x,value,std,time"), /columns are .* got "time"/],
    ["a missing column", row("phi,0,1", "channel,x,value"), /the column std must be there once/],
    ["a column twice", row("phi,0,1,1,2", "channel,x,value,std,std"), /std must be there once.*2 times/],
    ["too few entries", row("phi,0,1"), /line 2: expected 4 entries/],
    ["a decimal comma", row("phi;0;0,1;1", "channel;x;value;std"), /line 2: value must be a finite number, got "0,1"/],
    ["a std of 0", row("phi,0,1,0"), /line 2: .*positive number of V, got 0/],
    ["a place outside", row("phi,1,1,1"), /line 2: .*outside the domain/],
    ["an unknown channel", row("T,0,1,1"), /line 2: there is no channel "T"/],
    ["an empty place", row("phi,,1,1"), /line 2: x must be a finite number, got ""/],
    ["a header alone", "channel,x,value,std\n", /at least one reading/],
  ];
  for (const [what, text, message] of wrong) {
    it(`${what} is refused`, () => {
      assert.throws(
        () => readingsFromText(text, space),
        (e: Error) => e instanceof UserError && message.test(e.message),
      );
    });
  }
});
