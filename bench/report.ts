/** What a benchmark reports: named figures, each beside the reference measured in the same run, and their ratio. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  /** What the figure stands beside, in words with its number. */
  readonly reference?: string;
  readonly ratio?: number;
  /** What was set and how, where the name does not say it. */
  readonly note?: string;
}

export interface Report {
  readonly figures: Readonly<Record<string, Figure>>;
  add(name: string, figure: Figure): void;
  /** Says why something could not be measured here. */
  skip(name: string, reason: string): void;
}

/** A group of benchmarks: every file bench/GROUP.ts exports `measure`. */
export interface Group {
  measure(report: Report): Promise<void>;
}

/** A report that prints each figure when it comes, on `print`. */
export function report(print: (line: string) => void): Report {
  const figures: Record<string, Figure> = {};
  return {
    figures,
    add(name, figure) {
      figures[name] = figure;
      const parts = [`${name.padEnd(38)} ${significant(figure.value)} ${figure.unit}`];
      if (figure.reference) parts.push(`beside ${figure.reference}`);
      if (figure.ratio !== undefined) parts.push(`ratio ${significant(figure.ratio)}`);
      if (figure.note) parts.push(`(${figure.note})`);
      print(parts.join("  "));
    },
    skip: (name, reason) => print(`${name.padEnd(38)} not measured: ${reason}`),
  };
}

export function significant(x: number): string {
  return Number.isFinite(x) ? String(Number(x.toPrecision(3))) : String(x);
}
