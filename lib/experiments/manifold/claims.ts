/** Distances of fields from the manifold of solutions as a table, and what is claimed of them. */
import { mannWhitney } from "../../diagnostics/memorisation";
import { holm } from "../../diagnostics/multiple-testing";
import { normalTail } from "../../numerics/distributions";
import { assertAtLeast } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import type { ManifoldResult, ManifoldSource } from "./stage";
import { meanWithError } from "../../numerics/statistics";

/** Distance of one kind of fields from the solution manifold, in one channel. */
export interface ManifoldRow {
  readonly fields: ManifoldSource;
  readonly channel: string;
  /** Geometric mean of the residuals in standard deviations of the ensemble, and its relative standard error. */
  readonly residual: number;
  readonly relativeError: number;
  /** Chance that a field of this kind is farther from the manifold than one of the solver; 1/2 for solver fields. */
  readonly farther: number;
  readonly z: number;
  /** One-sided, corrected for the number of rows (Holm). */
  readonly p: number;
}

/** One number for each kind of fields and channel, against the first solver ensemble. */
export function manifoldTable({ channels, residuals }: ManifoldResult): ManifoldRow[] {
  const others = ["PDE again", "model", "Gaussian baseline"] as const;
  const rows = others.flatMap((fields) =>
    channels.map(({ name: channel }) => {
      const own = residuals[fields][channel];
      const logs = own.map((r) => Math.log(Math.max(r, Number.MIN_VALUE)));
      const { mean, standardError: relativeError } = meanWithError(logs);
      const { share, z } = mannWhitney(residuals.PDE[channel], own);
      return { fields, channel, residual: Math.exp(mean), relativeError, farther: share, z };
    }),
  );
  const p = holm(rows.map(({ z }) => normalTail(z)));
  return rows.map((row, k) => ({ ...row, p: p[k] }));
}

/** The sentences about the manifold. `trained`: false where the network was trained for a test only. */
export function assertManifold(result: ManifoldResult, { trained = true }: { trained?: Trained } = {}): void {
  assertAtLeast("the inverse converges for solver fields", result.converged.PDE, 0.9);
  const table = manifoldTable(result);
  const row = (fields: ManifoldSource, channel: string) =>
    table.find((r) => r.fields === fields && r.channel === channel)!;
  for (const { name: channel } of result.channels) {
    assertAtLeast(
      `a second solver ensemble is as near the manifold as the first, ${channel}: p`,
      row("PDE again", channel).p,
      0.001,
    );
  }
  if (trained === false) return;
  for (const { name: channel } of result.channels) {
    const { z } = mannWhitney(result.residuals.model[channel], result.residuals["Gaussian baseline"][channel]);
    assertAtLeast(
      `the model's fields are nearer the manifold than a Gaussian's, ${channel}: z`,
      z,
      3,
      sizesOf(trained),
    );
  }
}
