import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { gaussianScore } from "../../lib/diffusion/exact-score";
import { variancePreserving } from "../../lib/diffusion/schedule";
import type { ResidentScore, Score } from "../../lib/diffusion/score";
import type { Start } from "../../lib/diffusion/start";
import { closePool } from "../../lib/threads/pool";
import type { Fields } from "../../lib/fields/fields";
import { stream } from "../../lib/random/stream";
import * as claims from "../../lib/experiments/mean-bias/figures";
import { configuration } from "../../lib/study/configuration";
import { budget } from "../../lib/experiments/bias-budget/budget";
import { confounded } from "../../lib/experiments/confounder/stage";
import { type ConfounderInput, toldEnsemble } from "../../lib/experiments/confounder/told-ensemble";
import { measuredFloor } from "../../lib/experiments/floor-spectra/stage";
import { type BiasRow, biasRow } from "../../lib/experiments/mean-bias/bias-row";
import type { Experiment } from "../../lib/experiments/mean-bias/experiments";
import type { MeanBias } from "../../lib/experiments/mean-bias/stage";
import type { Claim } from "../../lib/notebook/claims";
import {
  drawBoth,
  methodOf,
  publishedSetting,
  type Setting,
  solvedFields,
  startOf,
} from "../../lib/experiments/mean-bias/published-setting";
import { ofProblem } from "../../lib/transport/of-problem";
import { problem } from "../../lib/transport/problems";
import { publishedCondition } from "../../lib/transport/published-conditions";
import { temporaryFolder } from "../temporary-folder";

/** What a claim says when it does not hold; undefined when it does. Its printed lines are kept from the report. */
function refused(check: () => void): string | undefined {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (() => true) as typeof process.stdout.write;
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    process.stdout.write = write;
  }
}

const cells = 24;
const root = stream(11);
const { schedule } = configuration();
const normalisation = { mean: [998.51, 2.1498e-3], std: [5.0, 2.6474e-3] }; // the published units
const p = problem("electrode-published");
const solver = (name: string, count: number) => ({ problem: p, cells, count, stream: root.child(name) });

describe("the claims of the mean-bias chapter hold of sound experiments and fail of broken ones", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let setting: Setting;
  let gaussian: ResidentScore;
  before(async () => {
    setting = await publishedSetting({ ...solver("reference", 6000), normalisation });
    gaussian = gaussianScore(setting.law);
  });
  after(async () => {
    gaussian.dispose();
    await closePool();
  });

  const numbers = { ...configuration().meanBias, sdeSteps: 25, flowSteps: 16 };
  const o = () => ({ setting, meanBias: numbers, schedule, ensembleMean: setting.moments.mean });

  /** Draws as `job` says, or from another start, and evaluates it as `said`. */
  async function row(job: Experiment, change: { start?: Start; said?: Partial<Experiment>; count?: number } = {}) {
    const { clean } = await drawBoth(setting, {
      score: gaussian,
      schedule: { ...schedule, betaMax: job.betaMax },
      start: change.start ?? startOf(job.start, setting.law),
      count: change.count ?? 4000,
      batch: 1000,
      stream: root.child(JSON.stringify(job)),
      method: { name: methodOf(job.sampler) },
      steps: job.sampler === "reverse SDE" ? numbers.sdeSteps : numbers.flowSteps,
    });
    return biasRow({ ...job, ...change.said }, clean, undefined, o());
  }
  const resultOf = (...rows: BiasRow[]): MeanBias => {
    const { mean, std } = setting.moments;
    return {
      ...ofProblem(p),
      condition: publishedCondition,
      rows,
      predictions: [],
      solver: { count: 6000, mean: [...mean], std: [...std] },
    };
  };
  const job = (change: Partial<Experiment> = {}): Experiment => ({
    score: "gaussian",
    betaMax: 3,
    start: "standard normal",
    sampler: "probability flow",
    ...change,
  });

  it("the closed form: both samplers", async () => {
    const sound = resultOf(await row(job()), await row(job({ sampler: "reverse SDE" })));
    assert.equal(refused(() => claims.claimFormula(sound)), undefined); // prettier-ignore
  });

  it("the closed form, broken: the start's variance is 10 % too large", async () => {
    const vp = variancePreserving({ ...schedule, betaMax: 3 });
    const d = setting.law.dimension;
    const inflated = (1.1 - vp.sigma(1) ** 2) / vp.alpha(1) ** 2; // alpha^2 c + sigma^2 = 1.1
    const covariance = Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? inflated : 0));
    const start = { law: "matched moments", mean: new Float64Array(d), covariance } as const;
    const broken = resultOf(await row(job(), { start }));
    assert.match(refused(() => claims.claimFormula(broken)) ?? "", /so is the spread/);
  });

  it("the closed form, broken: beta_max in the formula is 3.5, the fields were drawn at 3", async () => {
    for (const sampler of ["probability flow", "reverse SDE"] as const) {
      const broken = resultOf(await row(job({ sampler }), { said: { betaMax: 3.5 } }));
      assert.match(refused(() => claims.claimFormula(broken)) ?? "", /the bias is the formula's/);
    }
  });

  it("the decisive comparison: gone when mended; not when the data are not centred, the matched start has no mean, or beta_max stays", async () => {
    const sde = { sampler: "reverse SDE", score: "network" } as const;
    const before = await row(job(sde));
    const centred = await row(job({ ...sde, start: "centred" }));
    const matched = await row(job({ ...sde, start: "matched" }));
    const large = await row(job({ ...sde, betaMax: 20 }));
    const check = (...rows: BiasRow[]) => refused(() => claims.claimMended(resultOf(...rows), 3, 20));
    assert.equal(check(before, centred, matched, large), undefined);
    assert.equal(refused(() => claims.claimBiased(resultOf(before), 3)), undefined); // prettier-ignore
    assert.match(refused(() => claims.claimBiased(resultOf(matched, { ...large, betaMax: 3 }), 3)) ?? "", /is biased/);

    // A sweep's rows join: the same names at every value, and numbers that move.
    const measuredAt = (betaMax: number, only: BiasRow): Record<string, number> => {
      process.env.SGM_CLAIMS = path.join(folder(), `${betaMax}.json`);
      try {
        claims.claimMismatch(resultOf(only), betaMax, betaMax, { trained: false });
        const { claims: made } = JSON.parse(fs.readFileSync(process.env.SGM_CLAIMS, "utf8")) as { claims: Claim[] };
        return Object.fromEntries(
          made.filter(({ claim }) => claim.startsWith("|bias|")).map((c) => [c.claim, c.value ?? NaN]),
        );
      } finally {
        delete process.env.SGM_CLAIMS;
      }
    };
    const [at3, at20] = [measuredAt(3, before), measuredAt(20, large)];
    assert.deepEqual(Object.keys(at3), Object.keys(at20));
    assert.equal(Object.keys(at3).length, 2);
    for (const name of Object.keys(at3)) assert.ok(at3[name] > 5 * at20[name], `${name}: ${at3[name]}, ${at20[name]}`);

    const notCentred = { ...before, start: "centred" as const };
    assert.match(check(before, notCentred, matched, large) ?? "", /with data centred per condition/);
    const start = startOf("matched", { ...setting.law, mean: new Float64Array(setting.law.dimension) });
    const noMean = await row(job({ ...sde, start: "matched" }), { start });
    assert.match(check(before, centred, noMean, large) ?? "", /with a matched start/);
    const fewSteps = { ...large, bias: [0.5, 0.5], biasZ: [100, 100], stepError: [0.5, 0.5] };
    assert.equal(check(before, centred, matched, fewSteps), undefined, "the bias of few steps is no claim's");
    assert.match(check(before, centred, matched, { ...fewSteps, stepError: [0, 0] }) ?? "", /the largest beta_max/);
    const stillSmall = { ...before, betaMax: 20 };
    const others = [before, centred, matched];
    assert.match(check(...others, stillSmall) ?? "", /with the largest beta_max/);
  });

  it("the network follows the empirical score: not when the two profiles change places with the formula's", () => {
    const zeros = Array.from({ length: 2 * cells }, () => 0.01);
    const at = (value: number) => zeros.map(() => value);
    const one = (score: BiasRow["score"], profile: number[], predictedProfile: number[]) =>
      ({
        score,
        betaMax: 3,
        start: "standard normal",
        sampler: "reverse SDE",
        profile,
        profileError: zeros,
        predictedProfile,
      }) as unknown as BiasRow;
    const check = (network: number) =>
      refused(() =>
        claims.claimNotTheNetwork(
          resultOf(one("network", at(network), at(1.15)), one("empirical", at(0.88), at(1.15))),
          3,
        ),
      );
    assert.equal(check(0.9), undefined);
    assert.match(check(1.1) ?? "", /not the Gaussian formula's/);
  });

  it("the confounder: holds, and fails when what is told has nothing to do with the fields", async () => {
    const settings = {
      betaMax: 3,
      fields: 6000,
      modes: [1, 2, 4, 8],
      exact: 800,
      generated: 200,
      nearest: 300,
      sdeSteps: 25,
      flowSteps: 16,
    };
    const input: ConfounderInput = {
      seed: 1,
      problem: { name: "electrode-published", cells },
      confounder: settings,
      schedule,
      normalisation,
    };
    const ensemble = await toldEnsemble(p, input, root.child("told"));
    const sound = await confounded(ensemble, input, root.child("confounder"));
    assert.equal(refused(() => claims.claimConfounder(sound)), undefined); // prettier-ignore
    // Every field is given the next one's porosity: the null of telling.
    const { features, columns, count } = ensemble;
    const shifted = features.map((_, k) => features[(k + columns) % (count * columns)]);
    const broken = await confounded({ ...ensemble, features: shifted }, input, root.child("confounder"));
    assert.match(refused(() => claims.claimConfounder(broken)) ?? "", /the spread is at most half/);
    const swapped = {
      ...sound,
      rows: sound.rows.map((r, k) => ({ ...r, sampledZ: sound.rows[k].sampledZ.map(() => 50) })),
    };
    assert.match(refused(() => claims.claimConfounder(swapped)) ?? "", /drawn fields have the formula's bias/);
    // Fields of a model told nothing beside the formula of one told the most.
    const told = sound.rows[sound.rows.length - 1];
    const mistaken = { ...sound, rows: sound.rows.map((r) => ({ ...r, generatedStd: told.generatedStd })) };
    assert.match(refused(() => claims.claimConfounder(mistaken)) ?? "", /so have they its spread/);
    // Told less than eight modes, and one number of modes alone: what the chapter says of telling much is not claimed.
    const little = (rows: typeof sound.rows) => ({
      ...sound,
      rows: rows.filter(({ told: t }) => !/^[248] modes/.test(t)),
    });
    assert.equal(refused(() => claims.claimConfounder(little(sound.rows))), undefined); // prettier-ignore
    assert.match(refused(() => claims.claimConfounder(little(swapped.rows))) ?? "", /the formula's bias/);
    const few = { about: [{ of: "confounder.fields", least: 24000, here: 6000 }] };
    assert.equal(refused(() => claims.claimConfounder(broken, few)), undefined); // prettier-ignore
  });

  it("the bias budget: holds, and fails when the noised fields are no fields, or the score is that of half the mean", async () => {
    const fields = async (name: string, count: number): Promise<Fields> => solvedFields(solver(name, count));
    const common = {
      setting,
      network: gaussian as Score,
      ensemble: await fields("ensemble", 400),
      arrivals: await fields("arrivals", 400),
      schedule: { ...schedule, betaMax: 3 },
      steps: 25,
      count: 400,
      stream: root.child("budget"),
    };
    const check = async (change: Partial<typeof common>) => {
      const result = await budget({ ...common, ...change });
      return refused(() => claims.claimBudget(result, { scoreTrained: false }));
    };
    assert.equal(await check({}), undefined);
    const zero = common.arrivals.values.map((_, k) => normalisation.mean[Math.floor(k / cells) % 2]);
    const flat = common.arrivals.with(zero);
    assert.match((await check({ arrivals: flat })) ?? "", /the prior mismatch alone biases/);
    const sound = await budget(common);
    const coarse = {
      ...sound,
      rows: sound.rows.map((r) => (r.cause === "time discretisation" ? { ...r, ratio: [1, 1] } : r)),
    };
    const claimed = (steps: number) => refused(() => claims.claimBudget({ ...coarse, steps }, { scoreTrained: false }));
    assert.equal(claimed(25), undefined, "what is about enough steps is not claimed of few");
    assert.match(claimed(50) ?? "", /"time discretisation" is small/);
    const halved = gaussianScore({ ...setting.law, mean: setting.law.mean.map((m) => 0.5 * m) });
    const measured = await budget({ ...common, network: halved }).finally(() => halved.dispose());
    assert.match(refused(() => claims.claimBudget(measured)) ?? "", /"score error" is small/);
  });

  it("the white floor: holds, and fails for another t_min or when the last step is left out", async () => {
    const floorSpectra = { generated: 300, reference: 6000, steps: 250 };
    const input = {
      seed: 1,
      problem: { name: "electrode-published" as const, cells },
      floorSpectra,
      schedule,
      normalisation,
    };
    // second differences of smooth fields fall as h^2, the floor does not
    const fineGrid = { ...solver("fine", 3000), cells: 64 };
    const fine = await publishedSetting({ ...fineGrid, normalisation });
    const fresh = await solvedFields({ ...fineGrid, count: 300, stream: root.child("fresh") });
    const sound = await measuredFloor(fine, fresh, input, root.child("floor"), {});
    assert.equal(refused(() => claims.claimFloor(sound)), undefined); // prettier-ignore
    const vp = variancePreserving(schedule);
    const otherEnd = { ...sound, predictedFloor: vp.sigma(1.2e-4) };
    assert.match(refused(() => claims.claimFloor(otherEnd)) ?? "", /the floor in c is sigma/);
    const spectra = sound.spectra.map((s) => {
      const noisy = sound.spectra.find((n) => n.source === "without last step" && n.channel === s.channel)!;
      return s.source === "with last step" ? { ...s, rms: noisy.rms } : s;
    });
    assert.match(refused(() => claims.claimFloor({ ...sound, spectra })) ?? "", /with last step, over the solver's/);
    // Few steps leave more noise than sigma(t_min), as their exact law says; a floor that it does not say is noticed.
    const few = { ...input, floorSpectra: { ...floorSpectra, steps: 25 } };
    const rough = await measuredFloor(fine, fresh, few, root.child("floor"), {});
    assert.ok(rough.floor[0] > 2 * rough.predictedFloor, `${rough.floor[0]}, ${rough.predictedFloor}`);
    assert.equal(refused(() => claims.claimFloor(rough)), undefined); // prettier-ignore
    assert.match(
      refused(() => claims.claimFloor({ ...rough, floor: rough.floor.map((f) => 1.5 * f) })) ?? "",
      /the floor in c/,
    );
    // On a coarse grid the fields' own second differences hide it.
    const coarse = await measuredFloor(
      setting,
      await solvedFields(solver("fresh", 300)),
      input,
      root.child("floor"),
      {},
    );
    assert.equal(refused(() => claims.claimFloor(coarse)), undefined); // prettier-ignore
    const smooth = sound.spectra.map((s) => ({ ...s, high: 1 }));
    assert.match(refused(() => claims.claimFloor({ ...sound, spectra: smooth })) ?? "", /too rough at short waves/);
  });
});
