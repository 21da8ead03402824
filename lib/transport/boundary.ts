/**
 * What happens at an end of the domain, for -(k u')' + ... : u given on the face, the outward flux q = -k u' n given,
 * or an outward flux that a film lets through, q = transfer (u_face - outside).
 * The face lies half a cell from the nearest centre. Eliminating the face value leaves, for all three kinds,
 *   q = G (u_centre - v) + q0:   value   G = 2 k / h, v = onFace;
 *                                robin   1/G = h / (2 k) + 1 / transfer, v = outside;
 *                                flux    G = 0, q0 = outward.
 */
import { InadmissibleInput } from "./errors";

export type Boundary =
  | { readonly kind: "value"; readonly onFace: number }
  | { readonly kind: "flux"; readonly outward: number }
  | { readonly kind: "robin"; readonly transfer: number; readonly outside: number };

/**
 * What the scheme has on the face at an end of the domain: the value in the cell beside it (nothing flows, or the value
 * is held in that cell), a value that is held on the face, or, where a flux is given, what the last two cells
 * extrapolate to: the scheme's to second order in h.
 */
export type FaceValue = "of the cell" | "extrapolated" | { readonly held: number };

export function faceValueOf(b: Boundary): FaceValue {
  if (b.kind === "value") return { held: b.onFace };
  return b.kind === "flux" && b.outward === 0 ? "of the cell" : "extrapolated";
}

/** G: from the last centre to the outside value, with k the value in the last cell. */
export function conductanceOf(b: Boundary, k: number, h: number): number {
  switch (b.kind) {
    case "value":
      return (2 * k) / h;
    case "robin":
      return 1 / (h / (2 * k) + 1 / b.transfer);
    case "flux":
      return 0;
  }
}

/** dG/dk */
export function conductanceSlope(b: Boundary, k: number, h: number): number {
  switch (b.kind) {
    case "value":
      return 2 / h;
    case "robin": {
      const g = conductanceOf(b, k, h);
      return (g * g * h) / (2 * k * k);
    }
    case "flux":
      return 0;
  }
}

/** v: the value on the other side of G; 0 where there is none. */
export function outsideValue(b: Boundary): number {
  return b.kind === "value" ? b.onFace : b.kind === "robin" ? b.outside : 0;
}

/** q0 */
export function outwardFlux(b: Boundary): number {
  return b.kind === "flux" ? b.outward : 0;
}

/** Refuses data that are no numbers and films that let nothing through, or let it through backwards. */
export function checkBoundary(where: string, b: Boundary): void {
  const given = b.kind === "value" ? b.onFace : b.kind === "flux" ? b.outward : b.outside;
  if (!Number.isFinite(given)) throw new InadmissibleInput(`${where}: the ${b.kind} must be finite, got ${given}`);
  if (b.kind === "robin" && !(b.transfer > 0 && b.transfer < Infinity)) {
    throw new InadmissibleInput(
      `${where}: the transfer coefficient of a robin boundary must be positive, got ${b.transfer}; ` +
        `an insulated end is a flux of 0`,
    );
  }
}
