/**
 * Values of a configuration that exclude one another, refused before anything is computed, each with a remedy that is
 * one.
 */
import { UserError } from "../errors/user-error";
import { fieldSize } from "../fields/shape";
import { shapeOf } from "../transport/domain";
import { problemAs } from "../transport/problems";
import { type Configuration, configuration, valueOfKey } from "./configuration";
import { quick } from "./presets";

/** @throws UserError naming the keys, what they are and the remedy */
export function checkCombinations(whole: Configuration): void {
  const { problem: p, network, sampler } = whole;
  checkNoise(whole, "identifiability");
  checkNoise(whole, "manifold");
  checkTold(whole);
  if (network.preconditioning === "none") {
    if (sampler.method === "mode-flow") {
      refuse(
        'sampler.method "mode-flow" needs network.preconditioning "conditional gaussian", got "none"',
        "another method, for instance sampler.method=reverse-sde-heun sampler.steps=200",
      );
    }
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

/** A porosity on n cells has n Karhunen-Loeve modes; a model cannot be told more. */
function checkTold({ problem: p, confounder }: Configuration): void {
  const { grid } = shapeOf(problemAs(p), p.cells);
  const most = Math.max(...confounder.modes);
  if (grid.axes.length > 1 || most <= grid.cells) return;
  refuse(
    `confounder.modes asks for ${most} modes, but a porosity on problem.cells = ${grid.cells} has ${grid.cells}`,
    `confounder.modes of at most ${grid.cells}, or more cells`,
  );
}

/**
 * Keys that a training in whitened modes heeds and one of the whole score does not, each with the chapters whose models
 * are of modes in any case and have no key of their own in its place.
 */
const keysOfModes: Readonly<Record<string, readonly string[]>> = {
  "network.modes": ["09"],
  "network.noiseGrading": ["09", "11"],
  "training.penalty": ["09", "11"],
  "training.emphasis": ["09", "11"],
  "training.trialFields": ["09"],
};

/**
 * Refuses keys of a training in modes, changed from their preset, where the network learns the whole score: for the
 * model of the configuration itself, or for `chapters`, by their numbers, unless all of them heed the key.
 * @throws UserError naming the key, its value and the remedy
 */
export function checkWholeScore(whole: Configuration, chapters: readonly string[] = []): void {
  if (whole.network.preconditioning !== "none") return;
  const { preset, problem } = whole;
  const usual = configuration({ preset, problem: { name: problem.name } });
  for (const [key, heeding] of Object.entries(keysOfModes)) {
    const value = valueOfKey(whole, key);
    if (value === valueOfKey(usual, key)) continue;
    if (chapters.length > 0 && chapters.every((chapter) => heeding.includes(chapter))) continue;
    refuse(
      `${key} has no effect where the network learns the whole score (network.preconditioning "none"), ` +
        `got ${String(value)}`,
      'leave it out, or network.preconditioning="conditional gaussian"; chapters with a model of modes in any case ' +
        `have it: npm run -s sgm -- study ${heeding.map((chapter) => `--only ${chapter}`).join(" ")}`,
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
