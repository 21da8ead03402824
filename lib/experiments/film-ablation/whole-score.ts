/**
 * The experiments on networks that learn the whole score: no conditional Gaussian inside, data normalised by one mean
 * and one standard deviation a channel, so that all a model knows of the condition came through its network.
 */
import { generateEnsemble } from "../../ensemble/generate";
import { normalisation } from "../../fields/normalisation";
import type { Normalisation } from "../../fields/units";
import type { Stream } from "../../random/stream";
import { tf } from "../../graph/tensorflow";
import { type FieldPool, fieldPool } from "../../training/field-pool";
import type { Problem } from "../../transport/problem";
import type { Common } from "../common-settings";
import { encodedCondition } from "../../ensemble/conditions";
import { rowAt } from "../../numerics/rows";
import { drawByRegime, drawOutside, regimesOf } from "./conditions";
import { velocityObjective } from "../../training/velocity-objective";
import { ablationArchitecture } from "./contestants";
import type { Contest, ContestOptions } from "./contest";

/**
 * Fields from which the mean and the standard deviation of a channel are taken: this many conditions, one field each.
 */
const normalisedBy = 1024;

export async function wholeScore(
  p: Problem,
  cells: number,
  schedule: Common["schedule"],
  { settings, root, signal, onProgress }: ContestOptions,
): Promise<Contest & { readonly normalisation: Normalisation }> {
  const regimes = regimesOf(p).names;
  const R = regimes.length;
  const units = await networkUnits(p, cells, root);
  const each = (conditions: number): number => Math.max(1, Math.round(conditions / R));
  const heldOut = each(settings.heldOutConditions);
  const total = (each(settings.conditions) + 2 * heldOut) * R * settings.porosities;
  let solved = 0;
  const pool = async (name: string, conditions: FieldPool["conditions"]): Promise<FieldPool> => {
    const made = await fieldPool({
      problem: p,
      normalisation: units,
      cells,
      conditions,
      count: settings.porosities,
      stream: root.child(name),
      signal,
      onProgress: (done) => onProgress?.(solved + done, total),
    });
    solved += conditions.length * settings.porosities;
    return { ...made, features: Float32Array.from(conditions.flatMap((c) => encodedCondition(p, c))) };
  };
  const conditionsOf = (name: string): Stream => root.child(name).child("conditions");
  const pools = {
    training: await pool("training", drawByRegime(p, each(settings.conditions), conditionsOf("training"))),
    inside: await pool("inside", drawByRegime(p, heldOut, conditionsOf("inside"))),
    outside: await pool("outside", drawOutside(p, heldOut, settings.outside, conditionsOf("outside"))),
  };
  const P = pools.training.features.length / pools.training.conditions.length;
  const channels = p.channels.length;
  return {
    architecture: ablationArchitecture(settings, { cells, channelsIn: channels, channelsOut: channels, conditions: P }),
    regimes,
    normalisation: units,
    objective: (network, data, regime) => {
      const all = pools[data];
      const batch = data === "training" ? settings.batch : Math.max(8, 8 * Math.round(1024 / R / 8));
      return velocityObjective(
        network,
        regime === undefined ? all : part(all, regime, R),
        root.child(`${data} noise`),
        { batch, schedule },
      );
    },
    shuffledFeatures: (s) => {
      const order = permutation(pools.training.conditions.length, s);
      const values = order.flatMap((k) => [...rowAt(pools.training.features, k, P)]);
      return tf.tensor2d(values, [order.length, P]);
    },
  };
}

/** Network units: over the whole box, whatever the condition. */
export async function networkUnits(problem: Problem, cells: number, root: Stream): Promise<Normalisation> {
  const R = regimesOf(problem).names.length;
  const stream = root.child("units");
  const conditions = drawByRegime(problem, Math.ceil(normalisedBy / R), stream.child("conditions"));
  const { fields } = await generateEnsemble({ problem, conditions, count: 1, cells, stream });
  return normalisation(fields);
}

/** The conditions of one regime. */
function part(pool: FieldPool, regime: number, regimes: number): FieldPool {
  const n = pool.conditions.length / regimes;
  const rows = (values: Float32Array): Float32Array => {
    const size = values.length / pool.conditions.length;
    return rowAt(values, regime, n * size);
  };
  const conditions = pool.conditions.slice(regime * n, (regime + 1) * n);
  return { ...pool, conditions, fields: rows(pool.fields), features: rows(pool.features) };
}

/** A random order of 0 .. n - 1. */
export function permutation(n: number, s: Stream): number[] {
  const key = s.uniforms(n);
  return Array.from({ length: n }, (_, k) => k).sort((a, b) => key[a] - key[b]);
}
