/**
 * Tidy rows as CSV (RFC 4180): one header line, then one line a row; numbers with all their digits, SI as the rows have
 * them.
 */
import type { Row } from "./spec";

export function csv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => cell((row as Record<string, unknown>)[column])).join(","));
  return [columns.map(cell).join(","), ...lines].join("\n") + "\n";
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (!["string", "number", "boolean"].includes(typeof value)) {
    throw new TypeError(`csv: a cell holds a number, a word or true/false, got ${JSON.stringify(value)}`);
  }
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
