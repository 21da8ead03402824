import { fast, published } from "../../lib/network/architectures";
import { forwardOperations } from "../../lib/network/operation-count";
import { assertClose } from "../assert-close";

describe("operations of one evaluation", () => {
  it("of the original's network: 20 convolutions of 7 taps and 64 channels, two projections, ten perceptrons, gain and bias", () => {
    const convolutions = 20 * 100 * 7 * 64 * 64;
    const projections = 2 * 100 * 2 * 64;
    const z = 3 + 32;
    const perceptrons = 10 * (z * 128 + 3 * 128 * 128);
    const expected = 2 * (convolutions + projections + perceptrons + z * 4);
    assertClose("operations", forwardOperations(published), expected, { within: 0.5 });
    assertClose("GFLOP of 2000 evaluations", (2000 * expected) / 1e9, 231, { within: 1 });
  });

  it("of the fast network: eight convolutions on 20 patches of five cells, two projections, one perceptron for all blocks", () => {
    const z = 3 + 32 + 1;
    const expected =
      2 *
      (8 * 20 * 3 * 64 * 64 + 20 * (5 * (fast.channelsIn + 1) * 64 + 64 * 10) + z * 128 + 128 * 128 + 4 * 128 * 128);
    assertClose("operations", forwardOperations(fast), expected, { within: 0.5 });
  });
});
