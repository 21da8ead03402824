/**
 * An experiment: a result of the study and all that belongs to it, in one folder.
 *   settings.ts   its part of the configuration: schema, and values for each preset
 *   stage.ts      its computation, stored under data/
 *   figures.ts    how its result is shown, a file for each figure beside it
 *   claims.ts     what its chapter concludes, as checks
 *   index.ts      its entry: settings, and the job that a configuration asks for
 * registry.ts enters them by the names of their folders. A stage imports types alone of the settings, and nothing of
 * figures and claims: its result does not depend on them.
 */
import type { Key, Stage } from "../cache/stage";
import type { GaussianStatistics } from "../gaussian/conditional-gaussian";
import type { ScoreModel } from "../model/score-model";
import type { AnySchema } from "./schema";
import type { Settings } from "./settings";

/** A result of the study: where it is or will be stored, and its value, computed once somebody asks. */
export interface Artifact<A> {
  key(): Key;
  value(): Promise<A>;
}

/** A stage with its input, and the artifacts that it is made from. */
export interface Job<A> {
  readonly stage: Stage<unknown, A>;
  readonly input: unknown;
  readonly upstream: readonly Artifact<unknown>[];
}

export function job<I, A>(stage: Stage<I, A>, input: I, upstream: readonly Artifact<unknown>[] = []): Job<A> {
  return { stage: stage as Stage<unknown, A>, input, upstream };
}

/** What experiments are made from. */
export interface Chain {
  /** The conditional Gaussian. */
  readonly statistics: Artifact<GaussianStatistics>;
  /** The model of the configuration. */
  readonly model: Artifact<ScoreModel>;
  /** The model for white noise, which serves every schedule and start law. */
  readonly isotropicModel: Artifact<ScoreModel>;
  /** A job of an experiment's own, before its last one. */
  artifact<A>(job: Job<A>): Artifact<A>;
}

/**
 * `C`: what it reads of a configuration. `O`: what is said beside the configuration, where several of one kind are
 * asked for.
 */
export interface Experiment<C, A, O extends readonly unknown[] = readonly []> {
  /** Its own, or those of another experiment that it shares. */
  readonly settings: readonly Settings<string, AnySchema>[];
  job(configuration: C, chain: Chain, ...options: O): Job<A> | Promise<Job<A>>;
}
