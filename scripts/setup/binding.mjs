/**
 * The binding between Node and TensorFlow: two C++ files of the npm package, compiled against the library of this
 * folder.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { deviceEnvironment } from "./device.mjs";
import { compilerArguments, nodeHeaders } from "./native-module.mjs";
import { packages } from "./packages.mjs";
import { findCompiler } from "./prerequisites.mjs";
import { Problem } from "./problem.mjs";
import { inProject } from "./project.mjs";
import { hashOf, stampHolds, writeStamp } from "./stamp.mjs";
import { tensorflowBuild } from "./tensorflow.mjs";

const packageFolder = inProject("node_modules", "@tensorflow", "tfjs-node-gpu");
const sources = join(packageFolder, "binding");
const target = join(packageFolder, "lib", "napi-v8");
const stamp = join(target, "porous-sgm.json");

const argumentsFor = (output) =>
  compilerArguments({
    flags: ["-O2"],
    includes: [packageFolder, sources],
    sources: ["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(sources, file)),
    folder: target,
    output,
  });

function inputs() {
  const files = readdirSync(sources).sort();
  return hashOf(
    ...files.map((file) => readFileSync(join(sources, file))),
    readFileSync(join(nodeHeaders, "package.json")),
    JSON.stringify([tensorflowBuild(), argumentsFor(inProject("output"))]),
  );
}

/** Multiplies two matrices in a process of its own: a library that cannot be loaded may take the process with it. */
const trial = `const tf = require("@tensorflow/tfjs-node-gpu");
const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync();
if (tf.getBackend() !== "tensorflow" || product.join() !== "19,22,43,50") throw new Error(tf.getBackend() + " gave " + product);`;

async function verify() {
  const result = await runCommand("verify", process.execPath, ["-e", trial], {
    environment: { TF_CPP_MIN_LOG_LEVEL: "2", ...deviceEnvironment() },
  });
  if (result.code === 0) return;
  if (result.signal === "SIGILL")
    throw new Problem("This processor lacks instructions that the native TensorFlow uses (AVX on x86-64).", {
      debian: "use a machine with AVX (any x86-64 processor since about 2013; some virtual machines hide it)",
      macos: "use a native build of Node (arm64), not one under Rosetta",
    });
  throw new Problem(
    `The TensorFlow binding was built, but does not work:\n    ${result.output.slice(-12).join("\n    ")}\nThe ` +
      `log: ${result.logFile}.`,
  );
}

export const binding = {
  title: "TensorFlow binding",
  megabytes: 10,
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
    progress.describe(() => "compiling");
    rmSync(stamp, { force: true });
    mkdirSync(target, { recursive: true });
    const part = join(target, "tfjs_binding.node.part");
    const result = await runCommand("binding", compiler, argumentsFor(part));
    if (result.code !== 0)
      throw new Problem(
        `The TensorFlow binding did not compile:\n    ${result.output.slice(-12).join("\n    ")}\nThe ` +
          `log: ${result.logFile}.`,
        { debian: "sudo apt install g++ (version 9 or newer)", macos: "xcode-select --install" },
      );
    renameSync(part, join(target, "tfjs_binding.node")); // processes that have the old one open keep it
    progress.describe(() => "trying it");
    await verify();
    writeStamp(stamp, inputs(), target, ["tfjs_binding.node"]);
  },
};
