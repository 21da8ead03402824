/** |got - expected| <= within, or an error that shows all three. NaN never passes. */
export function assertClose(what: string, got: number, expected: number, { within }: { within: number }): void {
  const distance = Math.abs(got - expected);
  if (!(distance <= within)) {
    throw new Error(`${what}: got ${got}, expected ${expected} within ${within} (off by ${distance})`);
  }
}
