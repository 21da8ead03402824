import assert from "node:assert";
import { assertClose } from "../assert-close";
import { drawConditions } from "../../lib/ensemble/conditions";
import { generateChunks, generateEnsemble, generateResponses, type GenerateOptions } from "../../lib/ensemble/generate";
import { closePool } from "../../lib/threads/pool";
import { gaussianProcess } from "../../lib/porosity/gaussian-process";
import { porosity } from "../../lib/porosity/law";
import { stream } from "../../lib/random/stream";
import { UserError } from "../../lib/errors/user-error";
import { gridOf } from "../../lib/transport/domain";
import type { Problem } from "../../lib/transport/problem";
import { affineOf } from "../../lib/transport/affine";
import { problem } from "../../lib/transport/problems";
import { toyProblem } from "./toy-problem";

const published = problem("electrode-published");
const toy = toyProblem();
const two = [
  { l: 1e-5, U0: 0.1, F_right: 10, side: 0 },
  { l: 4e-6, U0: -0.1, F_right: 30, side: 1 },
];
const toyOptions: GenerateOptions = { problem: toy, conditions: two, count: 10, stream: stream(1), keepPorosity: true };
const publishedOptions: GenerateOptions = {
  problem: published,
  conditions: drawConditions(published, 7, stream(3)),
  count: 60,
  stream: stream(3),
  cells: 60,
};
const bits = (a: Float64Array) => Buffer.from(a.slice().buffer).toString("base64");

after(closePool);

describe("ensembles", () => {
  it("field k of condition i is the solution for porosity sample k of the stream porosity/i", async () => {
    const { fields, porosity: eps } = await generateEnsemble(toyOptions);
    assert.deepStrictEqual(
      [fields.channels, fields.cells, fields.values.length, eps!.values.length],
      [2, 12, 2 * 10 * 2 * 12, 2 * 10 * 12],
    );
    for (const [i, k] of [
      [0, 0],
      [0, 9],
      [1, 0],
      [1, 7],
    ]) {
      const process = gaussianProcess({ cells: 12, length: toy.domain[0].length, correlationLength: two[i].l });
      const expected = porosity(process.sample(stream(1).child("porosity").child(i).child(k)));
      const at = i * 10 + k;
      assert.deepStrictEqual(eps!.field(at), expected);
      assert.deepStrictEqual(
        fields.profile(at, "c"),
        expected.map((e) => e + two[i].U0),
      );
      const phi = expected.map((e) => 2 * e * two[i].F_right + 3 * (1 + two[i].U0));
      assert.deepStrictEqual(fields.profile(at, "phi"), phi);
    }
  });

  it("1, 2 and 8 threads give the same bits, and so does every problem's own solver", async () => {
    const runs = [];
    for (const workers of [1, 2, 8])
      runs.push(await generateEnsemble({ ...publishedOptions, workers, keepPorosity: true }));
    assert.strictEqual(bits(runs[1].fields.values), bits(runs[0].fields.values));
    assert.strictEqual(bits(runs[2].fields.values), bits(runs[0].fields.values));
    assert.strictEqual(bits(runs[2].porosity!.values), bits(runs[0].porosity!.values));
    const out = new Float64Array(120);
    const eps = runs[0].porosity!.field(413);
    published.solver(gridOf(published, 60)).solve(eps, publishedOptions.conditions[6], out);
    assert.strictEqual(bits(out), bits(runs[1].fields.field(413)));
  });

  it("field k does not depend on how many are asked for, nor on the conditions after its own", async () => {
    const many = await generateEnsemble({ ...publishedOptions, workers: 2 });
    const few = await generateEnsemble({
      ...publishedOptions,
      conditions: publishedOptions.conditions.slice(0, 3),
      count: 11,
      workers: 2,
    });
    for (const [i, k] of [
      [0, 0],
      [1, 5],
      [2, 10],
    ]) {
      assert.deepStrictEqual(few.fields.field(i * 11 + k), many.fields.field(i * 60 + k));
    }
  });

  it("another stream gives other fields of the same law", async () => {
    const a = await generateEnsemble({ ...toyOptions, count: 2000 });
    const b = await generateEnsemble({ ...toyOptions, count: 2000, stream: stream(2) });
    assert.notStrictEqual(bits(a.fields.values.slice(0, 24)), bits(b.fields.values.slice(0, 24)));
    const mean = (e: Float64Array) => {
      let sum = 0;
      for (let k = 0; k < 2000; k++) sum += e[k * 12 + 5] / 2000;
      return sum;
    };
    // g is symmetric about 0, so the mean of eps is the middle of its range; its spread is about 0.06.
    assertClose("mean of eps", mean(a.porosity!.values), 0.35, { within: (5 * 0.065) / Math.sqrt(2000) });
    assertClose("mean of eps", mean(b.porosity!.values), 0.35, { within: (5 * 0.065) / Math.sqrt(2000) });
  });

  it("the published training set has the published mean and spread of c and mean of phi", async () => {
    const conditions = drawConditions(published, 400, stream(8));
    const { fields } = await generateEnsemble({ problem: published, conditions, count: 10, stream: stream(8) });
    const means = [0, 0];
    const squares = [0, 0];
    fields.values.forEach((v, i) => {
      const channel = Math.floor(i / 100) % 2;
      means[channel] += v / (fields.values.length / 2);
      squares[channel] += (v - [998.51, 2.1498e-3][channel]) ** 2 / (fields.values.length / 2);
    });
    // Published: 998.51 +- 5.00, 2.1498e-3 +- 2.6474e-3. The spread is one of conditions mostly: 400 of them stand for
    // n.
    assertClose("mean of c", means[0], 998.51, { within: (4 * 5) / Math.sqrt(400) });
    assertClose("mean of phi", means[1], 2.1498e-3, { within: (4 * 2.65e-3) / Math.sqrt(400) });
    assertClose("spread of c", Math.sqrt(squares[0]), 5, { within: 1 });
    assertClose("spread of phi", Math.sqrt(squares[1]), 2.65e-3, { within: 0.5e-3 });
  });
});

describe("responses", () => {
  for (const [name, options] of [
    ["a solver without responses of its own", toyOptions],
    ["the published electrode", { ...publishedOptions, count: 5, keepPorosity: true }],
  ] as const) {
    it(`combine to the fields at any affine condition (${name})`, async () => {
      const ensemble = await generateEnsemble(options);
      const { fields, functions, porosity: eps } = await generateResponses(options);
      assert.equal(functions, 3);
      assert.strictEqual(bits(eps!), bits(ensemble.porosity!.values));
      const size = ensemble.fields.size;
      for (let f = 0; f < ensemble.conditions.length * options.count; f++) {
        const { U0, F_right } = ensemble.conditions[Math.floor(f / options.count)];
        for (let i = 0; i < size; i++) {
          const [r0, rU, rF] = [0, 1, 2].map((a) => fields[(3 * f + a) * size + i]);
          const expected = ensemble.fields.values[f * size + i];
          assertClose(`field ${f} at ${i}`, r0 + U0 * rU + F_right * rF, expected, {
            within: 1e-12 * Math.abs(expected) + 1e-15,
          });
        }
      }
    });
  }
});

/** The problem's own way to its responses, beside two whole solutions in each affine direction. */
describe("responses of the other problems", () => {
  for (const name of ["electrode", "conduction"]) {
    it(`of ${name} combine to its fields`, async () => {
      const p = problem(name);
      const options = {
        problem: p,
        conditions: drawConditions(p, 6, stream(4)),
        count: 5,
        stream: stream(4),
        cells: 40,
      };
      const { fields, conditions } = await generateEnsemble(options);
      const { fields: responses, functions } = await generateResponses(options);
      const { count, at, accuracy = 1e-13 } = affineOf(p);
      assert.equal(functions, count);
      const { size } = fields;
      for (let f = 0; f < 30; f++) {
        const terms = (i: number) => Array.from({ length: count }, (_, a) => responses[(count * f + a) * size + i]);
        const v = at(conditions[Math.floor(f / 5)]);
        const scale = Math.max(
          ...Array.from({ length: size }, (_, i) => Math.max(...terms(i).map((r, a) => Math.abs(r * v[a])))),
        );
        for (let i = 0; i < size; i++) {
          const sum = terms(i).reduce((total, r, a) => total + r * v[a], 0);
          assertClose(`field ${f} at ${i}`, sum, fields.values[f * size + i], { within: accuracy * scale });
        }
      }
    });
  }
});

describe("generation in chunks", () => {
  async function collect(o: Parameters<typeof generateChunks>[0]) {
    const parts: { first: number; count: number; fields: Float64Array; porosity?: Float64Array }[] = [];
    for await (const c of generateChunks(o))
      parts.push({ ...c, fields: c.fields.slice(), porosity: c.porosity?.slice() });
    return parts;
  }

  for (const workers of [1, 2]) {
    it(`gives the fields of the whole, in order, from any field on (${workers} threads)`, async () => {
      const whole = await generateEnsemble({ ...publishedOptions, keepPorosity: true });
      for (const { first, chunk } of [
        { first: 0, chunk: 100 },
        { first: 123, chunk: 64 },
        { first: 419, chunk: 7 },
      ]) {
        const parts = await collect({ ...publishedOptions, keepPorosity: true, workers, chunk, first });
        let at = first;
        for (const part of parts) {
          assert.strictEqual(part.first, at);
          assert.strictEqual(bits(part.fields), bits(whole.fields.values.slice(at * 120, (at + part.count) * 120)));
          assert.strictEqual(bits(part.porosity!), bits(whole.porosity!.values.slice(at * 60, (at + part.count) * 60)));
          at += part.count;
        }
        assert.strictEqual(at, 420);
      }
      assert.deepStrictEqual(await collect({ ...publishedOptions, first: 420 }), []);
    });
  }

  it("computes at most one chunk ahead of the caller, and stops when the caller leaves", async () => {
    const calls = { solved: 0 };
    const chunks = generateChunks({ ...toyOptions, problem: toyProblem(calls), count: 5000, chunk: 100 });
    await chunks.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(calls.solved <= 200, `${calls.solved} fields solved`);
    await chunks.return();
    const solved = calls.solved;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.strictEqual(calls.solved, solved);
  });
});

describe("generation", () => {
  it("reports progress up to the total, with the time left", async () => {
    for (const options of [publishedOptions, { ...publishedOptions, workers: 2 }]) {
      const seen: number[] = [];
      const left: number[] = [];
      const started = performance.now();
      await generateEnsemble({
        ...options,
        count: 300,
        onProgress: (done, total, secondsLeft) => {
          seen.push(done / total);
          left.push(secondsLeft);
          // At the rate so far: never more than the time since the call, scaled to what is missing.
          const most = ((performance.now() - started) / 1000) * ((total - done) / done);
          assert.ok(secondsLeft >= 0 && secondsLeft <= most, `${secondsLeft} of ${most} s`);
        },
      });
      assert.ok(seen.length > 5 && seen.every((v, i) => i === 0 || v > seen[i - 1]));
      assert.strictEqual(seen[seen.length - 1], 1);
      assert.strictEqual(left[left.length - 1], 0);
    }
  });

  for (const workers of [1, 2]) {
    it(`stops within a moment of an abort, with the signal's reason, and works again after (${workers} threads)`, async () => {
      const abort = new AbortController();
      let solved = 0;
      const running = generateEnsemble({
        ...publishedOptions,
        count: 60_000,
        workers,
        signal: abort.signal,
        onProgress: (done) => {
          solved = done;
          abort.abort(new Error("stopped by the user"));
        },
      });
      await assert.rejects(running, /stopped by the user/);
      // A thread ends the batch that it is at; how many it has done since the first answer is a matter of how fast that
      // was heard.
      const most = workers === 1 ? Math.round(50_000 / 120) : 210_000;
      assert.ok(solved <= most, `${solved} of 420,000 fields were solved`);
      const again = await generateEnsemble({ ...publishedOptions, workers });
      assert.ok(again.fields.values.every(Number.isFinite) && again.fields.values[0] !== 0);
    });

    it(`passes on what a progress function throws (${workers} threads)`, async () => {
      const onProgress = () => {
        throw new Error("no more");
      };
      await assert.rejects(generateEnsemble({ ...publishedOptions, workers, onProgress }), /no more/);
    });

    it(`an error names the condition and the porosity, and stays the user's (${workers} threads)`, async () => {
      // A current so strong that the published model would use up all salt.
      const conditions = [publishedOptions.conditions[0], { ...publishedOptions.conditions[1], F_right: 1e7 }];
      await assert.rejects(generateEnsemble({ ...publishedOptions, conditions, workers }), (e) => {
        assert.ok(e instanceof UserError);
        assert.match(e.message, /condition 1 {.*"F_right":10000000.*}, porosity 0: .*depleted/);
        return true;
      });
    });
  }

  it("does not keep the event loop from turning while it computes in this thread", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await generateEnsemble({ ...publishedOptions, count: 400, workers: 1 });
    clearInterval(timer);
    assert.ok(turns > 3, `${turns} turns`);
  });

  for (const [what, change, message] of [
    ["zero workers", { workers: 0 }, /workers must be a whole number of at least 1, got 0/],
    ["no conditions", { conditions: [] }, /at least one condition is needed/],
    ["a count of zero", { count: 0 }, /porosities per condition .* got 0/],
    ["half a cell", { cells: 10.5 }, /cells must be a whole number of at least 2, got 10.5/],
    ["a negative correlation length", { conditions: [{ l: -1e-5 }] }, /l .*correlation length.* got -0.00001/],
    ["an unknown condition", { conditions: [{ k: 1 }] }, /no condition "k"/],
    ["a nugget below zero", { nugget: -1 }, /nugget .* got -1/],
    ["a precision that does not exist", { precision: "half" as "single" }, /precision must be/],
  ] as const) {
    it(`refuses ${what} as the user's error`, async () => {
      await assert.rejects(generateEnsemble({ ...publishedOptions, ...change }), (e) => {
        assert.ok(e instanceof UserError, String(e));
        assert.match(e.message, message);
        return true;
      });
    });
  }

  it("says to use chunks where the whole does not fit one array", async () => {
    await assert.rejects(generateEnsemble({ ...publishedOptions, count: 1e12 }), /generate them in chunks/);
  });

  for (const bad of [NaN, Infinity, -Infinity]) {
    it(`a field that holds ${bad} ends the generation, saying condition, porosity, channel and cell`, async () => {
      const toy = toyProblem();
      let fields = 0;
      const broken: Problem = {
        ...toy,
        solver: (grid) => ({
          solve(eps, condition, out, offset = 0) {
            toy.solver(grid).solve(eps, condition, out, offset);
            if (++fields === 5) out[offset + grid.cells + 7] = bad; // the second field of the second condition
          },
        }),
      };
      const options = { problem: broken, conditions: [{ U0: 0 }, { U0: 0.1 }], count: 3, stream: stream(1) };
      const where = new RegExp(`condition 1 .*"U0":0.1.*, porosity 1: .*must be finite, phi is ${bad} in cell 7`);
      await assert.rejects(generateEnsemble(options), where);
      fields = 0;
      await assert.rejects(async () => {
        for await (const chunk of generateChunks({ ...options, chunk: 2 }))
          assert.ok(chunk.fields.every(Number.isFinite));
      }, where);
    });
  }
});
