import assert from "node:assert/strict";
import { stream } from "../../lib/random/stream";
import { divergenceWindow, watchDivergence } from "../../lib/training/divergence";

/** The step at which losses l_0, l_1, .. rise tenfold, or undefined. */
function noticedAt(losses: Iterable<number>): number | undefined {
  const watch = watchDivergence();
  let step = 0;
  for (const loss of losses) {
    watch.add(loss);
    if (watch.rise() >= 10) return step;
    step++;
  }
  return undefined;
}

describe("noticing divergence", () => {
  const noise = stream(3).child("loss").normals(20_000);

  it("a healthy loss never trips it, though one step in thirty is tenfold its level", () => {
    // log-normal about a level that falls from 1 to 0.1: 10 = exp(1.25 * 1.84), which 3.3 % of the steps exceed
    const losses = Array.from(noise, (z, i) => Math.exp(1.25 * z) * (0.1 + 0.9 * Math.exp(-i / 500)));
    assert.ok(
      losses.slice(5000).filter((loss) => loss > 1).length > 300,
      "the single losses are as wild as they should be",
    );
    assert.equal(noticedAt(losses), undefined);
  });

  it("single spikes of any height do not trip it, half a window of them does", () => {
    const spikes = (count: number): number[] => [...Array<number>(100).fill(1), ...Array<number>(count).fill(1e30)];
    assert.equal(noticedAt(spikes(divergenceWindow / 2 - 1)), undefined);
    assert.equal(noticedAt(spikes(divergenceWindow / 2)), 99 + divergenceWindow / 2);
  });

  for (const { how, loss } of [
    { how: "at once", loss: (i: number) => (i < 1000 ? 1 : 12) },
    { how: "exponentially", loss: (i: number) => Math.exp(Math.max(0, i - 1000) / 50) },
    {
      how: "at once, for a loss about zero of either sign",
      loss: (i: number) => (i % 2 ? -1 : 1) * (i < 1000 ? 1 : 12),
    },
  ]) {
    it(`a loss that rises tenfold ${how} is noticed within a window of the moment it has`, () => {
      const losses = Array.from({ length: 2000 }, (_, i) => loss(i) * Math.exp(0.3 * noise[i]));
      const risen = Array.from({ length: 2000 }, (_, i) => i).find((i) => Math.abs(loss(i)) >= 10) ?? 0;
      const at = noticedAt(losses);
      assert.ok(at !== undefined && at > 1000 && at < risen + divergenceWindow, `risen at ${risen}, noticed at ${at}`);
    });
  }

  it("its state carries over: watching in two parts is watching at once", () => {
    const whole = watchDivergence();
    let part = watchDivergence();
    for (let i = 0; i < 300; i++) {
      whole.add(noise[i]);
      part.add(noise[i]);
      if (i % 37 === 0)
        part = watchDivergence(
          JSON.parse(JSON.stringify(part.state()), (_, x: unknown) => x ?? Infinity) as ReturnType<typeof part.state>,
        );
      assert.equal(part.rise(), whole.rise());
    }
  });
});
