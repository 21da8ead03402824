import { checkProblem } from "../../lib/transport/check-problem";
import { conduction2d } from "../../lib/transport/conduction-2d";

describe("conduction-2d", () => {
  it("holds to what a problem promises: named axes, conditions, the same numbers twice, affine in functions of its source", () => {
    checkProblem("conduction-2d", conduction2d);
  });
});
