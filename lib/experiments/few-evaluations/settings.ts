/** Settings of the contest of few evaluations. */
import { z } from "../schema";
import { type Part, settings, whole } from "../settings";

export const fewEvaluationsSettings = settings(
  "fewEvaluations",
  z.strictObject({
    /** Held-out conditions. */
    conditions: whole(2, 1000),
    /** Generated fields and solver fields at each. */
    generated: whole(50, 1e6),
    reference: whole(100, 1e6),
  }),
  {
    quick: { conditions: 8, generated: 2000, reference: 8000 },
    smoke: { conditions: 2, generated: 200, reference: 800 },
    full: { conditions: 20, generated: 4000, reference: 16000 },
  },
);
export type FewEvaluationsSettings = Part<typeof fewEvaluationsSettings>["fewEvaluations"];
