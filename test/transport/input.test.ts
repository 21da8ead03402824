import assert from "node:assert/strict";
import { InadmissibleInput } from "../../lib/transport/errors";
import { uniformAxis } from "../../lib/fields/grid";
import { axisOf, gridOf } from "../../lib/transport/domain";
import { porosityProfile, profileTable } from "../../lib/transport/profile";
import { electrodePublished } from "../../lib/transport/electrode-published";
import { problem, problems } from "../../lib/transport/problems";
import { solveFields } from "../../lib/transport/solve";
import { assertClose } from "../assert-close";
import { UserError } from "../../lib/errors/user-error";

const plain: Record<string, Record<string, number>> = {
  "electrode-published": { U0: 0.1, F_right: 25 },
  electrode: { F_right: 25, k_rn: 0.1 },
  conduction: { boundary: 0, load: 1, amplitude: 0.5, centre: 0.5, width: 0.1 },
};

describe("input of the transport problems", () => {
  for (const p of problems.filter(({ domain }) => domain.length === 1)) {
    const good = [0.3, 0.4, 0.5, 0.3, 0.2, 1];
    const table: { what: string; eps: number[]; expected: RegExp }[] = [
      {
        what: "a porosity of 0",
        eps: [0.3, 0, 0.3],
        expected: /eps must lie in \(0, 1\] in every cell, got 0 in cell 1/,
      },
      { what: "a negative porosity", eps: [-0.3, 0.3], expected: /got -0.3 in cell 0/ },
      { what: "a porosity above 1", eps: [0.3, 1.0001], expected: /got 1.0001 in cell 1/ },
      { what: "NaN", eps: [0.3, NaN, 0.4], expected: /got NaN in cell 1/ },
      { what: "no porosity at all", eps: [], expected: /eps must have at least 2 values, one per cell, got none/ },
      { what: "a single cell", eps: [0.3], expected: /at least 2 values, one per cell, got 1/ },
    ];
    for (const { what, eps, expected } of table) {
      it(`${p.name} refuses ${what}`, () => {
        assert.throws(
          () => solveFields(p, eps, plain[p.name]),
          (error) => error instanceof InadmissibleInput && error instanceof UserError && expected.test(error.message),
        );
      });
    }

    it(`${p.name} solves any number of cells, and refuses a profile of another length than its grid`, () => {
      const { x, fields } = solveFields(p, good, plain[p.name]);
      assert.equal(x.length, 6);
      assert.deepEqual(
        Object.keys(fields),
        p.channels.map(({ name }) => name),
      );
      for (const values of Object.values(fields)) assert.ok(values.length === 6 && values.every(Number.isFinite));
      const solver = p.solver(gridOf(p, 5));
      const out = new Float64Array(20);
      assert.throws(
        () => solver.solve(Float64Array.from(good), plain[p.name], out),
        /must have 5 values, one per cell, got 6/,
      );
      assert.throws(
        () => solver.solve(new Float64Array(0), plain[p.name], out),
        /must have 5 values.*got an empty one/,
      );
    });

    for (const [name, value] of Object.entries(plain[p.name])) {
      it(`${p.name} wants ${name}, as a number, in words that say what it is`, () => {
        const without = Object.fromEntries(Object.entries(plain[p.name]).filter(([other]) => other !== name));
        const range = p.conditions.find((r) => r.name === name)!;
        if (name !== "k_rn") {
          assert.throws(() => solveFields(p, good, without), new RegExp(`${name} is missing \\(${range.meaning}`));
        }
        assert.throws(() => solveFields(p, good, { ...without, [name]: NaN }), new RegExp(`${name} .*, got NaN`));
        assert.throws(
          () => solveFields(p, good, { ...without, [name]: Infinity }),
          new RegExp(`${name} .*, got Infinity`),
        );
        assert.doesNotThrow(() => solveFields(p, good, { ...without, [name]: value }));
      });
    }

    it(`${p.name} refuses a name that it does not know`, () => {
      assert.throws(() => solveFields(p, good, { ...plain[p.name], F_rihgt: 3 }), /has no "F_rihgt"; it knows l, /);
    });
  }

  it("a rate constant must be positive, and says its unit", () => {
    for (const k_rn of [0, -1]) {
      for (const name of ["electrode", "electrode-published"]) {
        const bad = { ...plain[name], k_rn };
        assert.throws(
          () => solveFields(problem(name), [0.3, 0.3], bad),
          /k_rn \(rate constant.*must be positive \(A\/\(m2 V\)\), got/,
        );
      }
    }
    assert.throws(
      () => solveFields(problem("electrode"), [0.3, 0.3], { ...plain.electrode, time: -1 }),
      /time .* at least 0 s, got -1/,
    );
  });

  it("an unknown problem is answered with the list of problems", () => {
    assert.throws(() => problem("electrod"), /no "electrod"; there are electrode-published, electrode, conduction/);
  });

  it("an unknown precision is refused", () => {
    const options = { precision: "half" as "single" };
    assert.throws(
      () => electrodePublished.solver(gridOf(electrodePublished, 5), options),
      /"double" or "single", got half/,
    );
  });

  it("a grid needs at least two cells and a positive length", () => {
    for (const cells of [1, 0, -3, 2.5, NaN]) assert.throws(() => uniformAxis("x", 1, cells), /at least 2, got/);
    for (const length of [0, -1, NaN, Infinity])
      assert.throws(() => uniformAxis("x", length, 5), /positive number of metres along x, got/);
  });
});

describe("one's own profile and parameters, in one call", () => {
  const electrode = problem("electrode");
  const condition = { F_right: 30, k_rn: 2, U0: 0.1, time: 50 };
  const law = (x: number) => 0.3 + 1e3 * x;

  it("an array, a function and a table of the same porosity give the same fields, on any number of cells", () => {
    for (const cells of [7, 100]) {
      const { centres } = axisOf(electrode, cells);
      const array = solveFields(electrode, Array.from(centres, law), condition);
      const ofFunction = solveFields(electrode, law, condition, { cells });
      const table = profileTable("x,eps\n0,0.3\n1e-4,0.4\n", "profile.csv");
      const ofTable = solveFields(electrode, table, condition, { cells });
      assert.deepEqual([array.x, ofFunction.eps], [centres, centres.map(law)]);
      assert.deepEqual(ofFunction, array);
      for (const name of ["c", "phi"]) {
        ofTable.fields[name].forEach((v, i) => {
          const expected = array.fields[name][i];
          assertClose(`${name} in cell ${i}`, v, expected, { within: 1e-12 * Math.abs(expected) + 1e-16 });
        });
      }
    }
    assert.equal(solveFields(electrode, law, condition).x.length, electrode.domain[0].cells);
  });

  it("its parameters and options count, and what is wrong is refused before anything is solved", () => {
    const base = solveFields(electrode, law, condition).fields.c[0];
    assert.notEqual(solveFields(electrode, law, { ...condition, time: 60 }).fields.c[0], base);
    assert.notEqual(solveFields(electrode, law, { ...condition, k_rn: 3 }).fields.c[0], base);
    const refused = (expected: RegExp, ...args: Parameters<typeof solveFields>) =>
      assert.throws(
        () => solveFields(...args),
        (error) => error instanceof UserError && expected.test(error.message),
      );
    refused(/eps must have 5 values, one per cell, got 3/, electrode, [0.3, 0.3, 0.3], condition, { cells: 5 });
    refused(/cells must be a whole number of at least 2, got 1/, electrode, law, condition, { cells: 1 });
    refused(/eps must lie in \(0, 1\].*got 1\.5/, electrode, () => 1.5, condition);
    refused(/eps must lie in \(0, 1\].*got NaN/, electrode, () => NaN, condition);
    refused(/x must increase/, electrode, { x: [0, 1e-4, 5e-5], eps: [0.3, 0.3, 0.3] }, condition);
    refused(/must cover the cell centres/, electrode, { x: [0, 5e-5], eps: [0.3, 0.3] }, condition);
    refused(/time .* at least 0 s, got -1/, electrode, law, { ...condition, time: -1 });
    refused(/must be "double"/, electrode, law, condition, { precision: "single" });
    const two = { load: 1, amplitude: 0, centre: 0.5, width: 0.1, boundary: 8 };
    refused(/what flows in must flow out.*pure Neumann/, problem("conduction"), () => 0.3, two);
  });
});

describe("a porosity profile from outside", () => {
  const grid = uniformAxis("x", 1, 4);

  it("may be an array, a function of x, or a table that is interpolated", () => {
    assert.deepEqual([...porosityProfile([0.2, 0.3, 0.4, 0.5], grid)], [0.2, 0.3, 0.4, 0.5]);
    assert.deepEqual([...porosityProfile((x) => 0.5 * x, grid)], [0.0625, 0.1875, 0.3125, 0.4375]);
    const table = profileTable("x, eps\n# a comment\n0, 0.25\n0.5, 0.5\n\n1, 0.25\n", "profile.csv");
    assert.deepEqual([...porosityProfile(table, grid)], [0.3125, 0.4375, 0.4375, 0.3125]);
  });

  it("is refused where it is no porosity, too short, or does not cover the domain", () => {
    assert.throws(() => porosityProfile([0.2, 0.3], grid), /must have 4 values, one per cell, got 2/);
    assert.throws(() => porosityProfile((x) => x * 4, grid), /must lie in \(0, 1\]/);
    assert.throws(
      () => porosityProfile({ x: [0.2, 1], eps: [0.3, 0.3] }, grid),
      /must cover the cell centres from 0.125 to 0.875 m/,
    );
    assert.throws(() => porosityProfile({ x: [0, 1], eps: [0.3] }, grid), /equally long/);
  });

  for (const { what, text, expected } of [
    {
      what: "x that does not increase",
      text: "0,0.3\n0.5,0.3\n0.4,0.3",
      expected: /p.csv: x must increase.*got 0.5 and then 0.4 \(line 3\)/,
    },
    {
      what: "a word in the middle",
      text: "x,eps\n0,0.3\n0.5,much",
      expected: /p.csv, line 3: expected two numbers, x and eps, got "0.5,much"/,
    },
    { what: "a missing column", text: "0,0.3\n0.5", expected: /p.csv, line 2: expected two numbers/ },
    { what: "an empty value", text: "0,0.3\n0.5,", expected: /p.csv, line 2/ },
    { what: "an empty file", text: "", expected: /p.csv: expected at least two lines of x and eps, got 0/ },
  ]) {
    it(`a table with ${what} is refused with the line`, () =>
      assert.throws(() => profileTable(text, "p.csv"), expected));
  }
});
