/** Figures of any fields: names, units and the scale of the axis come with the fields. */
import assert from "node:assert/strict";
import { bands, centralBand, profiles } from "../../lib/figures/fields";
import { channelScale, lengthScale, printedUnit } from "../../lib/figures/parts/scales";
import { Fields } from "../../lib/fields/fields";
import { gridOf, uniformAxis } from "../../lib/fields/grid";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const shape = {
  channels: [
    { name: "T", symbol: "T", unit: "K", relativeTo: { symbol: "T(0)", value: 300 } },
    { name: "u", symbol: "u", unit: "m/s" },
  ],
  grid: gridOf([uniformAxis("x", 2e-3, 12)]),
};
const some = (seed: number, count = 40): Fields =>
  new Fields(
    stream(seed)
      .normals(count * 24)
      .map((z, i) => (Math.floor(i / 12) % 2 === 0 ? 300 + z : 1e-2 * z)),
    shape,
  );

describe("figures of fields with names and units of their own", () => {
  for (const { length, unit, at } of [
    { length: 5e-8, unit: "nm", at: 50 },
    { length: 1e-4, unit: "µm", at: 100 },
    { length: 2e-3, unit: "mm", at: 2 },
    { length: 1, unit: "m", at: 1 },
  ]) {
    it(`an axis of ${length} m is shown in ${unit}`, () => {
      const scale = lengthScale({ name: "x", length });
      assert.equal(scale.title, `x (${unit})`);
      assertClose("the end", scale.shown(length), at, { within: 1e-12 * at });
    });
  }

  it("units are printed with powers; a small voltage is in millivolts, a large one is not", () => {
    assert.deepEqual(["mol/m3", "A/m2", "m/s", "V", "1", "mol/(m2 s)"].map(printedUnit), [
      "mol m⁻³",
      "A m⁻²",
      "m s⁻¹",
      "V",
      "",
      "mol m⁻² s⁻¹",
    ]);
    const volts = { name: "phi", symbol: "φ", unit: "V" };
    assert.equal(channelScale(volts, [0, 0.02]).title, "φ (mV)");
    assert.equal(channelScale(volts, [0, 2]).title, "φ (V)");
    const temperature = channelScale(shape.channels[0], [299, 301]);
    assert.equal(temperature.title, "T − T(0) (K)");
    assert.equal(temperature.shown(301.5), 1.5);
  });

  it("the band holds its share of the fields in every cell: quantiles of the order statistics", () => {
    const fields = new Fields(
      Float64Array.from({ length: 11 * 24 }, (_, i) => Math.floor(i / 24)),
      shape,
    );
    const { mean, low, high } = centralBand(fields, 0, 0.8);
    assertClose("mean", mean[3], 5, { within: 1e-12 });
    assertClose("low", low[3], 1, { within: 1e-12 });
    assertClose("high", high[3], 9, { within: 1e-12 });
  });

  it("both figures have a panel for each channel, the channels' titles, and their numbers in SI as rows", () => {
    for (const figure of [profiles({ own: some(1, 3) }), bands({ solver: some(1), model: some(2) })]) {
      const text = JSON.stringify(figure.spec);
      for (const title of ["T − T(0) (K)", "u (m s⁻¹)", "x (mm)"]) assert.ok(text.includes(title), title);
      assert.ok(figure.rows.some((row) => "channel" in row && row.channel === "u"));
    }
  });

  it("the legend says what a band holds, and how many of the fields are drawn", () => {
    assert.ok(JSON.stringify(bands({ solver: some(1) }, { coverage: 0.5 }).spec).includes("solver, mean and 50 %"));
    assert.ok(JSON.stringify(profiles({ own: some(1, 60) }).spec).includes("own (50 of 60)"));
  });

  it("fields of different shapes, in network units, or none are refused", () => {
    const other = new Fields(new Float64Array(48), { ...shape, channels: shape.channels.slice(1) });
    assert.throws(() => profiles({ a: some(1), b: other }), /"b" has another shape than "a"/);
    const shorter = { ...shape, grid: gridOf([uniformAxis("x", 1e-3, 12)]) };
    assert.throws(
      () => bands({ a: some(1), b: new Fields(some(2).values, shorter) }),
      /"b" has another shape than "a"/,
    );
    assert.throws(() => bands({ a: new Fields(new Float64Array(24), shape, "network") }), /network units/);
    assert.throws(() => bands({}), /at least one/);
  });
});
