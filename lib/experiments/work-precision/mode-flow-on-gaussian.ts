/**
 * The mode flow where its answer is known: data without third cumulants and a network that says nothing leave every
 * field where it began.
 */
import { modeSampler } from "../../model/mode-flow";
import { arraysOf, atCondition, modesOf, type ScoreModel } from "../../model/score-model";
import type { Stream } from "../../random/stream";
import { referenceCondition } from "../../transport/domain";

/**
 * Largest |y - y(start)| over a few fields and modes where data have no third cumulants and the network's output layer
 * is zero.
 */
export async function modeFlowOnGaussian(model: ScoreModel, own: Stream): Promise<number> {
  if (model.trained.kind !== "modes") return 0;
  const trained = modesOf(model, "the mode flow");
  const arrays = arraysOf(atCondition(model, referenceCondition(model.problem)));
  const theta = trained.theta.slice();
  let offset = 0;
  for (const { name, shape } of trained.network.parameters) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (name.startsWith("out_proj")) theta.fill(0, offset, offset + size);
    offset += size;
  }
  const count = 8;
  const flow = modeSampler({ ...trained, theta }, { levels: 4, batch: count });
  try {
    const y = await flow.sample({ ...arrays, cumulants: arrays.cumulants.map(() => 0) }, count, own);
    const begun = own.normals(count * trained.modes);
    return y.reduce((most, v, i) => Math.max(most, Math.abs(v - Math.fround(begun[i]))), 0);
  } finally {
    flow.dispose();
  }
}
