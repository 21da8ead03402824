/** Tables as instruments and spreadsheets write them: units are converted or refused, never guessed. */
import assert from "node:assert/strict";
import { readProfileTable } from "../../lib/porosity/profile-table";
import { assertClose } from "../assert-close";

describe("a table of porosities", () => {
  const places = [0, 5e-5, 1e-4];
  const eps = [0.3, 0.45, 0.31];

  for (const { what, text } of [
    { what: "metres without a word", text: "0,0.3\n5e-5,0.45\n1e-4,0.31\n" },
    { what: "micrometres, as x_um", text: "x_um,eps\n0,0.30\n50,0.45\n100,0.31" },
    { what: "micrometres, as x (µm)", text: "x (µm);porosity\n0;0.30\n50;0.45\n100;0.31\r\n" },
    { what: "micrometres, as x [μm]", text: "x [μm]\teps\n0\t0.30\n50\t0.45\n100\t0.31" },
    { what: "nanometres, as depth/nm", text: "depth/nm,eps\n0,0.30\n50000,0.45\n1e5,0.31" },
    { what: "millimetres, as x in mm", text: "x in mm,eps\n0,0.30\n.05,0.45\n0.1,0.31" },
    { what: "per cent", text: "x_um,eps (%)\n0,30\n50,45\n100,31" },
    { what: "decimal commas between semicolons", text: "x_um;eps\n0,0;0,30\n50,0;0,45\n100,0;0,31" },
    { what: "decimal commas between tabs", text: "x_um\teps\n0,0\t0,30\n50,0\t0,45\n100,0\t0,31" },
    { what: "decimal commas between blanks", text: "x_um eps\n0,0 0,30\n50,0 0,45\n100,0 0,31" },
    { what: "blanks after commas", text: "x_um, eps\n0, 0.30\n50, 0.45\n100, 0.31" },
    {
      what: "comments, indented too, and old line ends",
      text: "  # a comment\r\rx_um,eps\r # more\r0,0.3\r50,0.45\r100,0.31\r",
    },
    { what: "quoted names", text: '"x_um","eps"\n0,0.3\n50,0.45\n100,0.31' },
  ]) {
    it(`reads ${what}`, () => {
      const { x, profiles } = readProfileTable(text, "t.csv");
      assert.equal(profiles.length, 1);
      places.forEach((at, i) => assertClose("x", x[i], at, { within: 1e-18 }));
      eps.forEach((e, i) => assertClose("eps", profiles[0][i], e, { within: 1e-15 }));
    });
  }

  it("reads UTF-16 in both byte orders, and UTF-8 with its mark", () => {
    const text = "\ufeffx_µm,eps\n0,0.3\n50,0.45\n100,0.31\n";
    const little = Buffer.from(text, "utf16le");
    for (const bytes of [little, Buffer.from(little).swap16(), Buffer.from(text, "utf8")]) {
      assertClose("x", readProfileTable(bytes, "t.csv").x[1], 5e-5, { within: 1e-18 });
    }
  });

  it("shares of the thickness stay shares, and several profiles are as many columns", () => {
    const { x, unit, profiles } = readProfileTable("x/L,a,b\n0,0.3,0.31\n0.5,0.4,0.41\n1,0.5,0.51", "t.csv");
    assert.equal(unit, "x/L");
    assert.deepEqual([...x], [0, 0.5, 1]);
    assert.deepEqual(profiles.map((p) => [...p]), [[0.3, 0.4, 0.5], [0.31, 0.41, 0.51]]); // prettier-ignore
  });

  for (const { what, text, says } of [
    {
      what: "a unit that is none",
      text: "x_inch,eps\n0,0.3\n1,0.4",
      says: /t\.csv: the unit "inch" .*Remedy: one of m, cm, mm, um, nm or x\/L/,
    },
    { what: "a unit in brackets that is none", text: "x (mils),eps\n0,0.3\n1,0.4", says: /unit "mils"/ },
    {
      what: "decimal commas between commas",
      text: "x_um,eps\n0,0,0,30\n50,0,0,45",
      says: /t\.csv, line 2: .*Decimal commas\? Remedy: semicolons/,
    },
    { what: "columns the wrong way round", text: "eps,x_um\n0.3,0\n0.4,1", says: /column "x_um" is a length/ },
    {
      what: "places that do not increase",
      text: "x_um,eps\n0,0.3\n5,0.3\n5,0.4",
      says: /t\.csv: x must increase.*\(line 4\)/,
    },
    { what: "a missing number", text: "x_um,eps\n0,0.3\n5,", says: /t\.csv, line 3: expected two numbers/ },
    { what: "a word", text: "x_um,eps\n0,0.3\n5,n\/a", says: /line 3.*"5,n\/a"/ },
    { what: "one line", text: "x_um,eps\n0,0.3", says: /at least two lines/ },
  ]) {
    it(`refuses ${what} with the remedy`, () => {
      assert.throws(() => readProfileTable(text, "t.csv"), says);
    });
  }

  it("refuses what is no text", () => {
    assert.throws(
      () => readProfileTable(Uint8Array.of(120, 0, 44, 0, 200), "t.csv"),
      /t\.csv: it is no text .*CSV UTF-8/,
    );
  });
});
