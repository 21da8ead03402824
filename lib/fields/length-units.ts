/** Units of length as people write them in headers and at a command line. */

const metres: Readonly<Record<string, number>> = { m: 1, cm: 1e-2, mm: 1e-3, um: 1e-6, µm: 1e-6, μm: 1e-6, nm: 1e-9 };

/** Their names; both signs for micro are among them. */
export const lengthUnits: readonly string[] = Object.keys(metres);

/** Metres in one unit of length; undefined for what is none. */
export const metresIn = (unit: string): number | undefined => (Object.hasOwn(metres, unit) ? metres[unit] : undefined);
