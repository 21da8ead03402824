/**
 * Unknowns live in the cells of an axis, conductances on the faces between them; face i lies between cells i and i + 1.
 */
declare const at: unique symbol; // a phantom tag: plain arrays enter freely, cells and faces do not mix
export type CellValues = Float64Array & { readonly [at]?: "cells" };
export type FaceValues = Float64Array & { readonly [at]?: "faces" };

/**
 * Conductances k_face / h between neighbouring centres, with the harmonic mean 2 a b / (a + b) on the face, which keeps
 * the flux continuous across a jump of k: k [N] -> `into` [N - 1 or longer], which is returned.
 */
export function conductances(k: CellValues, h: number, into: FaceValues): FaceValues {
  let left = k[0];
  for (let i = 0; i + 1 < k.length; i++) {
    const right = k[i + 1];
    into[i] = (2 * left * right) / ((left + right) * h);
    left = right;
  }
  return into;
}

/**
 * Derivatives of the harmonic mean 2 a b / (a + b) of face i: (2 b^2, 2 a^2) / (a + b)^2 with respect to its left and
 * right cell.
 */
export function harmonicMeanSlopes(k: CellValues, face: number): readonly [left: number, right: number] {
  const a = k[face];
  const b = k[face + 1];
  const share = 2 / ((a + b) * (a + b));
  return [share * b * b, share * a * a];
}
