import assert from "node:assert/strict";
import { type Architecture, smoke } from "../../lib/network/architectures";
import { withConditionChannels } from "../../lib/network/conditions-as-channels";
import { costOf, equalShare } from "../../lib/network/equal-share";
import { scoreNetwork } from "../../lib/network/score-network";
import { assertClose } from "../assert-close";

const whole: Architecture = { ...smoke, name: "whole", channelsIn: 2, width: 32, film: { ...smoke.film, hidden: 64 } };

describe("the cost of a network", () => {
  it("counts every weight as often as it multiplies, written out for a network of one block", () => {
    const a: Architecture = { ...smoke, channelsIn: 2, dilations: [1], width: 6, film: { ...smoke.film, hidden: 7 } };
    const z = 3 + 2 * 4 + 1; // conditions, sin and cos of four frequencies, the level itself
    const along = 5 * 3 * 6 + 2 * 3 * 6 * 6 + 6 * 5 * 2;
    const once = z * 7 + 7 * 7 + 7 * 2 * 6;
    const { parameters, multiplications } = costOf(a);
    assert.equal(multiplications, 20 * along + once);
    assert.equal(parameters, scoreNetwork(a).size);
  });

  it("is the same for FiLM, concatenation and no conditioning to 0.2 %, and to 4 % for conditions as channels", () => {
    const film = costOf(whole);
    const others: [Architecture, number][] = [
      [{ ...whole, conditioning: "concatenated" }, 2e-3],
      [{ ...whole, conditioning: "none" }, 0],
      [withConditionChannels(whole), 0.04],
    ];
    for (const [a, within] of others) {
      const cost = costOf(a);
      for (const key of ["parameters", "multiplications"] as const) {
        assertClose(`${a.name}, ${a.conditioning}: ${key}`, cost[key] / film[key], 1, { within });
      }
    }
  });
});

describe("networks of an equal share", () => {
  for (const parts of [1, 4, 8]) {
    it(`${parts} of them have together the parameters and the multiplications of one, to 7 %`, () => {
      const [one, share] = [costOf(whole), costOf(equalShare(whole, parts))];
      assertClose("parameters", (parts * share.parameters) / one.parameters, 1, { within: 0.07 });
      assertClose("multiplications", (parts * share.multiplications) / one.multiplications, 1, { within: 0.07 });
    });
  }

  it("a network too small to be cut is refused", () => {
    assert.throws(() => equalShare({ ...whole, width: 4 }, 64), /cannot be cut into 64 networks of equal cost/);
    assert.throws(() => equalShare(whole, 1.5), /positive whole number, got 1.5/);
  });
});
