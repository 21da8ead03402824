/**
 * The project's own TensorFlow operations (lib/graph/native), compiled against the library of this folder, and the
 * small module that keeps the library's notes from every command's output. The project does without them, more slowly
 * and with the notes: where they do not compile or do not work, the reason is kept beside them, shown by doctor, and
 * set-up goes on.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { deviceEnvironment } from "./device.mjs";
import { compilerArguments, nodeHeaders } from "./native-module.mjs";
import { packages } from "./packages.mjs";
import { findCompiler } from "./prerequisites.mjs";
import { inProject } from "./project.mjs";
import { hashOf, stampHolds, writeStamp } from "./stamp.mjs";
import { tensorflowBuild } from "./tensorflow.mjs";

const target = inProject(".native", "operations");
const native = (name) => inProject("lib", "graph", "native", `${name}.cc`);
const operationsOfModels = "film-silu";
const module = `${operationsOfModels}.node`;
// without it every command begins with TensorFlow's notes, and nothing else is missing
const withNotes = "standard-error";
const refusal = "unavailable.txt";
const stamp = join(target, "porous-sgm.json");

const argumentsFor = (name, output) =>
  compilerArguments({
    // the last two: loops with comparisons become vector instructions
    flags: ["-O3", "-DNDEBUG", "-fno-math-errno", "-fno-trapping-math"],
    sources: [native(name)],
    folder: target,
    output,
  });

const inputs = () =>
  hashOf(
    readFileSync(native(operationsOfModels)),
    readFileSync(native(withNotes)),
    readFileSync(join(nodeHeaders, "package.json")),
    JSON.stringify([tensorflowBuild(), argumentsFor(operationsOfModels, inProject("output"))]),
  );

/** One number forward and back, in a process of its own. */
const trial = (file) => `const tf = require("@tensorflow/tfjs-node-gpu");
process.dlopen({ exports: {} }, ${JSON.stringify(file)});
const one = (x) => tf.tensor2d([[x]]);
const y = tf.backend().executeSingleOutput("FilmSilu", [], [one(2), one(0.5), one(-3)]).dataSync()[0];
const [dx] = tf.backend().executeMultipleOutputs("FilmSiluGrad", [], [one(2), one(0.5), one(-3), one(1)], 3);
const s = 1 / (1 + Math.exp(2));
if (!(Math.abs(y + 2 * s) < 1e-6 && Math.abs(dx.dataSync()[0] - 0.5 * s * (1 - 2 * (1 - s))) < 1e-6)) throw new Error("FilmSilu gave " + y);`;

/** Null, or why they are not there. */
async function build(compiler, progress) {
  progress.describe(() => "compiling");
  await buildHolder(compiler);
  const part = join(target, `${module}.part`);
  const compiled = await runCommand("operations", compiler, argumentsFor(operationsOfModels, part));
  if (compiled.code !== 0) return `they did not compile: ${compiled.output.find((line) => /error/i.test(line)) ?? compiled.output.at(-1)}`; // prettier-ignore
  progress.describe(() => "trying them");
  const environment = { TF_CPP_MIN_LOG_LEVEL: "2", ...deviceEnvironment() };
  const tried = await runCommand("operations-trial", process.execPath, ["-e", trial(part)], { environment });
  if (tried.code !== 0) return `they do not work: ${tried.output.find((line) => /Error/.test(line)) ?? `exit ${tried.code ?? tried.signal}`}`; // prettier-ignore
  renameSync(part, join(target, module)); // processes that have the old one open keep it
  return null;
}

async function buildHolder(compiler) {
  const part = join(target, `${withNotes}.part`);
  const compiled = await runCommand("standard-error", compiler, argumentsFor(withNotes, part));
  if (compiled.code === 0) renameSync(part, join(target, `${withNotes}.node`));
}

export const operations = {
  title: "own TensorFlow operations",
  megabytes: 1,
  wipedBy: [packages],
  done(thorough) {
    try {
      return stampHolds(stamp, inputs(), target, thorough);
    } catch {
      return false; // its packages are not there yet
    }
  },
  prerequisites: () => ({ compiler: findCompiler() }),
  async run({ compiler }, progress) {
    mkdirSync(target, { recursive: true });
    for (const old of [stamp, join(target, refusal)]) rmSync(old, { force: true });
    const reason = await build(compiler, progress);
    if (reason !== null) {
      writeFileSync(join(target, refusal), `${reason}\n`);
      process.stderr.write(`The project's own TensorFlow operations are not used, training is slower: ${reason}\n`);
    }
    writeStamp(stamp, inputs(), target, [reason === null ? module : refusal]);
  },
};
