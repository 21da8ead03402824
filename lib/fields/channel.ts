/**
 * A component of a field, with what tables and figures must know of it. Values are in SI units everywhere; only figures
 * scale them.
 */
export interface Channel {
  /** A word that is also its key: letters, digits and _. */
  readonly name: string;
  readonly symbol: string;
  /** In words, for captions: "concentration". */
  readonly meaning?: string;
  /** SI unit of the values: "V", "mol/m3", "K". */
  readonly unit: string;
  /**
   * Figures show the difference from this value (a boundary value, say, of which the channel deviates little), and call
   * it by its symbol:
   * { symbol: "c(L)", value: 1000 } is shown as c - c(L).
   */
  readonly relativeTo?: {
    readonly symbol: string;
    readonly value: number;
    /** The parameter of the problem that this value is, where one is: a configured parameter sets it. */
    readonly parameter?: string;
  };
}
