/** The evidence of candidates for the conditions that are taken for unknown. */
import { drawConditions } from "../../ensemble/conditions";
import { generateEnsemble } from "../../ensemble/generate";
import { gridCells } from "../../gaussian/conditional-gaussian";
import { gaussianLatent } from "../../inverse/latent-model";
import { linearPosterior } from "../../inverse/linear-posterior";
import { type Observations } from "../../inverse/observations";
import { atCondition, generateFields } from "../../model/score-model";
import { bankReadings, logLikelihoodsOf } from "./banks";
import type { CandidateResult } from "./candidates";
import { logMeanExp } from "../../numerics/importance-weights";
import { type Bench, type Flow, sensorsAt } from "./bench";

/** Fields of a candidate's bank. */
const candidateFields = 400;

export async function candidatesOf(bench: Bench, measured: Observations, flow: Flow): Promise<CandidateResult> {
  const { model, condition, settings, root, signal } = bench;
  const { problem, statistics } = model;
  const names = settings.infer;
  const own = root.child("candidates");
  const drawn = drawConditions(problem, settings.candidates, own.child("conditions")).map((z) => {
    return { ...condition, ...Object.fromEntries(names.map((name) => [name, z[name]])) };
  });
  const size = problem.channels.length * statistics.cells;
  const count = Math.min(settings.bank, candidateFields);
  const { fields } = await generateEnsemble({
    problem,
    conditions: drawn,
    count,
    cells: gridCells(statistics),
    stream: own.child("solver"),
    signal,
  });
  const samples = fields.split(drawn.length);
  const logEvidence = { solver: [] as number[], network: [] as number[], gaussian: [] as number[] };
  for (const [i, z] of drawn.entries()) {
    signal.throwIfAborted();
    const at = atCondition(model, z);
    const of = { ...sensorsAt(model, z, settings.sensors), std: measured.std.map((s) => s * candidateNoise) };
    const d = { ...of, value: measured.value };
    const evidence = (some: Float64Array): number =>
      Math.max(worst, logMeanExp(logLikelihoodsOf(bankReadings({ fields: some, size }, of), d)));
    logEvidence.solver.push(evidence(samples[i].values));
    const networks = await generateFields(model, at, count, own.child("network").child(i), { sampler: flow, signal });
    logEvidence.network.push(evidence(networks));
    const gaussian = gaussianLatent(at.law, statistics.normalisation);
    logEvidence.gaussian.push(Math.max(worst, linearPosterior(gaussian.affine(of), d).logEvidence));
  }
  const truth = names.map((name) => condition[name]);
  return { names, truth, values: drawn.map((z) => names.map((name) => z[name])), logEvidence, fields: count };
}
/** Readings are taken to be less sure here, so that a small bank has fields near them at every candidate. */
const candidateNoise = 3;
/** A candidate that cannot have made the readings: JSON has no minus infinity. */
const worst = -1e6;
