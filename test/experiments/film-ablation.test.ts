import assert from "node:assert/strict";
import { encodedCondition, checkCondition, conditionFeatures } from "../../lib/ensemble/conditions";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import {
  ablationFigure,
  ablationTable,
  type AblationClaim,
  advantageKept,
  assertAblation,
  claims,
  difference,
  verdictTable,
} from "../../lib/experiments/film-ablation/figures";
import { drawByRegime, drawOutside, regimesOf } from "../../lib/experiments/film-ablation/conditions";
import {
  ablationArchitecture,
  type ContestantName,
  contestants,
  networkOf,
} from "../../lib/experiments/film-ablation/contestants";
import { entrants, type ContestName } from "../../lib/experiments/film-ablation/models";
import { permutation } from "../../lib/experiments/film-ablation/whole-score";
import type { AblationContestant, FilmAblation } from "../../lib/experiments/film-ablation/stage";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";
import { failedClaim } from "../notebook/claim-outcome";

describe("regimes of the box of conditions", () => {
  for (const [name, count] of [
    ["electrode-published", 4],
    ["electrode", 4],
    ["conduction", 8],
    ["test/study/heated-slab.ts", 4],
  ] as const) {
    it(`${name} has ${count}; conditions come in equal numbers from each, in their order`, () => {
      const p = problem(name);
      const { names, of } = regimesOf(p);
      assert.equal(names.length, count);
      const conditions = drawByRegime(p, 5, stream(1));
      conditions.forEach((c) => checkCondition(p, c));
      assert.deepEqual(
        conditions.map(of),
        Array.from({ length: 5 * count }, (_, k) => Math.floor(k / 5)),
      );
    });

    it(`${name}: conditions outside leave the box in one quantity, by the extent at most, and keep their regime`, () => {
      const p = problem(name);
      const { of } = regimesOf(p);
      const outside = drawOutside(p, 5, 0.2, stream(2));
      outside.forEach((c, k) => {
        assert.throws(() => checkCondition(p, c), /extrapolation, which must be allowed explicitly/);
        const beyond = conditionFeatures(p, c).map(Math.abs).filter((u) => u > 1); // prettier-ignore
        assert.ok(beyond.length === 1 && beyond[0] <= 1.2 + 1e-12);
        assert.equal(of(c), Math.floor(k / 5));
      });
    });
  }

  it("are named by the problem's own conditions, the one of the porosity last", () => {
    const p = problem("test/study/heated-slab.ts");
    assert.deepEqual(regimesOf(p).names[1], "small heating, large flow");
    const few = { ...p, conditions: p.conditions.filter(({ name }) => name !== "flow") };
    assert.deepEqual(regimesOf(few).names[2], "large heating, small grain");
    const one = { ...p, conditions: p.conditions.filter(({ name }) => name === "grain") };
    assert.deepEqual(regimesOf(one).names, ["small grain", "large grain"]);
  });

  it("a choice becomes one number for each of its values, a quantity stays one", () => {
    const p = problem("conduction");
    const [c] = drawByRegime(p, 1, stream(3)).slice(5);
    const features = encodedCondition(p, c);
    assert.equal(features.length, 5 + 8);
    assert.deepEqual(features.slice(1, 9), [0, 0, 0, 0, 0, 1, 0, 0]);
    const q = problem("electrode-published");
    assert.deepEqual(
      encodedCondition(q, { l: 1e-5, U0: 0.1, F_right: 3 }),
      conditionFeatures(q, { l: 1e-5, U0: 0.1, F_right: 3 }),
    );
  });

  it("the shuffled order holds every condition once, and hardly any in its own place", () => {
    const order = permutation(100, stream(4));
    assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: 100 }, (_, k) => k)); // prettier-ignore
    assert.ok(order.filter((k, at) => k === at).length < 8); // Poisson with mean 1: 1e-6
  });
});

describe("contestants", () => {
  for (const [experiment, regimes, conditions] of [
    ["whole score", 4, 3],
    ["boundary configurations", 8, 13],
  ] as const) {
    it(`of ${experiment} cost the same at the preset's sizes, to 10 %`, () => {
      const whole = ablationArchitecture(
        { width: 32, hidden: 64 },
        { cells: 100, channelsIn: 2, channelsOut: 2, conditions },
      );
      const film = networkOf(contestants.FiLM, whole, regimes).cost;
      for (const name of entrants[experiment]) {
        const { cost, count, network } = networkOf(contestants[name], whole, regimes);
        assert.equal(count, contestants[name].perRegime ? regimes : 1);
        assert.equal(cost.parameters, count * network.size);
        for (const key of ["parameters", "multiplications"] as const) {
          assertClose(`${name}: ${key}`, cost[key] / film[key], 1, { within: 0.1 });
        }
      }
      assert.equal(film.parameters, scoreNetwork(whole).size);
    });
  }
});

/** Losses as the experiments were designed to tell apart, with a scatter over seeds. */
const losses: Partial<Record<ContestantName, number>> = {
  "no conditioning": 0.27,
  "condition as channels": 0.136,
  "condition, level as channels": 0.252,
  FiLM: 0.125,
  "FiLM, conditions shuffled": 0.28,
  "a model a regime": 0.2,
  "a FiLM model a regime": 0.15,
};
const wobble = (k: number): number => 0.002 * Math.sin(12.9898 * k);

function result(experiment: ContestName, change: Partial<Record<ContestantName, number>> = {}): FilmAblation {
  const known = { ...losses, ...change };
  return {
    experiment,
    contestants: entrants[experiment].map((name, j): AblationContestant => {
      const seeds = [0, 1, 2].map((seed) => {
        const generated = experiment === "preconditioned" ? {} : {
          meanError: 10 * known[name]!,
          spread: 1,
          spreadError: 0.1,
          between: name === "no conditioning" ? wobble(seed) : 0.98,
        }; // prettier-ignore
        const loss = known[name]! + 3 * wobble(seed) + wobble(10 * j + seed);
        return { seed, inside: { loss, ...generated }, outside: { loss: 1.2 * loss, ...generated } };
      });
      return { name, networks: 1, parameters: 26570, multiplications: 274816, seeds };
    }),
  };
}

/** Inside the Gaussian there is little to gain. */
const little = {
  "no conditioning": 0.63,
  "condition as channels": 0.62,
  "condition, level as channels": 0.625,
  FiLM: 0.62,
};
const all = (): FilmAblation[] => [
  result("whole score"),
  result("preconditioned", little),
  result("boundary configurations"),
];
const holds = (c: AblationClaim): boolean => ("atLeast" in c ? c.value >= c.atLeast : c.value <= c.atMost);
const false_ = (results: readonly FilmAblation[]): string[] =>
  claims(results)
    .filter((c) => !holds(c))
    .map((c) => c.claim);

function changed(results: FilmAblation[], at: number, name: ContestantName, change: (c: AblationContestant) => AblationContestant): FilmAblation[] {
  return results.map((r, k) => k === at ? { ...r, contestants: r.contestants.map((c) => c.name === name ? change(c) : c) } : r);
} // prettier-ignore

describe("the claims of the ablation", () => {
  it("hold for an experiment that came out as the theory says", () => assert.deepEqual(false_(all()), []));

  const broken: [string, RegExp, () => FilmAblation[]][] = [
    ["labels shuffled for FiLM itself destroy its advantage", /whole score: the condition, told by FiLM/, () => [result("whole score", { FiLM: 0.27 }), ...all().slice(1)]],
    ["a null that learns as much as FiLM is no null", /the null/, () => [result("whole score", { "FiLM, conditions shuffled": 0.125 }), ...all().slice(1)]],
    ["a model that is not told its condition cannot follow it", /one law for all/, () =>
      changed(all(), 0, "no conditioning", (c) => ({ ...c, seeds: c.seeds.map((s) => ({ ...s, inside: { ...s.inside!, between: 0.5 } })) }))],
    ["small models that are as good as one for all", /whole score: one model for all/, () => [result("whole score", { "a FiLM model a regime": 0.12 }), ...all().slice(1)]],
    ["channels that lose a third of FiLM's advantage", /four fifths/, () => [result("whole score", { "condition as channels": 0.175 }), ...all().slice(1)]],
    ["the level as a channel as good as by FiLM", /noise level/, () => [result("whole score", { "condition, level as channels": 0.137 }), ...all().slice(1)]],
    ["conditioning that matters inside the Gaussian too", /inside the conditional Gaussian/, () => [all()[0], result("preconditioned"), all()[2]]],
    ["one model that fails across configurations", /boundary configurations: the condition/, () => [...all().slice(0, 2), result("boundary configurations", { FiLM: 0.3 })]],
    ["a contestant of twice the size", /whole score: all contestants cost/, () => changed(all(), 0, "a model a regime", (c) => ({ ...c, parameters: 2 * c.parameters }))],
  ]; // prettier-ignore
  for (const [what, which, made] of broken) {
    it(`would notice: ${what}`, () => {
      const found = false_(made());
      assert.ok(
        found.some((claim) => which.test(claim)),
        found.join("; ") || "every claim held",
      );
    });
  }

  it("are not made of shorter trainings, but for the cost; they stop on as long ones", () => {
    const made = (here: number, results: FilmAblation[]) =>
      failedClaim(() => assertAblation(results, { trained: [{ of: "ablation.steps", least: 800, here }] }));
    const nothing = [result("whole score", { FiLM: 0.27 }), ...all().slice(1)];
    assert.equal(made(25, nothing), undefined);
    assert.match(made(800, nothing) ?? "", /whole score: the condition, told by FiLM/);
    const large = changed(all(), 0, "a model a regime", (c) => ({ ...c, parameters: 2 * c.parameters }));
    assert.match(made(25, large) ?? "", /all contestants cost/);
    assert.match(failedClaim(() => assertAblation(large, { trained: false })) ?? "", /all contestants cost/);
    assert.equal(failedClaim(() => assertAblation(nothing, { trained: false })), undefined); // prettier-ignore
  });

  it("a smoke run answers for its cost alone", () => {
    assert.equal(claims(all(), { costOnly: true }).length, 3);
    assert.throws(() => claims(all().slice(1)), /"whole score" is missing/);
  });
});

describe("tables and figure of the ablation", () => {
  it("a seed that diverged is counted, and leaves the pairs of the others", () => {
    const [whole] = changed(all(), 0, "FiLM", (c) => ({ ...c, seeds: [c.seeds[0], { seed: 1 }, c.seeds[2]] }));
    const row = ablationTable(whole).find(({ contestant }) => contestant === "FiLM")!;
    assert.deepEqual([row["diverged seeds"], row.seeds], [1, 3]);
    const [none, film] = (["no conditioning", "FiLM"] as const).map(
      (name) => whole.contestants.find((c) => c.name === name)!.seeds,
    );
    const expected = [0, 2].reduce((sum, k) => sum + (none[k].inside!.loss - film[k].inside!.loss) / 2, 0);
    assertClose("difference", difference(whole, "no conditioning", "FiLM").mean, expected, { within: 1e-12 });
  });

  it("verdicts say no more than the interval: better, worse, or not resolved", () => {
    const film = result("whole score").contestants.find(({ name }) => name === "FiLM")!.seeds;
    const [whole] = changed([result("whole score", { "a model a regime": 0.05 })], 0, "condition as channels", (c) => ({
      ...c,
      seeds: film.map((s, k) => ({ ...s, inside: { loss: s.inside!.loss + [0.001, -0.002, 0.0015][k] } })),
    }));
    const verdict = (name: string) => verdictTable(whole).find(({ contestant }) => contestant === name)!.verdict;
    assert.equal(verdict("no conditioning"), "FiLM is better");
    assert.equal(verdict("condition as channels"), "not resolved");
    assert.equal(verdict("a model a regime"), "FiLM is worse");
    const { low, high } = advantageKept(whole);
    assert.ok(low < 0.1 && high > -0.1);
  });

  it("a difference whose own interval leaves out zero is not resolved when it is one of six", () => {
    const film = result("whole score").contestants.find(({ name }) => name === "FiLM")!.seeds;
    const [whole] = changed([result("whole score")], 0, "condition as channels", (c) => ({
      ...c,
      seeds: film.map((s, k) => ({ ...s, inside: { loss: s.inside!.loss + [0.001, 0.0015, 0.0019][k] } })),
    }));
    for (const name of ["no conditioning", "condition, level as channels"] as const)
      assert.ok(difference(whole, name, "FiLM").p < 0.05);
    const all = verdictTable(result("whole score")).map((row) => row.verdict);
    assert.ok(
      all.every((verdict) => verdict === "FiLM is better"),
      all.join(),
    );
    const others = {
      "no conditioning": 0.125,
      "condition, level as channels": 0.125,
      "FiLM, conditions shuffled": 0.125,
      "a model a regime": 0.125,
      "a FiLM model a regime": 0.125,
    };
    const alone = {
      ...result("whole score", others),
      contestants: result("whole score", others).contestants.map((c) =>
        c.name === "condition as channels" ? whole.contestants.find((w) => w.name === c.name)! : c,
      ),
    };
    const row = verdictTable(alone).find(({ contestant }) => contestant === "condition as channels")!;
    assert.ok(row.low > 0 && row.p > 0.05, JSON.stringify(row));
    assert.equal(row.verdict, "not resolved");
  });

  it("a contestant of which no seed survived is reported, not compared", () => {
    const [whole] = changed(all(), 0, "a model a regime", (c) => ({
      ...c,
      seeds: c.seeds.map(({ seed }) => ({ seed })),
    }));
    const row = verdictTable(whole).find(({ contestant }) => contestant === "a model a regime")!;
    assert.equal(row.verdict, "not resolved");
    const lost = ablationTable(whole).find(({ contestant }) => contestant === "a model a regime")!;
    assert.deepEqual([lost["diverged seeds"], lost.seeds], [3, 3]);
  });

  it("the figure shows every contestant, and an interval that reaches below zero stays on the axis", () => {
    const made = ablationFigure(result("whole score", { FiLM: 1e-4 }));
    assert.equal(made.name, "07-conditioning");
    assert.equal(made.width, 85);
    for (const name of entrants["whole score"]) assert.ok(JSON.stringify(made.spec).includes(name), name);
  });
});
