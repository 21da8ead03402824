/**
 * The original study's profiles at its condition (l = L/10, U0 = 0, F_right = 25 A/m2), as numbers: facts from its
 * stored results.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../cache/root";

export interface ChannelProfile {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}
export interface PublishedProfiles {
  readonly count: number;
  /** The units of its network. */
  readonly normalisation: Readonly<Record<"mean" | "std", Readonly<Record<"c" | "phi", number>>>>;
  readonly pde: Readonly<Record<"c" | "phi", ChannelProfile>>;
  readonly generated: Readonly<Record<"beta_max_3" | "beta_max_20", Readonly<Record<"c" | "phi", ChannelProfile>>>>;
  /** Root mean square second differences, generated over its own solver's. */
  readonly ratios: Readonly<
    Record<"beta_max_3" | "beta_max_20", Readonly<Record<"c" | "phi", { readonly roughness_ratio: number }>>>
  >;
}

/** Its channels, in the order of the published problem. */
export const publishedChannels = ["c", "phi"] as const;
export type PublishedChannel = (typeof publishedChannels)[number];
export const isPublishedChannel = (name: string): name is PublishedChannel =>
  publishedChannels.some((own) => own === name);

let read: PublishedProfiles | undefined;

/**
 * 500 fields each; phi's spread is about 1.4 times the true one, since they were computed in single precision. SI
 * units.
 */
export function published(): PublishedProfiles {
  const file = path.join(projectRoot(), "lib/experiments/original/published-profiles.json");
  return (read ??= JSON.parse(fs.readFileSync(file, "utf8")) as PublishedProfiles);
}
