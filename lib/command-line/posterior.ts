/** `posterior`: fields given readings, from a trained model. */
import * as fs from "node:fs/promises";
import { cellsAlong } from "../fields/grid";
import { gridOf } from "../transport/domain";
import type * as Joint from "../inverse/condition-posterior";
import { fieldSpace } from "../inverse/functionals";
import type { Observations } from "../inverse/observations";
import type * as Methods from "../inverse/posterior";
import { readingsFromText, readingsText } from "../inverse/readings-file";
import type * as Flow from "../model/mode-flow";
import type * as ModelModule from "../model/score-model";
import type { ScoreModel } from "../model/score-model";
import { listenForInterrupt } from "../cache/interrupt";
import { UserError } from "../errors/user-error";
import { stream } from "../random/stream";
import { sha256 } from "../storage/checksum";
import { asObject, canonicalJson, type Json, readJson, writeJson } from "../storage/json";
import { overridesFromText } from "../study/setting-texts";
import type { Condition } from "../transport/problem";
import type * as ChosenModel from "./chosen-model";
import type { Arguments, Command } from "./command";
import { requireOwnMark, settleMark, writeMark } from "./extrapolation-mark";
import { outsideTrainedBox, readModelConditions, requireStorable } from "./input-files";
import { leafKeys, requirePosterior } from "./keys-with-effect";
import { modelDetails, modelOptions } from "./model-options";
import { progressOn } from "./progress";
import { identityOf } from "./sample";
import { storeResumably } from "./store-resumably";

export const posterior: Command = {
  name: "posterior",
  summary: "Draws fields given readings of a few sensors.",
  options: {
    conditions: { type: "string", value: "FILE", help: "the operating conditions, JSON", required: true },
    sensors: { type: "string", value: "FILE", help: "the readings, CSV", required: true },
    count: { type: "string", value: "N", help: "fields per condition", required: true },
    out: { type: "string", value: "PATH", help: "NAME.npy", required: true },
    method: {
      type: "string",
      value: "NAME",
      help: "gaussian, bank, latent, es-mda, dps, pigdm, mmps, solver; auto takes bank or latent",
      default: "auto",
    },
    infer: {
      type: "string",
      value: "NAMES",
      help: "conditions that are not known, with commas: drawn from their ranges",
    },
    seed: { type: "string", value: "N", help: "the same seed gives the same fields", default: "0" },
    ...modelOptions,
    extrapolate: { type: "boolean", help: "allow conditions outside the box that the model was trained in" },
  },
  details: `sensors  channel,x,value,std    x in m, or with its unit in the header: x (um); value and std in the \
channel's unit
         phi,5e-5,1.2e-3,1e-4   a channel at a place; "mean" in the place of x reads the channel's mean
out.npy  float64 [conditions, count, channels, cells], SI units, as from sample
stdout   {"conditions": [{"method", "logEvidence", "ess", "evaluations", "misfit"}, ..]}: ess is how many independent \
fields the draws are
         worth; misfit the probability that the model yields readings that fit it no better. An interrupted run goes \
on condition by condition.
         With --extrapolate, NAME.extrapolated.json beside the output lists the conditions outside the box.
${modelDetails}`,
  run: async (args) => {
    const [conditionsFile, sensorsFile] = [args.path("conditions"), args.path("sensors")];
    const out = args.output("out", { endings: [".npy"], inputs: [conditionsFile, sensorsFile] });
    const [count, seed] = [args.whole("count", 1), args.whole("seed", 0)];
    const method = methodOf(args);
    const text = await readingsText(sensorsFile);
    const { model, sampler } = await chosenFor(args, method);
    const extrapolate = args.flag("extrapolate");
    const conditions = await readModelConditions(conditionsFile, model.problem, extrapolate);
    const outside = extrapolate ? outsideTrainedBox(model.problem, conditions) : [];
    await requireOwnMark(out);
    const cells = model.statistics.along ?? model.statistics.cells;
    const grid = gridOf(model.problem, cells);
    const observationsAt = (z: Condition): Observations =>
      readingsFromText(text, fieldSpace(model.problem, z, cells), sensorsFile);
    conditions.forEach(observationsAt); // refuse before the work begins
    const infer = namesIn(args.optional("infer"));
    const shape = [conditions.length, count, model.problem.channels.length, ...cellsAlong(grid)];
    requireStorable("posterior", shape);
    const request: Json = {
      command: "posterior",
      model: identityOf(model),
      conditions: conditions.map((c) => ({ ...c })),
      sensors: text,
      infer,
      method,
      seed,
      steps: sampler.steps,
    };
    const progress = progressOn(args.terminal, "posterior", "per mille");
    const listening = listenForInterrupt();
    const { signal } = listening;
    const flows = flowsFor(model, method, sampler.steps);
    try {
      const record = await answersBeside(out, request);
      await storeResumably({ out, shape, request, progress, signal }, async (file, size) => {
        const stored = Math.floor(file.stored / (size * count));
        for (const [i, condition] of conditions.entries()) {
          if (i < stored && record.answers.length > i) continue;
          const found = await drawn(model, condition, infer, observationsAt, {
            method,
            count,
            ...flows,
            stream: stream(seed).child("posterior").child(i),
            allowOutside: extrapolate,
            onProgress: (share) => progress.update(Math.round((1000 * (i + share)) / conditions.length), 1000),
            signal,
          });
          await record.add(i, summaryOf(found));
          if (i >= stored) await file.append(found.fields);
        }
        await writeMark(out, outside);
      });
      await settleMark(out, outside, (line) => progress.say(line));
      args.terminal.out(`${JSON.stringify({ conditions: record.answers })}\n`);
      await record.remove();
      progress.say(`${out}: float64 [${shape.join(", ")}]`);
      return 0;
    } finally {
      flows.flow?.dispose();
      flows.coarse?.dispose();
      progress.end();
      listening.stop();
    }
  },
};

/* eslint-disable @typescript-eslint/no-require-imports */
const methods = () => require("../inverse/posterior") as typeof Methods;

function methodOf(args: Arguments): Methods.PosteriorMethod {
  const { posteriorMethods } = methods();
  const method = posteriorMethods.find((name) => name === args.text("method"));
  if (method !== undefined) return method;
  throw new UserError(`sgm posterior: --method is one of ${posteriorMethods.join(", ")}, got "${args.text("method")}"`);
}

/** The model, where it can answer by this method. */
async function chosenFor(args: Arguments, method: Methods.PosteriorMethod): Promise<ChosenModel.ChosenModel> {
  const flow = methods().needsFlow(method);
  const chosen = await (require("./chosen-model") as typeof ChosenModel).chosenModel(args);
  const whole = chosen.model.trained.kind !== "modes";
  requirePosterior(leafKeys(overridesFromText(args.list("set"))), method, { flow, whole });
  if (flow && chosen.sampler.method !== "mode-flow") {
    throw new UserError(
      `sgm posterior: --method ${method} follows the mode flow, but sampler.method is "${chosen.sampler.method}". ` +
        "Remedy: a model of whitened modes with sampler.method=mode-flow, or --method gaussian or solver",
    );
  }
  return chosen;
}

/** The flow that the method follows, and a coarse one to search with. The caller disposes them. */
function flowsFor(
  model: ScoreModel,
  method: Methods.PosteriorMethod,
  steps: number,
): Pick<Methods.PosteriorOptions, "flow" | "coarse"> {
  const { coarseFlow, needsFlow } = methods();
  if (!needsFlow(method)) return {};
  const { modeSampler } = require("../model/mode-flow") as typeof Flow;
  const trained = (require("../model/score-model") as typeof ModelModule).modesOf(model, `--method ${method}`);
  return { flow: modeSampler(trained, { levels: steps, batch: 500 }), coarse: coarseFlow(trained, steps) };
}

function drawn(
  model: ScoreModel,
  condition: Condition,
  infer: readonly string[],
  observationsAt: (z: Condition) => Observations,
  options: Methods.PosteriorOptions,
): Promise<Methods.Posterior | Joint.JointPosterior> {
  if (infer.length === 0) return methods().posteriorAt(model, condition, observationsAt(condition), options);
  const { jointPosterior } = require("../inverse/condition-posterior") as typeof Joint;
  return jointPosterior(model, condition, infer, observationsAt, options);
}
/* eslint-enable @typescript-eslint/no-require-imports */

/** The names of --infer. @throws UserError for one that stands twice */
function namesIn(list = ""): string[] {
  const names = list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const twice = names.find((name, k) => names.indexOf(name) < k);
  if (twice !== undefined) throw new UserError(`--infer names ${twice} twice, got "${list}". Remedy: once is enough`);
  return names;
}

function summaryOf(found: Methods.Posterior | Joint.JointPosterior): Json {
  const { method, logEvidence, ess, evaluations, misfit } = found;
  const known = Number.isFinite(logEvidence) ? logEvidence : null;
  const summary = { method, logEvidence: known, ess, evaluations, misfit };
  if (!("inferred" in found)) return summary;
  const inferred = Object.entries(found.inferred).map(([name, values]): [string, Json] => [name, [...values]]);
  return { ...summary, inferred: Object.fromEntries(inferred) };
}

/** The answers of the conditions that an interrupted run of the same request has finished, kept beside its fields. */
async function answersBeside(out: string, request: Json) {
  const file = `${out}.partial.answers.json`;
  const wanted = sha256(canonicalJson(request));
  const stored = await readJson(file)
    .then((value) => asObject(value, file, "the record"))
    .catch(() => undefined); // none, or not one of ours: begin anew
  const answers: Json[] = stored?.request === wanted && Array.isArray(stored.answers) ? [...stored.answers] : [];
  return {
    answers,
    add: async (i: number, answer: Json): Promise<void> => {
      answers[i] = answer;
      await writeJson(file, { request: wanted, answers });
    },
    remove: () => fs.rm(file, { force: true }),
  };
}
