import assert from "node:assert/strict";
import { lengthUnits, metresIn } from "../../lib/fields/length-units";

describe("units of length", () => {
  it("are metres by the SI's prefixes; what is no unit has no metres, nor has what every object inherits", () => {
    const found = Object.fromEntries(["m", "cm", "mm", "um", "µm", "nm"].map((unit) => [unit, metresIn(unit)]));
    assert.deepEqual(found, { m: 1, cm: 1e-2, mm: 1e-3, um: 1e-6, µm: 1e-6, nm: 1e-9 });
    for (const unit of ["inch", "", "M", "toString", "constructor"]) assert.equal(metresIn(unit), undefined, unit);
    assert.ok(lengthUnits.every((unit) => metresIn(unit) !== undefined));
  });
});
