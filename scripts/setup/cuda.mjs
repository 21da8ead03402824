/**
 * The CUDA libraries that TensorFlow's GPU build loads, as wheels of the Python package index, in
 * .native/cuda/nvidia/NAME/lib. Only where the device is an NVIDIA GPU. The driver is the system's; the toolkit need
 * not be installed.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { cudaFolder, currentRoad } from "./device.mjs";
import { clientProblem } from "./prerequisites.mjs";
import { inProject, venvPython } from "./project.mjs";
import { hashOf, stampHolds, writeStamp } from "./stamp.mjs";

const requirements = inProject("scripts", "requirements-cuda.txt");
const stampName = "porous-sgm.json";
const inputs = () => hashOf(readFileSync(requirements));

/** pip's arguments; the wheels need not match the local Python, since only their libraries are used. */
export const cudaArguments = (target) => [
  ...["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"],
  ...["--python-version", "3.12", "--implementation", "cp"],
  ...["manylinux_2_27_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64"].flatMap((tag) => ["--platform", tag]),
  ...["--target", target, "-r", requirements],
];

export const cuda = {
  title: "CUDA libraries",
  megabytes: 6000,
  done: (thorough) =>
    currentRoad() !== "cuda" || stampHolds(join(cudaFolder, stampName), inputs(), cudaFolder, thorough),
  prerequisites: () => ({}),
  async run(_found, progress) {
    let last = "";
    progress.describe(() => last);
    const incoming = inProject(".native", "cuda-incoming");
    rmSync(incoming, { recursive: true, force: true });
    const result = await runCommand("cuda-libraries", venvPython, cudaArguments(incoming), {
      environment: { TMPDIR: inProject(".native") },
      onLine: (line) => (last = line.slice(0, 60)),
    });
    if (result.code !== 0) {
      rmSync(incoming, { recursive: true, force: true });
      throw clientProblem("pip", "The Python package index", result);
    }
    const folders = readdirSync(join(incoming, "nvidia"))
      .map((name) => join("nvidia", name, "lib"))
      .filter((folder) => existsSync(join(incoming, folder)));
    const libraries = folders.flatMap((folder) =>
      readdirSync(join(incoming, folder)).map((name) => join(folder, name)),
    );
    writeStamp(join(incoming, stampName), inputs(), incoming, libraries);
    rmSync(cudaFolder, { recursive: true, force: true });
    renameSync(incoming, cudaFolder);
  },
};
