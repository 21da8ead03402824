import assert from "node:assert/strict";
import PDFDocument from "pdfkit";
import { fontFiles, textWidth } from "../../lib/figures/font";
import { runs, withSubscripts } from "../../lib/figures/rich-text";
import { assertClose } from "../assert-close";

describe("labels", () => {
  it("have a subscript after a letter, as far as letters and digits go", () => {
    assert.deepEqual(runs("β_max = 3"), [
      { text: "β", subscript: false },
      { text: "max", subscript: true },
      { text: " = 3", subscript: false },
    ]);
    assert.deepEqual(
      runs("U_0, k_rn").map((r) => r.text),
      ["U", "0", ", k", "rn"],
    );
  });

  it("are left alone where an underscore stands by itself", () => {
    assert.deepEqual(runs("a _ b"), [{ text: "a _ b", subscript: false }]);
  });

  it("come back to the line after a subscript", () => {
    const svg = withSubscripts('<text x="1" font-size="10px" fill="black">F_right (A)</text>');
    const shifts = [...svg.matchAll(/dy="(-?[\d.]+)"/g)].map((m) => Number(m[1]));
    assert.deepEqual(shifts, [0, 2, -2]);
  });

  it("are measured by the font: a subscript is narrower than the same letters on the line", () => {
    const whole = textWidth("βmax", 10);
    const lowered = textWidth("β_max", 10);
    assert.ok(lowered < whole && lowered > 0.7 * whole);
    assertClose("ten times the size", textWidth("φ (mV)", 100), 10 * textWidth("φ (mV)", 10), { within: 1 });
    assert.ok(textWidth("bias", 10, 600) > textWidth("bias", 10));
  });

  it("find all their letters in the font", () => {
    const document = new PDFDocument();
    for (const file of Object.values(fontFiles)) {
      document.font(file);
      const { font } = (document as unknown as { _font: { font: { hasGlyphForCodePoint(code: number): boolean } } })
        ._font;
      for (const letter of "φεσβκαγδλµℓΔ∂±−×·≤≥≈√∞→–⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉|()/%") {
        assert.ok(font.hasGlyphForCodePoint(letter.codePointAt(0)!), `${letter} is missing`);
      }
    }
  });
});
