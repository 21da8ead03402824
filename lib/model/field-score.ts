/**
 * A score at one condition as a cell works with it: on typed fields, in SI units, with the units of the network inside.
 * Of a finite ensemble it is exact and needs no training; of a trained model it is the network's. One schedule is
 * chosen when it is made,
 *   x_t = alpha(t) x_0 + sigma(t) z,   z ~ N(0, I),   0 < t <= 1,   in network units.
 */
import { ensembleScore } from "../diffusion/ensemble-score";
import { gaussianScore } from "../diffusion/exact-score";
import { reversePath } from "../diffusion/reverse-path";
import { sample } from "../diffusion/sample";
import { type Schedule, type VariancePreserving, variancePreserving } from "../diffusion/schedule";
import { denoised, noiseLevel, type ResidentScore } from "../diffusion/score";
import { matchedTo, type Start } from "../diffusion/start";
import { Fields } from "../fields/fields";
import { normalisation } from "../fields/normalisation";
import { sameShape, type Shape } from "../fields/shape";
import type { Normalisation } from "../fields/units";
import { leadingGaussian } from "../gaussian/ensemble-law";
import type { GaussianLaw } from "../gaussian/principal-law";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { shapeOf } from "../transport/domain";
import type { Condition } from "../transport/problem";
import type { SamplerSettings } from "./sampler-settings";
import { atCondition, checkSchedule, scoreAt, type ScoreModel } from "./score-model";

/** How the reverse process goes: by default 100 steps of Heun's method for the reverse SDE, from matched moments. */
export interface ReverseOptions {
  readonly method?: Exclude<SamplerSettings["method"], "mode-flow">;
  readonly start?: SamplerSettings["start"];
  readonly steps?: number;
}

/** Modes that the exact scores of an ensemble resolve. */
const exactModes = 64;

const standard: Required<ReverseOptions> = { method: "reverse-sde-heun", start: "matched moments", steps: 100 };

/** Noises, denoises and draws fields with one score and one schedule. Dispose it where many are made. */
export class FieldScore {
  constructor(
    private readonly score: ResidentScore,
    /** Mean and covariance of the fields in network units: what a start with matched moments is matched to. */
    readonly law: GaussianLaw,
    readonly shape: Shape,
    /** One mean and one standard deviation a channel, SI units: the units of the network. */
    readonly normalisation: Normalisation,
    readonly schedule: Schedule,
  ) {}

  /**
   * How much of a field is left at time t, and how much noise there is beside it: alpha and sigma, in network units.
   */
  noise(t: number): { readonly alpha: number; readonly sigma: number } {
    return { alpha: this.schedule.alpha(t), sigma: this.schedule.sigma(t) };
  }

  /** The forward process: alpha x_0 + sigma z for each field, with noise z from the stream. A copy. */
  noised(fields: Fields, t: number, stream: Stream): Fields {
    this.check("noised", fields, t);
    const { alpha, sigma } = this.noise(t);
    const x0 = fields.toNetwork(this.normalisation);
    const z = stream.normals(x0.values.length);
    return this.inSI(x0.values.map((x, k) => alpha * x + sigma * z[k]));
  }

  /** The best guess of the clean field in each noisy one, its conditional mean E[x_0 | x_t]. A copy. */
  denoised(noisy: Fields, t: number): Fields {
    this.check("denoised", noisy, t);
    const rows = this.rows(noisy);
    const clean = tf.tidy(() =>
      denoised(this.score, rows, noiseLevel(this.schedule, t), this.score.constants).dataSync(),
    );
    rows.dispose();
    return this.inSI(clean);
  }

  /** `count` fields by the reverse process and a last denoising step. */
  async sample(count: number, stream: Stream, options: ReverseOptions = {}): Promise<Fields> {
    const { score, schedule } = this;
    const { method, start, steps } = { ...standard, ...options };
    const dimension = this.law.dimension;
    const request = { score, schedule, dimension, count, stream, method, steps, start: this.startOf(start) };
    const end = await sample(request);
    const values = end.dataSync();
    end.dispose();
    return this.inSI(values);
  }

  /**
   * The reverse process of `count` fields, state by state from the start on: `steps` + 1 of them, before the last
   * denoising step.
   */
  path(count: number, stream: Stream, options: ReverseOptions = {}): { readonly t: number; readonly fields: Fields }[] {
    const { score, schedule } = this;
    const { method, start, steps } = { ...standard, ...options };
    const dimension = this.law.dimension;
    const request = {
      score,
      schedule,
      dimension,
      count,
      stream,
      method: { name: method },
      steps,
      start: this.startOf(start),
    };
    return reversePath(request).map(({ t, values }) => ({ t, fields: this.inSI(values) }));
  }

  /** Releases the tensors of the score. */
  dispose(): void {
    this.score.dispose();
  }

  private startOf(start: SamplerSettings["start"]): Start {
    return start === "standard normal" ? { law: "standard normal" } : matchedTo(this.law);
  }

  private rows(fields: Fields): tf.Tensor2D {
    return tf.tensor2d(Float32Array.from(fields.toNetwork(this.normalisation).values), [fields.count, fields.size]);
  }

  private inSI(values: ArrayLike<number>): Fields {
    return new Fields(Float64Array.from(values), this.shape, "network").toSI(this.normalisation);
  }

  private check(method: string, fields: Fields, t: number): void {
    if (!sameShape(fields.shape, this.shape)) {
      throw new RangeError(`${method}: fields of the channels and the grid of this score are needed, got others`);
    }
    if (!(t >= 0 && t <= this.schedule.tMax)) {
      throw new RangeError(`${method}: t lies between 0 and ${this.schedule.tMax}, got ${t}`);
    }
  }
}

/**
 * The exact score of an ensemble: "gaussian" of the normal law with its mean and covariance, "empirical" of the very
 * fields (what a network that is trained on them for ever learns). No network, no training.
 */
export function exactScore(
  fields: Fields,
  kind: "gaussian" | "empirical" = "gaussian",
  schedule: Partial<VariancePreserving> = {},
): FieldScore {
  const units = normalisation(fields);
  const { values } = fields.toNetwork(units);
  const law = leadingGaussian(values, fields.count, exactModes);
  const score = kind === "gaussian" ? gaussianScore(law) : ensembleScore(values, fields.count, law);
  return new FieldScore(score, law, fields.shape, units, variancePreserving(schedule));
}

/**
 * The score of a trained model at a condition; its schedule is the one of its training, or any for a network of modes
 * that was trained with white noise (`study.isotropicModel()`). Throws UserError for a condition outside the model's
 * box and for a model that serves no such schedule.
 */
export function modelScore(
  model: ScoreModel,
  condition: Condition,
  schedule: Partial<VariancePreserving> = {},
): FieldScore {
  const trained = model.trained.kind === "score" ? model.trained.schedule : {};
  const complete = { betaMin: 0.001, betaMax: 20, tMin: 1e-4, ...trained, ...schedule };
  checkSchedule(model, complete);
  const at = atCondition(model, condition);
  const { normalisation: units, cells } = model.statistics;
  const shape = shapeOf(model.problem, cells);
  return new FieldScore(scoreAt(model, at), at.law, shape, units, variancePreserving(complete));
}
