/** `porosity`: the law of the porosity from measurements, for problem.porosity of a configuration. */
import { UserError, withPlace } from "../errors/user-error";
import { metresIn } from "../fields/length-units";
import { rowsOf } from "../numerics/rows";
import { covariances } from "../porosity/covariance";
import { imageAxes, type ImageAxis, imageProfiles } from "../porosity/image-profiles";
import type { Estimate } from "../porosity/fit-law";
import { inSlabs, type MeasuredLaw, measuredLaw } from "../porosity/measured-law";
import type { ProfileData } from "../porosity/profile-likelihood";
import { profilesFromFile } from "../porosity/profile-file";
import { readTiffStack, tiffEndings } from "../porosity/tiff-stack";
import { stream } from "../random/stream";
import { readNpy } from "../storage/npy";
import { writeJson } from "../storage/json";
import type { Arguments, Command } from "./command";

export const porosity: Command = {
  name: "porosity",
  summary: "Fits the law of the porosity to measured profiles or to an image.",
  options: {
    profiles: { type: "string", value: "FILE", help: "NAME.csv, NAME.npy or NAME.tif", required: true },
    out: { type: "string", value: "FILE", help: "the law, JSON, for --set problem.porosity=FILE", required: true },
    voxel: { type: "string", value: "LENGTH", help: "edge of a voxel, or distance of points in .npy: 0.4um" },
    thickness: { type: "string", value: "LENGTH", help: "of the electrode, for a table of x/L: 80um" },
    axis: {
      type: "string",
      value: "NAME",
      help: "of an image along the thickness: z (plane to plane), y or x; without it z",
    },
    pore: { type: "string", value: "VALUES", help: "what is pore in a segmented image: 0, or 0,1" },
    threshold: { type: "string", value: "T", help: "of a grey image: below it is pore; without it Otsu's" },
    side: {
      type: "string",
      value: "LENGTH",
      help: "of squares that planes are cut into, a profile each; without it whole planes",
    },
    bounds: { type: "string", value: "MIN,MAX", help: "of the porosity, where they are known" },
    covariance: { type: "string", value: "KIND", help: `${covariances.join(", ")}; without it the likeliest` },
    points: { type: "string", value: "N", help: "at most so many a profile, means of neighbours", default: "40" },
    bootstrap: { type: "string", value: "N", help: "data sets of the test", default: "99" },
    seed: { type: "string", value: "N", help: "of the test", default: "0" },
  },
  details: `NAME.csv  x and one or many profiles; the header says the unit of x: x_um, x (mm), x/L
NAME.npy  [points], [profiles, points], or an image [z, y, x]; needs --voxel
NAME.tif  an image as a stack of planes; needs --voxel
out       law: bounds, mean and scale of the log-odds, kind and range of the correlation; estimates: each with its 95 %
          interval; test: p-values of "this law made the data"; data, and what it means in sentences`,
  run: async (args: Arguments): Promise<number> => {
    const file = args.path("profiles");
    const out = args.output("out", { endings: [".json"], inputs: [file] });
    const bounds = boundsOf(args);
    const points = args.whole("points", 4, 400);
    const named = args.optional("covariance");
    const kind = covariances.find((each) => each === named);
    if (named !== undefined && kind === undefined)
      throw new UserError(`--covariance must be one of ${covariances.join(", ")}, got "${named}"`);
    const { about, notes, ...data } = await measured(args, file);
    const random = stream(args.whole("seed", 0)).child("porosity");
    const bootstrap = args.whole("bootstrap", 19, 9999);
    const options = { ...(bounds && { bounds }), ...(kind !== undefined && { kinds: [kind] }), bootstrap };
    const result = withPlace(file, () => measuredLaw(inSlabs(data, points), random, options));
    const meaning = [...notes, ...sentences(result)];
    await writeJson(out, { ...result, ...about, meaning });
    args.terminal.out(`${[...meaning, `${args.shown(out)}: --set problem.porosity=${args.shown(out)}`].join("\n")}\n`);
    return 0;
  },
};

interface Measured extends ProfileData {
  /** Facts for the result. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

async function measured(args: Arguments, file: string): Promise<Measured> {
  const lower = file.toLowerCase();
  if (lower.endsWith(".npy")) return ofArray(args, file);
  if (tiffEndings.some((ending) => lower.endsWith(ending))) return ofImage(args, file, await readTiffStack(file));
  refuseIdle(args, "a table", ["voxel", "axis", "pore", "threshold", "side"]);
  const thickness = lengthOption(args, "thickness");
  const about = thickness === undefined ? {} : { thickness };
  return { ...profilesFromFile(file, { thickness }), about, notes: [] };
}

async function ofArray(args: Arguments, file: string): Promise<Measured> {
  const { shape, data } = await readNpy(file);
  if (shape.length === 3) return ofImage(args, file, { shape: [shape[0], shape[1], shape[2]], voxels: data });
  refuseIdle(args, "profiles", ["thickness", "axis", "pore", "threshold", "side"]);
  const points = shape.length === 1 ? shape[0] : shape[1];
  if (shape.length > 2 || !(points > 0))
    throw new UserError(
      `${file}: expected [points], [profiles, points] or an image [z, y, x], got [${shape.join(", ")}]`,
    );
  const distance = needed(args, "voxel", file, "the distance of its points");
  return {
    x: Float64Array.from({ length: points }, (_, i) => (i + 0.5) * distance),
    profiles: rowsOf(Float64Array.from(data), points),
    about: {},
    notes: [],
  };
}

function ofImage(args: Arguments, file: string, image: Parameters<typeof imageProfiles>[0]): Measured {
  refuseIdle(args, "an image", ["thickness"]);
  const axis = args.optional("axis") ?? "z";
  if (!imageAxes.includes(axis as ImageAxis)) throw new UserError(`--axis must be z, y or x, got "${axis}"`);
  const voxel = needed(args, "voxel", file, "the edge of its voxels");
  const pore = args.optional("pore")?.split(",").map((text) => numberIn("pore", text)); // prettier-ignore
  const threshold = args.optional("threshold");
  const { x, profiles, phases, area, spread } = imageProfiles(
    image,
    {
      voxel,
      axis: axis as ImageAxis,
      pore,
      threshold: threshold === undefined ? undefined : numberIn("threshold", threshold),
      side: lengthOption(args, "side"),
    },
    file,
  );
  const others = imageAxes.filter((each) => each !== axis && spread[each] > 2 * spread[axis as ImageAxis]);
  const own = spread[axis as ImageAxis].toPrecision(2);
  const notes = [
    `The image has ${image.shape.join(" x ")} voxels (z, y, x) of ${micrometres(voxel)}; ${phases}; ` +
      `the thickness runs along ${axis}.`,
    `Each value is an average over ${(area * 1e12).toPrecision(3)} um2: the law is that of such averages. Over a ` +
      "larger area the same electrode varies less, by the root of the ratio of areas; a model in one dimension " +
      "stands for an electrode of this area.",
    ...others.map(
      (each) =>
        `Planes across ${each} vary more (${spread[each].toPrecision(2)}) than planes across ${axis} (${own}): ` +
        `the image is anisotropic, or the thickness runs along ${each} (--axis ${each}).`,
    ),
  ];
  return { x, profiles, about: { image: { shape: image.shape, voxel, axis, phases, area, spread } }, notes };
}

function sentences({ estimates, test, data }: MeasuredLaw): string[] {
  const { epsMin, epsMax, correlationLength: l, covariance } = estimates;
  const verdict =
    test.both < 0.05
      ? "such a law hardly made the data: look at a histogram and at the profiles before you use it"
      : "such a law could have made the data";
  const share = ({ value, low, high }: Estimate): string =>
    `${value.toPrecision(3)} [${low.toPrecision(3)}, ${high.toPrecision(3)}]`;
  return [
    `${data.profiles} profiles of ${data.points} points over ${micrometres(data.span)}: porosity ` +
      `${data.mean.toPrecision(3)}, spread ${data.std.toPrecision(2)} (the published study assumes 0.2 to 0.5).`,
    `Bounds ${share(epsMin)} and ${share(epsMax)}; correlation ${covariance}, length ${micrometres(l.value)} ` +
      `[${micrometres(l.low)}, ${micrometres(l.high)}]; intervals of 95 %.`,
    `Test of the law: p = ${test.marginal.toPrecision(2)} (values), ${test.correlation.toPrecision(2)} ` +
      `(correlation): ${verdict}.`,
  ];
}

const micrometres = (metres: number): string => `${(metres * 1e6).toPrecision(3)} um`;

/** "0.4um" in m; a length without a unit is refused. */
function lengthOption(args: Arguments, name: string): number | undefined {
  const text = args.optional(name);
  if (text === undefined) return undefined;
  const [, value, unit] = /^([\d.eE+-]+?)\s*([^\d\s.+-]+)$/.exec(text) ?? ["", "", ""];
  const metres = Number(value) * (metresIn(unit) ?? NaN);
  if (metres > 0 && metres < Infinity) return metres;
  throw new UserError(`--${name} must be a length with its unit (m, cm, mm, um, nm), such as 0.4um, got "${text}"`);
}

function needed(args: Arguments, name: string, file: string, what: string): number {
  const length = lengthOption(args, name);
  if (length !== undefined) return length;
  throw new UserError(`${file} does not say ${what}. Remedy: --${name} 0.4um`);
}

function numberIn(name: string, text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UserError(`--${name} must be a number, got "${text}"`);
}

function boundsOf(args: Arguments): { epsMin: number; epsMax: number } | undefined {
  const texts = args.optional("bounds")?.split(",");
  if (texts === undefined) return undefined;
  if (texts.length !== 2)
    throw new UserError(`--bounds must be two numbers, such as 0.2,0.5, got "${texts.join(",")}"`);
  const [epsMin, epsMax] = texts.map((text) => numberIn("bounds", text));
  return { epsMin, epsMax };
}

function refuseIdle(args: Arguments, what: string, names: readonly string[]): void {
  const idle = names.find((name) => args.optional(name) !== undefined);
  if (idle !== undefined) throw new UserError(`--${idle} has no effect on ${what}`);
}
