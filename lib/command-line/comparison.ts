/** The diagnostics of one condition as plain data, and as a table. */
import { energyDistance } from "../diagnostics/energy-distance";
import { type ProfileRatios, profileRatios } from "../diagnostics/moments";
import { roughness } from "../diagnostics/roughness";
import { spectrumRatio } from "../diagnostics/spectrum";
import type { Fields } from "../fields/fields";
import { stream, type Stream } from "../random/stream";
import { canonicalJson } from "../storage/json";
import { UserError } from "../errors/user-error";
import { textTable } from "./text-table";

export interface Comparison {
  readonly condition: number;
  readonly count: readonly [generated: number, reference: number];
  readonly channels: readonly {
    readonly name: string;
    readonly bias: ProfileRatios["bias"];
    readonly std: { readonly ratio: number; readonly standardError: number; readonly z: number };
    readonly skewness: { readonly error: number; readonly floor: number };
    /** Power of second differences, generated over reference; absent on grids of fewer than 8 cells. */
    readonly roughness?: Readonly<Record<string, number>>;
  }[];
  /** Variance ratios along the principal modes of both channels together, down to 1e-3 of the first mode's std. */
  readonly spectrum: { readonly ratio: readonly number[]; readonly largestZ: number; readonly p: number };
  readonly energy: { readonly distance: number; readonly nullError: number; readonly z: number; readonly p: number };
}

export function comparison(
  generated: Fields,
  reference: Fields,
  names: readonly string[],
  seed: number,
  condition: number,
): Comparison {
  for (const sample of [generated, reference]) requireVariation(sample, names, condition, sample === generated);
  try {
    const result = diagnostics(generated, reference, names, stream(seed).child("compare").child(condition), condition);
    canonicalJson(result, `condition ${condition}`); // refuses what is no number, by its place
    return result;
  } catch (error) {
    // Samples that no law can be read from are refused by the diagnostics as range errors, what comes out without a
    // value by the JSON.
    if (error instanceof RangeError) throw new UserError(`compare: condition ${condition}: ${error.message}`);
    if (error instanceof TypeError && error.message.startsWith("canonicalJson: ")) {
      const what = error.message.slice("canonicalJson: ".length);
      throw new UserError(`compare: ${what}. The fields vary too little, or are too few, for this diagnostic.`);
    }
    throw error;
  }
}

/** Fields that are all the same have no law to compare: a spread of zero would make every ratio infinite or none. */
function requireVariation(sample: Fields, names: readonly string[], condition: number, isGenerated: boolean): void {
  for (let channel = 0; channel < sample.channels; channel++) {
    const first = sample.profile(0, channel);
    if (sample.channel(channel).values.some((x, k) => x !== first[k % sample.cells])) continue;
    const which = isGenerated ? "generated" : "reference";
    throw new UserError(
      `compare: condition ${condition}: the ${sample.count} ${which} fields are all the same in ${names[channel]}; ` +
        "they have no law to compare",
    );
  }
}

function diagnostics(
  generated: Fields,
  reference: Fields,
  names: readonly string[],
  random: Stream,
  condition: number,
): Comparison {
  const rough = reference.cells >= 8 ? roughness(generated, reference) : [];
  const { ratio, largestZ, p } = spectrumRatio(generated, reference, { stream: random.child("spectrum") });
  const energy = energyDistance(generated, reference, { stream: random.child("energy") });
  return {
    condition,
    count: [generated.count, reference.count],
    channels: profileRatios(generated, reference).map(({ bias, std, skewness }, k) => ({
      name: names[k],
      bias,
      std,
      skewness: { error: skewness.error, floor: skewness.floor },
      ...(rough[k] ? { roughness: Object.fromEntries(rough[k].bands.map((b) => [b.name, b.ratio])) } : {}),
    })),
    spectrum: { ratio, largestZ, p },
    energy: { distance: energy.distance, nullError: energy.nullError, z: energy.z, p: energy.p },
  };
}

export function table(entries: readonly Comparison[]): string {
  const header = ["condition", "channel", "bias", "+-", "std", "+-", "spectrum from", "to", "energy z", "p"];
  const rows = entries.flatMap((e) =>
    e.channels.map((channel, k) => {
      const { bias, std } = channel;
      const joint = k === 0; // spectrum and energy belong to both channels together
      const [low, high] = [Math.min(...e.spectrum.ratio), Math.max(...e.spectrum.ratio)];
      return [
        joint ? String(e.condition) : "",
        channel.name,
        ...[bias.corrected, bias.standardError, std.ratio, std.standardError].map((v) => v.toFixed(4)),
        ...(joint ? [low.toFixed(3), high.toFixed(3), e.energy.z.toFixed(1), e.energy.p.toFixed(3)] : ["", "", "", ""]),
      ];
    }),
  );
  return textTable(header, rows);
}
