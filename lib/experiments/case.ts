/**
 * What chapters need of a study to solve and draw examples of their own: the problem, its grid, named random streams,
 * solver ensembles.
 */
import type { Fields } from "../fields/fields";
import type { Cells } from "../fields/grid";
import type { GaussianStatistics } from "../gaussian/conditional-gaussian";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";

export interface Case<C = unknown> {
  readonly problem: Problem;
  readonly configuration: C & { readonly problem: { readonly cells: Cells } };
  stream(name: string): Stream;
  /** A fresh solver ensemble at one condition, SI units; the same for the same name. */
  solve(condition: Condition, count: number, name: string): Promise<Fields>;
  statistics(): Promise<GaussianStatistics>;
}
