/**
 * Values of a configuration that exclude one another, refused before anything is computed, each with a remedy that is
 * one.
 */
import { UserError } from "../errors/user-error";
import { fieldSize } from "../fields/shape";
import { shapeOf } from "../transport/domain";
import { problemAs } from "../transport/problems";
import type { Configuration } from "./configuration";
import { layersOf, quick } from "./presets";

/** @throws UserError naming the keys, what they are and the remedy */
export function checkCombinations(whole: Configuration): void {
  const { problem: p, network, sampler } = whole;
  checkNoise(whole, "identifiability");
  checkNoise(whole, "manifold");
  if (network.preconditioning === "none") {
    if (sampler.method === "mode-flow") {
      refuse(
        'sampler.method "mode-flow" needs network.preconditioning "conditional gaussian", got "none"',
        "another method, for instance sampler.method=reverse-sde-heun sampler.steps=200",
      );
    }
    checkWholeScore(whole);
    return;
  }
  if (sampler.calibrate && sampler.method !== "mode-flow") {
    refuse(
      `sampler.calibrate corrects the mode flow and no other method, got sampler.method "${sampler.method}"`,
      "sampler.calibrate=false",
    );
  }
  const dimension = fieldSize(shapeOf(problemAs(p), p.cells));
  if (network.modes > dimension) {
    refuse(
      `network.modes is ${network.modes}, but fields on problem.cells = ${String(p.cells)} have ${dimension} ` +
        "modes in all",
      `network.modes=${Math.max(2, Math.floor(dimension / 2))}, or more cells`,
    );
  }
}

/** Keys of a training in whitened modes: where the network learns the whole score a change of them would be lost. */
function checkWholeScore({ preset, training, problem }: Configuration): void {
  const layers = layersOf(preset, { twoAxes: problemAs(problem).domain.length === 2 });
  for (const key of ["penalty", "emphasis", "trialFields"] as const) {
    const ofPreset = layers.reduce((value, layer) => layer.training?.[key] ?? value, quick.training[key]);
    if (training[key] === ofPreset) continue;
    refuse(
      `training.${key} has no effect where the network learns the whole score (network.preconditioning "none"), got ${training[key]}`,
      `leave it out, or network.preconditioning="conditional gaussian"`,
    );
  }
}

function refuse(what: string, remedy: string): never {
  throw new UserError(`configuration: ${what}. Remedy: ${remedy}.`);
}

/** Noise is given to channels that there are. What the presets say of the study's own problem does not bind another. */
function checkNoise(whole: Configuration, key: "identifiability" | "manifold"): void {
  const names = problemAs(whole.problem).channels.map(({ name }) => name);
  for (const [name, level] of Object.entries(whole[key].noise)) {
    if (names.includes(name) || quick[key].noise[name] === level) continue;
    const channels = names.join(", ");
    refuse(
      `${key}.noise.${name} is of no channel of ${whole.problem.name}; there are ${channels}`,
      `${key}.noise.${names[0]}=${level}`,
    );
  }
}
