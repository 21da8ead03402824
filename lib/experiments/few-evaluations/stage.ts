/**
 * Stage: what fewer evaluations of the mode flow lose. At held-out conditions the same starts are carried by few levels
 * and by many, with the steps that the model learnt and with those of the formula, and each ensemble is measured against
 * the same solver fields as in chapter 4. A second solver ensemble says what chance makes of every measure.
 */
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { controlledMoments } from "../../diagnostics/control-variates";
import { fieldSample } from "../../diagnostics/field-sample";
import { type ModeSampler, modeSampler } from "../../model/mode-flow";
import { atCondition, generateFields, modesOf, type ScoreModel } from "../../model/score-model";
import { stream } from "../../random/stream";
import { gridOf } from "../../transport/domain";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import { type Fidelity, fidelityTo } from "../sampling/fidelity";
import { heldOutConditions } from "../sampling/held-out";
import { solverSample } from "../sampling/solver-sample";
import type { FewEvaluationsSettings } from "./settings";

export interface FewEvaluationsInput extends Pick<Common, "seed" | "problem"> {
  readonly fewEvaluations: FewEvaluationsSettings;
}

/** One way to draw fields. */
export interface Contestant {
  readonly steps: "learnt" | "formula" | "solver";
  /** Of the network for one field; 0 for the solver. */
  readonly evaluations: number;
}

export interface FewEvaluations {
  readonly conditions: readonly Condition[];
  /** Fidelity at each of the conditions. */
  readonly contestants: readonly (Contestant & { readonly fidelity: readonly Fidelity[] })[];
}

/** Levels by the formula: as few as are learnt, and so many that more change nothing. */
const byFormula = [4, 6, 8, 12, 20] as const;

export function fewEvaluationsStage(model: () => Promise<ScoreModel>): Stage<FewEvaluationsInput, FewEvaluations> {
  return jsonStage({
    name: "few-evaluations",
    module: "lib/experiments/few-evaluations/stage.ts",
    run: async ({ seed, problem: { cells }, fewEvaluations: size }, { signal, progress }) => {
      const m = await model();
      const trained = modesOf(m, "the contest of few evaluations");
      const root = stream(seed).child("few evaluations");
      const conditions = heldOutConditions(m.problem, size.conditions, root.child("conditions"));
      const flows: [Contestant, ModeSampler][] = [
        ...(trained.learntSteps ?? []).map(({ levels: { length } }): [Contestant, ModeSampler] => [
          { steps: "learnt", evaluations: length },
          modeSampler(trained, { levels: length }),
        ]),
        ...byFormula.map((levels): [Contestant, ModeSampler] => [
          { steps: "formula", evaluations: levels },
          modeSampler(trained, { levels, learnt: false }),
        ]),
      ];
      const contestants = [...flows.map(([who]) => who), { steps: "solver", evaluations: 0 } as const].map((who) => ({
        ...who,
        fidelity: [] as Fidelity[],
      }));
      const solver = { problem: m.problem, cells, signal };
      const shape = { channels: m.problem.channels.length, cells: gridOf(m.problem, cells).cells };
      try {
        for (const [i, condition] of conditions.entries()) {
          const own = root.child(i);
          const at = atCondition(m, condition);
          const solved = await solverSample(solver, condition, size.reference, own.child("reference"));
          const reference = fieldSample(solved.fields, shape);
          const known = controlledMoments(reference, solved.start);
          const fidelityOf = fidelityTo(reference, known, own.child("diagnostics"));
          const network = own.child("network");
          const start = Float32Array.from(network.child("start").normals(size.generated * trained.modes)); // as generateFields draws it
          for (const [k, [, sampler]] of flows.entries()) {
            signal.throwIfAborted();
            progress(i * contestants.length + k, conditions.length * contestants.length, "few evaluations");
            const fields = await generateFields(m, at, size.generated, network, { sampler, signal });
            contestants[k].fidelity.push(fidelityOf(fieldSample(fields, shape), start));
          }
          const second = await solverSample(solver, condition, size.generated, own.child("second ensemble"));
          contestants[flows.length].fidelity.push(fidelityOf(fieldSample(second.fields, shape), second.start));
        }
      } finally {
        for (const [, flow] of flows) flow.dispose();
      }
      return { conditions, contestants };
    },
  });
}
