/**
 * Entry: one model for all pairs of boundary kinds against its rivals at equal cost: the pair told as channels, and a
 * model of its own for each pair.
 */
import { stream } from "../../random/stream";
import { valuesOf } from "../../ensemble/conditions";
import { problemAs } from "../../transport/problems";
import { ofConduction, type Own } from "../boundary-configurations/index";
import { heldOutOf } from "../boundary-configurations/conditions";
import { boundariesSettings } from "../boundary-configurations/settings";
import type { Artifact, Chain, Experiment } from "../experiment";
import { job } from "../experiment";
import { trainingData } from "../training-data/index";
import { training } from "../training/index";
import type { TrainedScoreModel } from "../training/stage";
import { contestStage, type Rivals } from "./stage";

/** Fields at a held-out condition of a training, at least. */
const fewest = 8;

/**
 * The configuration of a model for one pair alone, of `pairs`: a training as long as its share of the one for all, on
 * its share of the conditions. Its moving average spans the same share of the training.
 */
function ofOnePair<C extends Own>(c: C, boundary: number, pairs: number): C {
  const share = (n: number, least: number): number => Math.max(least, Math.round(n / pairs));
  const { training: t, ensemble } = c;
  return {
    ...c,
    held: { boundary },
    ensemble: {
      ...ensemble,
      conditions: share(ensemble.conditions, fewest),
      heldOutConditions: share(ensemble.heldOutConditions, fewest),
    },
    training: {
      ...t,
      steps: share(t.steps, 1),
      warmUp: share(t.warmUp, 0),
      average: Math.max(0, 1 - pairs * (1 - t.average)),
      trialFields: 2 * share(t.trialFields / 2, 0),
    },
  };
}

export const boundaryContest = {
  settings: [boundariesSettings],
  job: (given: Own, { artifact }: Chain) => {
    const c = ofConduction(given);
    const { seed, boundaries, sampler } = c;
    const p = problemAs(c.problem);
    const pairs = valuesOf(p.conditions.find(({ name }) => name === "boundary")!);
    const statistics = artifact(trainingData.job(c)); // one conditional Gaussian for all
    const trained = (own: Own): Artifact<TrainedScoreModel> => artifact(training.job(own, { statistics }));
    const film = trained({ ...c, network: { ...c.network, conditioning: "film" } });
    const channels = trained({ ...c, network: { ...c.network, conditioning: "concatenated" } });
    const each = pairs.map((boundary) => trained(ofOnePair(c, boundary, pairs.length)));
    const input = {
      seed,
      problem: c.problem,
      levels: sampler.steps,
      generated: boundaries.generated,
      reference: boundaries.reference,
      at: heldOutOf(p, boundaries, stream(seed).child("boundary configurations")),
    };
    const rivals: Rivals = {
      film: () => film.value(),
      channels: () => channels.value(),
      each: (boundary) => each[pairs.indexOf(boundary)].value(),
    };
    return job(contestStage(rivals), input, [film, channels, ...each]);
  },
} satisfies Experiment<never, unknown>;
