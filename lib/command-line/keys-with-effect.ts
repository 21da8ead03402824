/**
 * Which keys of a configuration have an effect on what a command does; the others are refused by name, with what would
 * have one. A key that is accepted and changes nothing would be taken for a result.
 */
import { UserError } from "../errors/user-error";
import { type SamplerSettings, unheeded } from "../model/sampler-settings";
import { isRecord } from "../storage/json";
import type { Configuration, Overrides } from "../study/configuration";

/** Keys that a model is made from. */
export const modelKey = /^(preset|seed|(problem|statistics|ensemble|network|training)(\.|$))/;
const samplingKey = /^(sampler|schedule)(\.|$)/;

/** "sampler.steps" of { sampler: { steps: 20 } }. */
export function leafKeys(changes: unknown, place = ""): string[] {
  if (!isRecord(changes)) return [place];
  return Object.entries(changes).flatMap(([key, value]) => leafKeys(value, place === "" ? key : `${place}.${key}`));
}

/** Refuses what neither names a model nor changes its sampling. */
export function requireModelOrSampling(keys: readonly string[]): void {
  const stranger = keys.find((key) => !modelKey.test(key) && !samplingKey.test(key));
  if (stranger === undefined) return;
  throw new UserError(
    `--set ${stranger} has no effect on sampling; keys of sampler and schedule have, and those that name the model`,
  );
}

/** Refuses what changes no training. The schedule is an input of a network that learns the whole score. */
export function requireTraining(changes: Overrides, { network }: Configuration): void {
  const idle = leafKeys(changes).find(
    (key) => !modelKey.test(key) && !(network.preconditioning === "none" && key.startsWith("schedule")),
  );
  if (idle === undefined) return;
  const where = samplingKey.test(idle)
    ? "sampling has it: npm run -s sgm -- sample"
    : "chapters have it: npm run -s sgm -- study";
  throw new UserError(`--set ${idle} has no effect on a training; ${where} --set ${idle}=..`);
}

/** Refuses keys of other methods than the one that samples. */
export function requireSampling(keys: readonly string[], { method }: SamplerSettings): void {
  const flow = method === "mode-flow";
  const idle = unheeded(method);
  const key = keys.find((k) => (flow && k === "schedule") || idle.includes(k.replace(/^(sampler|schedule)\./, "")));
  if (key !== undefined) throw new UserError(ofAnotherMethod(key, method));
}

/**
 * The same for chapters, which run the schedule in other places too: refuses a key of the sampler that no method heeds
 * of those in the configurations to be run.
 */
export function requireSamplerOfChapters(keys: readonly string[], configurations: readonly Configuration[]): void {
  const methods = configurations.map(({ sampler }) => sampler.method);
  if (methods.some((method) => method !== "mode-flow")) return;
  const idle = unheeded("mode-flow").map((name) => `sampler.${name}`);
  const key = keys.find((k) => idle.includes(k));
  if (key !== undefined) throw new UserError(ofAnotherMethod(key, "mode-flow"));
}

/**
 * Refuses keys of a sampler for fields given readings, which follow the mode flow (`flow`) or no sampler at all. A
 * model of the `whole` score is named by its schedule.
 */
export function requirePosterior(
  keys: readonly string[],
  method: string,
  { flow, whole }: { flow: boolean; whole: boolean },
): void {
  const idle = keys.find(
    (key) =>
      samplingKey.test(key) &&
      key !== "sampler.method" &&
      !(flow && key === "sampler.steps") &&
      !(whole && key.startsWith("schedule")),
  );
  if (idle === undefined) return;
  const has = flow ? "sampler.steps has an effect" : "no key of sampler or schedule has an effect";
  throw new UserError(`--set ${idle} has no effect on fields given readings by --method ${method}; ${has}`);
}

function ofAnotherMethod(key: string, method: SamplerSettings["method"]): string {
  const flow = method === "mode-flow";
  const has = flow ? "sampler.steps and sampler.calibrate" : "sampler.steps, .spacing, .start, .denoise and schedule";
  const other = flow
    ? "a method in time has it, for instance --set sampler.method=reverse-sde-heun"
    : "mode-flow has it";
  return `--set ${key} has no effect with sampler.method "${method}", which heeds ${has}; ${other}`;
}
