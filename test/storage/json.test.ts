import assert from "node:assert/strict";
import fc from "fast-check";
import { parseJson } from "../../lib/storage/json";
import { firstSyntaxError } from "../../lib/storage/json-syntax";
import { mutations } from "./mutations";

describe("JSON that is not valid", () => {
  const many = Array.from({ length: 4202 }, (_, i) => `  ${i === 314 ? "NaN" : "0.3"}${i < 4201 ? "," : ""}\n`).join(
    "",
  );
  for (const { what, text, line, column, says } of [
    {
      what: "NaN in a short text",
      text: '[{"eps":[0.3,NaN]}]',
      line: 1,
      column: 14,
      says: /got "NaN", and JSON has no such number/,
    },
    { what: "NaN in line 316 of 4203", text: `[\n${many}]`, line: 316, column: 3, says: /got "NaN"/ },
    {
      what: "minus infinity",
      text: "[1, -Infinity]",
      line: 1,
      column: 5,
      says: /got "-Infinity", and JSON has no such number/,
    },
    { what: "a comma before the end", text: "[1,\n 2,\n]", line: 3, column: 1, says: /expected a value, got "\]"/ },
    {
      what: "a comma before a brace",
      text: '{"a": 1,}',
      line: 1,
      column: 9,
      says: /expected a key in quotation marks, got "}"/,
    },
    {
      what: "a key without quotation marks",
      text: "[{eps: 1}]",
      line: 1,
      column: 3,
      says: /key in quotation marks or }, got "eps"/,
    },
    { what: "a missing colon", text: '{"a" 1}', line: 1, column: 6, says: /expected :, got "1"/ },
    { what: "a missing comma", text: "[1 2]", line: 1, column: 4, says: /expected , or \], got "2"/ },
    {
      what: "another bracket than was opened",
      text: '[{"a": 1]]',
      line: 1,
      column: 9,
      says: /expected , or }, got "\]"/,
    },
    { what: "a number that begins with a point", text: "[.5]", line: 1, column: 2, says: /got "\.5"/ },
    { what: "a number with leading zeros", text: "[007]", line: 1, column: 2, says: /got "007"/ },
    { what: "a decimal comma's half", text: "[0,3.]", line: 1, column: 4, says: /got "3\."/ },
    { what: "text in simple quotation marks", text: "['a']", line: 1, column: 2, says: /expected a value or \]/ },
    { what: "a comment", text: "[1, // one\n 2]", line: 1, column: 5, says: /expected a value, got/ },
    {
      what: "an end in the middle",
      text: '[{"a": [1, 2',
      line: 1,
      column: 13,
      says: /the text ends where , or \] was expected/,
    },
    { what: "an empty text", text: "", line: 1, column: 1, says: /the text ends where a value was expected/ },
    { what: "two values", text: "1 2", line: 1, column: 3, says: /expected nothing more, got "2"/ },
  ])
    // prettier-ignore
    it(`is refused at its place: ${what}`, () => {
      assert.throws(
        () => parseJson(text, "x.json"),
        (error: Error) =>
          says.test(error.message) && error.message.includes(`at line ${line}, column ${column}.`),
        text.slice(0, 40),
      );
    });

  it("is told from valid JSON as JSON.parse tells it, for 5000 texts", () => {
    const valid = fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(JSON.stringify(value, null, 1)));
    const text = fc.oneof(
      valid.chain(mutations).map((bytes) => Buffer.from(bytes).toString("utf8")),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (t) => {
        let good = true;
        try {
          JSON.parse(t);
        } catch {
          good = false;
        }
        return (firstSyntaxError(t) === undefined) === good;
      }),
      { numRuns: 5000 },
    );
  });
});
