import assert from "node:assert";
import { assertClose } from "../assert-close";
import { stream, streamOf } from "../../lib/random/stream";

const root = stream(20260205);

function correlation(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, ai, i) => sum + ai * b[i], 0) / a.length;
}

describe("named streams", () => {
  it("the same seed and names give the same numbers, others do not", () => {
    const draw = (seed: number, name: string) => stream(seed).child(name).uniforms(8);
    assert.deepStrictEqual(draw(1, "a"), draw(1, "a"));
    assert.notDeepStrictEqual(draw(1, "a"), draw(2, "a"));
    assert.notDeepStrictEqual(draw(1, "a"), draw(1, "b"));
    assert.notDeepStrictEqual(draw(1, "a"), draw(1 + 2 ** 32, "a"));
  });

  it("the numbers of a path never change: they are part of every stored result", () => {
    const s = stream(7).child("porosity").child(3);
    assert.strictEqual(s.path, "7/porosity/3");
    assert.deepStrictEqual([...s.uniforms(2)], FROZEN.uniforms);
    assert.deepStrictEqual([...s.integers(4, 1000)], FROZEN.integers);
    assert.deepStrictEqual([...s.seed], FROZEN.seed);
  });

  it("element k depends on k alone: not on how many are asked for, nor on where the request starts", () => {
    const all = root.child("all");
    const draws = {
      uniforms: (n: number, from: number) => all.uniforms(n, from),
      normals: (n: number, from: number) => all.normals(n, from),
      integers: (n: number, from: number) => all.integers(n, 1_500_000_000, from),
    };
    for (const [name, draw] of Object.entries(draws)) {
      const whole = draw(5000, 0);
      for (const [count, offset] of [
        [1, 0],
        [1, 1],
        [7, 2],
        [6, 3],
        [2500, 0],
        [2499, 2501],
        [0, 17],
      ]) {
        const part = draw(count, offset);
        assert.deepStrictEqual([...part], [...whole.subarray(offset, offset + count)], `${name} ${offset}+${count}`);
      }
    }
  });

  it("a path is an identity: the number 3 and the text '3' are one child, and a stream can be restored", () => {
    assert.deepStrictEqual(root.child(3).identity, root.child("3").identity);
    assert.notDeepStrictEqual(root.child("03").identity, root.child("3").identity);
    const s = root.child("conditions");
    assert.deepStrictEqual(streamOf(s.identity, s.path).child("x").normals(5), s.child("x").normals(5));
  });

  it("no two of 30,000 children of like names share an identity, a key or a first number", () => {
    const children = [
      ...Array.from({ length: 10000 }, (_, i) => root.child(i)),
      ...Array.from({ length: 10000 }, (_, i) => root.child(`n${i}`)),
      ...Array.from({ length: 100 }, (_, i) => root.child(i)).flatMap((c) =>
        Array.from({ length: 100 }, (_, j) => c.child(j)),
      ),
    ];
    assert.strictEqual(new Set(children.map((c) => c.identity.join())).size, children.length);
    assert.strictEqual(new Set(children.map((c) => c.identity.slice(0, 2).join())).size, children.length);
    assert.strictEqual(new Set(children.map((c) => c.uniforms(1)[0])).size, children.length);
  });

  it("children, their parent and neighbouring numbers are uncorrelated", () => {
    const n = 200_000;
    const within = 5 / Math.sqrt(n);
    const [parent, first, second] = [root, root.child(0), root.child(1)].map((s) => s.normals(n));
    assertClose("parent and child", correlation(parent, first), 0, { within });
    assertClose("siblings", correlation(first, second), 0, { within });
    assertClose("neighbours", correlation(first.subarray(1), first.subarray(0, n - 1)), 0, { within });
    assertClose("second neighbours", correlation(first.subarray(2), first.subarray(0, n - 2)), 0, { within });
  });

  it("the first numbers of many children are independent normals too", () => {
    const n = 50_000;
    const firsts = Float64Array.from({ length: n }, (_, i) => root.child("fields").child(i).normals(1)[0]);
    assertClose("mean", firsts.reduce((a, b) => a + b, 0) / n, 0, { within: 5 / Math.sqrt(n) });
    assertClose("variance", correlation(firsts, firsts), 1, { within: 5 * Math.sqrt(2 / n) });
    assertClose("neighbours", correlation(firsts.subarray(1), firsts.subarray(0, n - 1)), 0, {
      within: 5 / Math.sqrt(n),
    });
  });

  it("uniforms fill 1000 cells evenly (chi-square within five standard deviations) and stay inside (0, 1)", () => {
    const n = 1_000_000;
    const cells = new Float64Array(1000);
    for (const u of root.child("uniforms").uniforms(n)) {
      assert.ok(u > 0 && u < 1);
      cells[Math.floor(1000 * u)]++;
    }
    const chiSquare = cells.reduce((sum, c) => sum + (c - n / 1000) ** 2 / (n / 1000), 0);
    assertClose("chi-square", chiSquare, 999, { within: 5 * Math.sqrt(2 * 999) });
  });

  it("uniforms carry random bits down to the 52nd", () => {
    const lowest = root
      .child("bits")
      .uniforms(20_000)
      .map((u) => Math.floor(u * 2 ** 52) % 2);
    assertClose("share of ones", lowest.reduce((a, b) => a + b, 0) / 20_000, 0.5, { within: 2.5 / Math.sqrt(20_000) });
  });

  for (const bound of [1, 2, 10, 1_431_655_766, 2 ** 31]) {
    it(`integers below ${bound} are equally likely (the rejected remainder included)`, () => {
      const n = 50_000;
      const draws = root.child("integers").integers(n, bound);
      assert.ok(draws.every((k) => k >= 0 && k < bound));
      const mean = draws.reduce((a, b) => a + b, 0) / n;
      const sd = Math.sqrt((bound * bound - 1) / 12);
      assertClose("mean", mean, (bound - 1) / 2, { within: (5 * sd) / Math.sqrt(n) + 1e-12 });
    });
  }

  it("refuses seeds, names, counts and bounds that mean nothing", () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) assert.throws(() => stream(seed), /stream: the seed must be/);
    for (const name of ["", "a/b", -1, 0.5, NaN]) assert.throws(() => root.child(name), /child's name/);
    for (const count of [-1, 0.5, NaN]) assert.throws(() => root.normals(count), /a count and an offset/);
    for (const bound of [0, 2.5, 2 ** 31 + 1, NaN]) assert.throws(() => root.integers(1, bound), /whole bound/);
  });
});

const FROZEN = {
  uniforms: [0.3192941522748093, 0.44422151306292645],
  integers: [731, 61, 335, 196],
  seed: [1492156424, 158546277],
};
