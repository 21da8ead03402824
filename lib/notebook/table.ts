/** Small tables of results: HTML for the notebook, aligned text for a terminal, LaTeX (booktabs) for a paper. */
import { escapeLatex } from "./latex-text";
import { contentOf, type Table } from "./table-content";
import { escapeHtml } from "./kernel";

export interface TableOptions {
  readonly caption?: string;
  /** Significant digits of numbers that are not whole. */
  readonly digits?: number;
}

interface Cells {
  readonly header: readonly string[];
  readonly body: readonly (readonly string[])[];
  readonly numeric: readonly boolean[];
}

/** Rows of plain objects (a column for every key, in order of appearance) or a DataFrame, as aligned text. */
export function tableText(rows: Table, options: TableOptions = {}): string {
  const { header, body, numeric } = cells("tableText", rows, options);
  const widths = header.map((name, j) => Math.max(name.length, ...body.map((row) => row[j].length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, j) => (numeric[j] ? text.padStart(widths[j]) : text.padEnd(widths[j])))
      .join("  ")
      .trimEnd();
  const ruler = widths.map((w) => "-".repeat(w)).join("  ");
  return [...(options.caption ? [options.caption] : []), line(header), ruler, ...body.map(line)].join("\n");
}

/** The same as an HTML table; what the cells hold is text, never markup. */
export function tableHtml(rows: Table, options: TableOptions = {}): string {
  const { header, body, numeric } = cells("tableHtml", rows, options);
  const row = (tag: "th" | "td", texts: readonly string[]) => {
    const align = numeric.map((isNumeric) => `style="text-align:${isNumeric ? "right" : "left"}"`);
    return `<tr>${texts.map((text, j) => `<${tag} ${align[j]}>${escapeHtml(text)}</${tag}>`).join("")}</tr>`;
  };
  const caption = options.caption ? `<caption>${escapeHtml(options.caption)}</caption>` : "";
  const rest = body.map((r) => row("td", r)).join("");
  return `<table>${caption}<thead>${row("th", header)}</thead><tbody>${rest}</tbody></table>`;
}

/**
 * The same as a LaTeX tabular; needs booktabs. What the cells hold is text: LaTeX's own letters are escaped, Greek ones
 * become mathematics.
 */
export function tableLatex(rows: Table, options: TableOptions = {}): string {
  const { header, body, numeric } = cells("tableLatex", rows, options);
  const line = (texts: readonly string[]) => `${texts.map(escapeLatex).join(" & ")} \\\\`;
  return [
    `\\begin{tabular}{${numeric.map((n) => (n ? "r" : "l")).join("")}}`,
    "\\toprule",
    line(header),
    "\\midrule",
    ...body.map(line),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

function cells(caller: string, table: Table, { digits = 3 }: TableOptions): Cells {
  const { header, values } = contentOf(caller, table);
  const absent = (value: unknown): boolean => value === undefined || value === null;
  return {
    header,
    body: values.map((row) => row.map((value) => format(value, digits))),
    numeric: header.map((_, j) => values.every((row) => absent(row[j]) || typeof row[j] === "number")),
  };
}

function format(value: unknown, digits: number): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value).replace("-", "−");
  return value.toPrecision(digits).replace("e+", "e").replace(/-/g, "−");
}
