/** The errors of every method, layout by layout: of banks, and of methods that draw for each measurement anew. */
import { type Guidance, guidances } from "../../inverse/guidance";
import { guidedPosterior, type NoisyModes } from "../../inverse/guided-flow";
import { guidedLevels, noisyModesOf } from "../../inverse/guided-model";
import { gaussianLatent } from "../../inverse/latent-model";
import { type Observations } from "../../inverse/observations";
import { posteriorAt } from "../../inverse/posterior";
import { type Stream } from "../../random/stream";
import { type Answer } from "./banks";
import { bankAnswers, errorRow, type ErrorRow, simulatedMeasurements } from "./errors";
import { type Moments, momentsOf } from "./moments";
import { type Bench, type Flow, sensorsAt } from "./bench";

export async function errorsOf(bench: Bench, flow: Flow, coarse?: Flow): Promise<ErrorRow[]> {
  const { model, condition, settings, root, banks, truths } = bench;
  const channels = model.problem.channels.length;
  const guided = noisyModesOf(model, bench.at, {
    levels: guidedLevels(bench.steps),
    batch: Math.min(500, settings.draws),
  });
  const rows: ErrorRow[] = [];
  const layouts = [...settings.layouts, { name: "the chapter's sensors", sensors: settings.sensors }];
  try {
    for (const { name, sensors: list } of layouts) {
      const of = sensorsAt(model, condition, list);
      const own = root.child(`layout ${name}`);
      const simulated = simulatedMeasurements(truths, of, settings.dataSets, own.child("noise"));
      const { measurements: all, reference } = wellKnown(simulated, bankAnswers(banks.solver, of, simulated));
      const drawn = { "solver again": banks.again, network: banks.network, gaussian: banks.gaussian };
      for (const [method, bank] of Object.entries(drawn)) {
        rows.push(errorRow([name, method], bankAnswers(bank, of, all), reference, channels));
      }
      const few = all.slice(0, settings.searched);
      for (const method of ["latent", "es-mda", ...guidances] as const) {
        const answers = [];
        for (const [i, d] of few.entries()) {
          answers.push(await searched(bench, method, d, own.child(method).child(i), { flow, coarse, guided }));
        }
        rows.push(errorRow([name, method], answers, reference.slice(0, few.length), channels));
      }
    }
  } finally {
    guided.dispose();
  }
  return rows;
}

/** Fewer effective fields than this, and the reference itself does not know the answer. */
const leastKnown = 50;

/**
 * The measurements whose answer the reference knows, best known first; two at least. Whoever is compared with it has no
 * part in the choice.
 */
function wellKnown(measurements: readonly Observations[], answers: readonly Answer[]) {
  const order = [...answers.keys()].sort((a, b) => answers[b].ess - answers[a].ess);
  const chosen = order.filter((i, place) => place < 2 || answers[i].ess >= leastKnown);
  return { measurements: chosen.map((i) => measurements[i]), reference: chosen.map((i) => answers[i]) };
}

/** The answer of a method that draws for each measurement anew. */
async function searched(
  { model, condition, at, settings, signal }: Bench,
  method: "latent" | "es-mda" | Guidance,
  d: Observations,
  s: Stream,
  { flow, coarse, guided }: { flow: Flow; coarse?: Flow; guided: NoisyModes },
): Promise<Moments & { ess: number; logEvidence: number }> {
  signal.throwIfAborted();
  const count = settings.draws;
  const gaussian = gaussianLatent(at.law, model.statistics.normalisation);
  if (method !== "latent" && method !== "es-mda") {
    const options = { guidance: method, count, stream: s, signal };
    const { images, ess, logEvidence } = await guidedPosterior(guided, gaussian.affine(d), d, options);
    return { ...momentsOf(gaussian.fields(images), gaussian.size), ess, logEvidence };
  }
  const options = { method, count, stream: s, flow, coarse, pilot: fewest, signal };
  const { fields, ess, logEvidence } = await posteriorAt(model, condition, d, options);
  return { ...momentsOf(fields, gaussian.size), ess, logEvidence };
}

/** The misfit of readings that were simulated is known to be none: so many fields are drawn for it. */
const fewest = 20;
