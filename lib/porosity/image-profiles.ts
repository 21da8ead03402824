/**
 * Porosity profiles from a three-dimensional image: voxels are pore or solid, and a profile is the share of pore in
 * planes across the electrode's thickness, each averaged over a stated area.
 *
 * What such a profile varies by depends on that area: the mean over an area A of a random structure with correlation
 * area A_c has the variance s^2 A_c / A, so a wider image has a smoother profile of the same electrode. Area and voxel
 * stand with the result, since a law that is fitted to it is the law of averages over this area.
 *
 * Grey images are split by Otsu's threshold (IEEE Trans. Syst. Man Cybern. 9, 1979,
 * https://doi.org/10.1109/TSMC.1979.4310076), which makes the two classes' means differ most:
 * w_0 w_1 (m_0 - m_1)^2 = max. Pores are the darker class.
 */
import { UserError } from "../errors/user-error";
import { mean, standardDeviation } from "../numerics/statistics";
import type { ProfileData } from "./profile-likelihood";

export const imageAxes = ["z", "y", "x"] as const;
export type ImageAxis = (typeof imageAxes)[number];

/** Voxels [z][y][x] in a row, the last axis fastest. */
export interface Image {
  readonly shape: readonly [z: number, y: number, x: number];
  readonly voxels: ArrayLike<number>;
}

export interface ImageOptions {
  /** Edge of a voxel, m. */
  readonly voxel: number;
  /** Along the thickness. Default z, from plane to plane of a stack. */
  readonly axis?: ImageAxis;
  /** Values that are pore, for a segmented image. */
  readonly pore?: readonly number[];
  /** Below it is pore, for a grey image; Otsu's where it is left out. */
  readonly threshold?: number;
  /** Side of the squares that planes are cut into, m; whole planes where it is left out. */
  readonly side?: number;
}

export interface ImageProfiles extends ProfileData {
  /** How voxels were told apart: "pore is 0", "grey below 118 (Otsu)". */
  readonly phases: string;
  /** m2, of one average. */
  readonly area: number;
  /** Standard deviation of the averages over whole planes, across each axis. */
  readonly spread: Readonly<Record<ImageAxis, number>>;
}

/** @throws UserError for an image of which no profile can be told, naming `name`, what was expected and what came */
export function imageProfiles(image: Image, options: ImageOptions, name: string): ImageProfiles {
  const { voxel, axis = "z" } = options;
  const { shape, voxels } = image;
  if (shape.some((n) => n < 4) || voxels.length !== shape[0] * shape[1] * shape[2])
    throw new UserError(`${name}: an image of at least 4 x 4 x 4 voxels is needed, got ${shape.join(" x ")}`);
  const { isPore, phases } = phasesOf(image, options, name);
  const pores = Uint8Array.from(voxels, (v) => Number(isPore(v)));
  const share = mean(pores);
  if (share === 0 || share === 1) {
    throw new UserError(
      `${name}: all voxels are ${share === 0 ? "solid" : "pore"} (${phases}), so there is no profile. Remedy: ` +
        "--pore VALUE or --threshold T",
    );
  }
  const along = imageAxes.indexOf(axis);
  const [width, height] = shape.filter((_, k) => k !== along);
  const side = options.side === undefined ? undefined : Math.round(options.side / voxel);
  if (side !== undefined && !(side >= 1 && side <= Math.min(width, height)))
    throw new UserError(
      `${name}: --side must lie between a voxel and the image's ${Math.min(width, height)} voxels, got ${side}`,
    );
  const profiles = averages(pores, shape, along, side);
  const spread = Object.fromEntries(
    imageAxes.map((each, k) => [each, standardDeviation(averages(pores, shape, k)[0])]),
  ) as Record<ImageAxis, number>;
  const x = Float64Array.from({ length: shape[along] }, (_, i) => (i + 0.5) * voxel);
  const area = side === undefined ? width * height * voxel ** 2 : (side * voxel) ** 2;
  return { x, profiles, phases, area, spread };
}

/** Shares of pore [places] along an axis, over whole planes or over squares of `side` voxels. */
function averages(pores: Uint8Array, shape: Image["shape"], along: number, side?: number): Float64Array[] {
  const [a, b] = [0, 1, 2].filter((k) => k !== along);
  const stride = [shape[1] * shape[2], shape[2], 1];
  const [across, down] = side === undefined ? [1, 1] : [Math.floor(shape[a] / side), Math.floor(shape[b] / side)];
  const [rows, columns] = side === undefined ? [shape[a], shape[b]] : [side, side];
  return Array.from({ length: across * down }, (_, tile) => {
    const [top, left] = [Math.floor(tile / down) * rows, (tile % down) * columns];
    return Float64Array.from({ length: shape[along] }, (__, i) => {
      let count = 0;
      for (let p = top; p < top + rows; p++) {
        const start = i * stride[along] + p * stride[a] + left * stride[b];
        for (let q = 0; q < columns; q++) count += pores[start + q * stride[b]];
      }
      return count / (rows * columns);
    });
  });
}

/** More different values than this are grey levels. */
const MOST_PHASES = 8;

function phasesOf(
  { voxels }: Image,
  { pore, threshold }: ImageOptions,
  name: string,
): { isPore: (v: number) => boolean; phases: string } {
  const values = new Set<number>();
  for (let i = 0; i < voxels.length && values.size <= MOST_PHASES; i++) values.add(voxels[i]);
  const segmented = values.size <= MOST_PHASES;
  const listed = [...values].sort((a, b) => a - b).join(", ");
  if (values.size === 1) throw new UserError(`${name}: all voxels are ${listed}: the image is empty or constant`);
  if (pore !== undefined) {
    const missing = pore.find((v) => segmented && !values.has(v));
    if (missing !== undefined) throw new UserError(`${name}: no voxel is ${missing}; there are ${listed}`);
    return { isPore: (v) => pore.includes(v), phases: `pore is ${pore.join(", ")}` };
  }
  if (segmented && threshold === undefined) {
    const phases = values.size === 2 ? "two" : `${values.size}`;
    throw new UserError(
      `${name}: the image is segmented into ${phases} phases, ${listed}, and does not say which is pore. ` +
        `Remedy: --pore ${Math.min(...values)}, or several with commas; the others are solid`,
    );
  }
  const at = threshold ?? otsu(voxels);
  return {
    isPore: (v) => v < at,
    phases: `grey below ${Number(at.toPrecision(6))}${threshold === undefined ? " (Otsu)" : ""}`,
  };
}

function otsu(voxels: ArrayLike<number>): number {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < voxels.length; i++) [least, most] = [Math.min(least, voxels[i]), Math.max(most, voxels[i])];
  const bins = 256;
  const counts = new Float64Array(bins);
  const width = (most - least) / bins;
  for (let i = 0; i < voxels.length; i++) counts[Math.min(bins - 1, Math.floor((voxels[i] - least) / width))]++;
  let [below, sumBelow, best, at] = [0, 0, -1, 0];
  const total = counts.reduce((sum, n, k) => sum + n * k, 0);
  for (let k = 0; k + 1 < bins; k++) {
    below += counts[k];
    sumBelow += counts[k] * k;
    const above = voxels.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (between > best) [best, at] = [between, k + 1];
  }
  return least + at * width;
}
