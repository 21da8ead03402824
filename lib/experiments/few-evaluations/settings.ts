/** Settings of the contest of few evaluations. */
import { evaluationSize } from "../sampling/settings";
import { type Part, settings } from "../settings";

export const fewEvaluationsSettings = settings(
  "fewEvaluations",
  evaluationSize.refine(
    ({ conditions }) => conditions >= 2,
    "conditions must be at least 2: differences need an error",
  ),
  {
    quick: { conditions: 8, generated: 2000, reference: 8000 },
    smoke: { conditions: 2, generated: 200, reference: 800 },
    full: { conditions: 20, generated: 4000, reference: 16000 },
  },
);
export type FewEvaluationsSettings = Part<typeof fewEvaluationsSettings>["fewEvaluations"];
