/**
 * Settings of the ablation: how the network is told its condition, contestants of equal cost, several trainings of
 * each.
 */
import { type Infer, z } from "../schema";
import { noiseBands, positive, settings, whole } from "../settings";

const schema = z
  .strictObject({
    /** Trainings of each contestant. */
    seeds: whole(2, 100),
    /** Of the network that is told everything by FiLM; the others follow from equal cost. */
    width: whole(4, 512),
    hidden: whole(4, 1024),
    /** Whitened modes of the contest inside the conditional Gaussian. */
    modes: whole(2, 400),
    steps: whole(20),
    batch: whole(16, 65536),
    learningRate: positive,
    /** Conditions for training, and for the held-out loss inside and just outside the box; porosities at each. */
    conditions: whole(16, 1e6),
    porosities: whole(8, 1e6),
    heldOutConditions: whole(8, 1e6),
    /** How far outside: half-widths of a condition's range. */
    outside: positive.max(1),
    /**
     * Conditions, inside and outside, at which fields are generated; generated and solver fields at each; steps of the
     * sampler.
     */
    testConditions: whole(8, 10000),
    generated: whole(16, 1e6),
    reference: whole(50, 1e6),
    samplerSteps: whole(4, 10000),
  })
  .refine(({ batch }) => batch % (4 * noiseBands) === 0, {
    path: ["batch"],
    message:
      `ablation.batch must be a multiple of ${4 * noiseBands}: antithetic pairs of two fields in ${noiseBands} ` +
      "bands of noise levels",
  });

export const ablationSettings = settings("ablation", schema, {
  quick: {
    seeds: 3,
    width: 32,
    hidden: 64,
    modes: 16,
    steps: 800,
    batch: 64,
    learningRate: 3e-3,
    conditions: 512,
    porosities: 64,
    heldOutConditions: 64,
    outside: 0.2,
    testConditions: 16,
    generated: 100,
    reference: 1000,
    samplerSteps: 30,
  },
  smoke: {
    seeds: 2,
    width: 16,
    hidden: 32,
    modes: 8,
    steps: 40,
    batch: 32,
    conditions: 32,
    porosities: 16,
    heldOutConditions: 16,
    testConditions: 8,
    generated: 32,
    reference: 100,
    samplerSteps: 10,
  },
  full: { seeds: 8, width: 48, hidden: 128, steps: 8000, conditions: 2048, generated: 500, reference: 4000 },
});
export type AblationSettings = Infer<typeof schema>;
