/**
 * Where a text ceases to be JSON (RFC 8259). JSON.parse tells the place in some of its messages only, and not for a
 * short text or for NaN; a person who mends a file by hand needs it.
 *
 * The grammar by a stack of open brackets and what may come next; each token is matched where the one before it ended.
 */

/** The first place where the text breaks the grammar, and what it should have been; undefined for valid JSON. */
export function firstSyntaxError(text: string): { readonly offset: number; readonly problem: string } | undefined {
  const open: ("{" | "[")[] = [];
  let next: Next = "a value";
  let at = 0;
  for (;;) {
    at = after(/[ \t\n\r]*/y, text, at) ?? at;
    const c = text[at];
    if (next === "the end") return c === undefined ? undefined : fault(text, at, "nothing more");
    if (c === undefined) return fault(text, at, next);
    const closes = open.length > 0 && next.includes(open[open.length - 1] === "{" ? "}" : "]") && "}]".includes(c);
    if (closes) {
      if (c !== (open.pop() === "{" ? "}" : "]")) return fault(text, at, next);
      at++;
      next = afterValue(open);
    } else if (next.startsWith(",")) {
      if (c !== ",") return fault(text, at, next);
      at++;
      next = open[open.length - 1] === "{" ? "a key in quotation marks" : "a value";
    } else if (next === ":") {
      if (c !== ":") return fault(text, at, next);
      at++;
      next = "a value";
    } else if (next.startsWith("a key")) {
      const end = after(string, text, at);
      if (end === undefined) return fault(text, at, next);
      [at, next] = [end, ":"];
    } else if (c === "{" || c === "[") {
      open.push(c);
      at++;
      next = c === "{" ? "a key in quotation marks or }" : "a value or ]";
    } else {
      const end = after(string, text, at) ?? after(scalar, text, at);
      if (end === undefined) return fault(text, at, next);
      at = end;
      next = afterValue(open);
    }
  }
}

type Next =
  | "a value"
  | "a value or ]"
  | "a key in quotation marks"
  | "a key in quotation marks or }"
  | ":"
  | ", or }"
  | ", or ]"
  | "the end";

const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

function after(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

const afterValue = (open: readonly string[]): Next =>
  open.length === 0 ? "the end" : open[open.length - 1] === "{" ? ", or }" : ", or ]";

function fault(text: string, offset: number, expected: string): { offset: number; problem: string } {
  const found = /[^\s,:[\]{}]{1,40}|./suy;
  found.lastIndex = offset;
  const [came] = found.exec(text) ?? [undefined];
  if (came === undefined) return { offset, problem: `the text ends where ${expected} was expected` };
  const number = /^[-+]?(nan|inf(inity)?)$/i.test(came) ? ", and JSON has no such number" : "";
  return { offset, problem: `expected ${expected}, got ${JSON.stringify(came)}${number}` };
}
