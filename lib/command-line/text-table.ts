/** Rows under a header as lines of aligned columns, each line ended. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, k) => Math.max(title.length, ...rows.map((row) => row[k].length)));
  const line = (row: readonly string[]): string => {
    const columns = row.map((text, k) => text.padEnd(widths[k]));
    return `${columns.join("  ").trimEnd()}\n`;
  };
  return [header, ...rows].map(line).join("");
}
