/**
 * Which device the project computes on. `npm run setup -- --device auto|cpu|cuda|webgpu` chooses; without it
 * SGM_DEVICE, then the choice of an earlier set-up, then auto: CUDA where a usable NVIDIA driver is found, else the
 * processor. The outcome is kept in .native/device.json: what was wanted, the road that is taken, and why.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ask, runCommand } from "./command.mjs";
import { Problem } from "./problem.mjs";
import { inProject } from "./project.mjs";

export const devices = ["auto", "cpu", "cuda", "webgpu"];
/** CUDA 12 needs this driver or a newer one. */
export const oldestDriver = "525.60.13";
const file = inProject(".native", "device.json");
export const cudaFolder = inProject(".native", "cuda");

/** The stored choice, or null where set-up has made none. */
export function storedDevice() {
  try {
    const stored = JSON.parse(readFileSync(file, "utf8"));
    return devices.includes(stored.wanted) && typeof stored.road === "string" ? stored : null;
  } catch {
    return null; // absent or damaged: set-up chooses again
  }
}

function store(choice) {
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`; // two set-ups may choose at once
  writeFileSync(part, JSON.stringify(choice, null, 1));
  renameSync(part, file);
  return choice;
}

/** The device that arguments or environment name; null for none. A Problem for what is not a device. */
export function askedDevice(args = [], environment = process.env) {
  const given = args.flatMap((argument, k) =>
    argument.startsWith("--device=") ? [argument.slice(9)] : argument === "--device" ? [args[k + 1] ?? ""] : [],
  );
  const known = args.every(
    (argument, k) => argument === "--device" || argument.startsWith("--device=") || args[k - 1] === "--device",
  );
  const from = given.length > 0 ? "--device" : "SGM_DEVICE";
  const wanted = given.length > 0 ? given[given.length - 1] : environment.SGM_DEVICE || null;
  if (known && (wanted === null || devices.includes(wanted))) return wanted;
  throw new Problem(
    known
      ? `${from} must be one of ${devices.join(", ")}, got "${wanted}".`
      : `set-up: expected --device ${devices.join("|")}, got "${args.join(" ")}".`,
  );
}

const older = (a, b) => {
  const [x, y] = [a, b].map((version) => version.split(".").map(Number));
  const at = y.findIndex((part, k) => (x[k] ?? 0) !== part);
  return at >= 0 && (x[at] ?? 0) < y[at];
};

/** { name, driver } of the first NVIDIA GPU whose driver can be used, or { missing } with what is in the way. */
export function findNvidia(proc = "/proc/driver/nvidia/version") {
  if (process.platform !== "linux" || process.arch !== "x64")
    return { missing: "TensorFlow's CUDA build is for Linux on x86-64 only" };
  const answer = ask("nvidia-smi", ["--query-gpu=name,driver_version", "--format=csv,noheader"]);
  if (answer === null) {
    return existsSync(proc)
      ? { missing: "an NVIDIA kernel driver is loaded, but nvidia-smi does not answer (in a container: start it with --gpus all)" } // prettier-ignore
      : { missing: "no NVIDIA driver was found (nvidia-smi is absent or fails). Remedy on Debian/Ubuntu: sudo apt install nvidia-driver" }; // prettier-ignore
  }
  const [name, driver] = (answer.trim().split("\n")[0] ?? "").split(",").map((part) => part.trim());
  if (!name || !/^\d+(\.\d+)+$/.test(driver ?? "")) return { missing: `nvidia-smi lists no GPU (it said "${answer.trim().slice(0, 80)}")` }; // prettier-ignore
  if (older(driver, oldestDriver))
    return { missing: `the NVIDIA driver ${driver} is too old for CUDA 12; ${oldestDriver} or newer is needed` };
  return { name, driver };
}

/** The road to what is wanted: pure, from what was found. `notice` is there where the wish cannot be met. */
export function roadTo(wanted, nvidia) {
  if (wanted === "webgpu") return { wanted, road: "webgpu" };
  if (wanted === "cpu") return { wanted, road: "cpu" };
  if (nvidia.missing === undefined) return { wanted, road: "cuda", gpu: nvidia.name, driver: nvidia.driver };
  const why = nvidia.missing;
  return wanted === "cuda"
    ? { wanted, road: "cpu", why, notice: `CUDA is wanted, but ${why}. Going on on the processor.` }
    : { wanted, road: "cpu", why };
}

let current = null;
/**
 * Makes the choice: anew in an `explicit` set-up and where none is stored; any other command keeps to the stored one.
 */
export function chooseDevice(args = [], explicit = false) {
  const asked = askedDevice(args);
  const stored = storedDevice();
  if (stored !== null && !explicit) return (current = stored);
  const wanted = asked ?? stored?.wanted ?? "auto";
  const choice = roadTo(wanted, wanted === "auto" || wanted === "cuda" ? findNvidia() : {});
  const same = stored?.road === choice.road && stored?.driver === choice.driver;
  // What was found not to work stays so until the device is asked for by name.
  if (stored?.failed && choice.road === "cuda" && args.length === 0) return (current = stored);
  const { notice, ...kept } = choice;
  if (notice) process.stderr.write(`${notice}\n`);
  return (current = store({ ...kept, ...(same && stored?.verified ? { verified: true } : {}) }));
}

/** "cpu", "cuda" or "webgpu". */
export const currentRoad = () => (current ?? storedDevice())?.road ?? "cpu";

/**
 * The gradient of a dilated convolution, with oneDNN switched off: TensorFlow's own kernels for processors refuse it,
 * so that an answer, and the right one, can only come from a GPU.
 */
export const gradientTrial = `const tf = require("@tensorflow/tfjs-node-gpu");
const { binding } = tf.backend();
const attributes = [["T", binding.TF_ATTR_TYPE, 1], ["strides", binding.TF_ATTR_INT, [1, 1, 1, 1]], ["dilations", binding.TF_ATTR_INT, [1, 1, 2, 1]],
  ["padding", binding.TF_ATTR_STRING, "VALID"], ["data_format", binding.TF_ATTR_STRING, "NHWC"]].map(([name, type, value]) => ({ name, type, value }));
const [x, dy] = [tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 6, 1]), tf.tensor4d([1, 10], [1, 1, 2, 1])];
const gradient = tf.backend().executeSingleOutput("Conv2DBackpropFilter", attributes, [x, tf.tensor1d([1, 3, 1, 1], "int32"), dy]).dataSync();
if (gradient.join() !== "21,43,65") throw new Error("the gradient is " + gradient);`;

/** Why the GPU does not compute, or null where it does. */
export async function cudaFailure() {
  const environment = { TF_ENABLE_ONEDNN_OPTS: "0", TF_CPP_MIN_LOG_LEVEL: "1", ...deviceEnvironment() };
  const result = await runCommand("cuda", process.execPath, ["-e", gradientTrial], { environment });
  if (result.code === 0) return null;
  const told = result.output.filter((line) => /Error|error|Cannot|Could not|failed/.test(line));
  return (
    `a convolution's gradient did not run on the GPU (${(told[0] ?? `exit code ${result.code}`).slice(0, 200)}); ` +
    `the log: ${result.logFile}`
  );
}

export function markVerified() {
  current = store({ ...(current ?? storedDevice()), verified: true });
}

export const needsVerification = () => currentRoad() === "cuda" && !(current ?? storedDevice())?.verified;

/** After a failure: the processor, until CUDA is asked for again. */
export function fallBackToProcessor(why) {
  const { wanted } = current ?? storedDevice();
  current = store({ wanted, road: "cpu", why, failed: true });
}

/** What a process needs to find the device's libraries. A device named in SGM_DEVICE stays. */
export function deviceEnvironment(environment = process.env, choice = storedDevice()) {
  if (choice?.road === "webgpu") return environment.SGM_DEVICE ? {} : { SGM_DEVICE: "webgpu" };
  if (choice?.road !== "cuda") return {};
  const libraries = cudaLibraryFolders();
  return { LD_LIBRARY_PATH: [...libraries, environment.LD_LIBRARY_PATH].filter(Boolean).join(":") };
}

function cudaLibraryFolders() {
  const nvidia = join(cudaFolder, "nvidia");
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia)
    .map((name) => join(nvidia, name, "lib"))
    .filter((folder) => existsSync(folder));
}
