/** What a figure is: a name, a Vega-Lite specification of exact printed width, and the tidy data behind it. */
export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };
export type Spec = { readonly [key: string]: Json };

/** A row of tidy data: names to numbers and words. An interface of a figure's rows needs no index signature. */
export type Row = object;

/** A figure before it is drawn: what every format of it is made from. */
export interface Figure {
  /** File name without extension. */
  readonly name: string;
  /** One sentence that says what is seen: title of the PDF and alternative text. */
  readonly caption: string;
  /** Printed width, mm. */
  readonly width: number;
  readonly spec: Spec;
  /** The same with what the pointer meets on a page, where that is more. */
  readonly onPage?: Spec;
  readonly rows: readonly Row[];
}
