/**
 * What is compared with the solver: the network as the sampler asks, the same calibrated, and the conditional Gaussian
 * without it.
 */
import { modeSampler } from "../../model/mode-flow";
import { arraysOf, atCondition, generateFields, modesOf, type ScoreModel } from "../../model/score-model";
import type { Stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import { drawFields, evaluationsOf } from "../../model/draw-fields";
import type { SamplerSettings } from "../../model/sampler-settings";

/** "calibrated": the network with its drift corrected at each condition; only the mode flow can. */
export const contestants = ["network", "calibrated", "gaussian", "solver"] as const;

export type Contestant = (typeof contestants)[number];

export interface Drawn {
  readonly fields: Float64Array;
  /** What each field was made from [count, K], where a deterministic sampler carried it. */
  readonly start?: Float32Array;
}

export interface Contenders {
  /** Evaluations of the network for one field. */
  readonly evaluations: number;
  draw(
    condition: Condition,
    count: number,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<{
    samples: { network: Drawn; calibrated?: Drawn };
    seconds: { sampling: number; calibration: number };
  }>;
  /** The conditional Gaussian without the network. */
  gaussian(condition: Condition, count: number, stream: Stream): Promise<Drawn>;
  dispose(): void;
}

/** What is compared with the solver: the network as the sampler asks, and the Gaussian without it. */
export function contendersOf(
  model: ScoreModel,
  { sampler, schedule }: { sampler: SamplerSettings; schedule?: Common["schedule"] },
): Contenders {
  const gaussian = async (condition: Condition, count: number, s: Stream): Promise<Drawn> => ({
    fields: await generateFields(model, atCondition(model, condition), count, s.child("gaussian")),
  });
  const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const begun = performance.now();
    const result = await work();
    return [result, (performance.now() - begun) / 1000];
  };
  if (sampler.method !== "mode-flow") {
    if (!schedule) throw new Error("evaluation: a process in time needs its schedule");
    return {
      evaluations: evaluationsOf(sampler),
      draw: async (condition, count, s, signal) => {
        const [fields, sampling] = await timed(() =>
          drawFields(model, [condition], count, s.child("network"), { sampler, schedule, signal }),
        );
        return { samples: { network: { fields } }, seconds: { sampling, calibration: 0 } };
      },
      gaussian,
      dispose: () => undefined,
    };
  }
  const { modes } = modesOf(model, "evaluation by the mode flow");
  const flow = modeSampler(modesOf(model, "evaluation by the mode flow"), { levels: sampler.steps });
  return {
    evaluations: flow.evaluations,
    draw: async (condition, count, s, signal) => {
      const at = atCondition(model, condition);
      const own = s.child("network");
      const name = `condition ${JSON.stringify(condition)}`;
      const start = Float32Array.from(own.child("start").normals(count * modes)); // as generateFields draws it
      const [fields, sampling] = await timed(() =>
        generateFields(model, at, count, own, { sampler: flow, name, signal }),
      );
      const [calibration, calibrating] = await timed(() =>
        flow.calibrate(arraysOf(at), s.child("calibration"), { name, signal }),
      );
      const corrected = await generateFields(model, at, count, own, { sampler: flow, name, calibration, signal });
      return {
        samples: {
          network: { fields, start },
          calibrated: { fields: corrected, start },
        },
        seconds: { sampling, calibration: calibrating },
      };
    },
    gaussian,
    dispose: () => flow.dispose(),
  };
}
