/** What the study needs of a machine, looked at one by one. Each check answers with what it found; none throws. */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { dataFolder } from "../cache/root";

export interface Check {
  readonly name: string;
  readonly found: string;
  /** "missing" keeps the study from running; "without" costs something that it can do without. */
  readonly state: "good" | "without" | "missing";
  readonly remedy?: string;
}

const good = (name: string, found: string): Check => ({ name, found, state: "good" });
const setUp = "npm run setup";

async function answer(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: 30_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

export function checkNode(version = process.version): Check {
  const [major, minor] = version.slice(1).split(".").map(Number);
  const fits = (major === 20 && minor >= 11) || major === 21 || major === 22;
  const remedy = "install Node 20 or 22 (nvm install 22); native TensorFlow for Node fails on 23 and later";
  return fits ? good("Node", version) : { name: "Node", found: version, state: "missing", remedy };
}

export async function checkNpm(): Promise<Check> {
  const version = await answer("npm", ["--version"]);
  return version === undefined
    ? { name: "npm", found: "not found", state: "without", remedy: "install npm beside Node" }
    : good("npm", version.split("\n").pop() ?? version);
}

/** Python and JupyterLab of the project's own environment, which execute the notebooks. */
export async function checkPython(root: string): Promise<Check[]> {
  const python = path.join(root, ".venv", "bin", "python");
  const program = `import sys, importlib.metadata as m
print(sys.version.split()[0])
for p in ("jupyterlab", "nbclient", "numpy", "xarray", "zarr", "safetensors"):
    try: print(p, m.version(p))
    except m.PackageNotFoundError: print(p, "missing")`;
  const lines = (await answer(python, ["-c", program]))?.split("\n");
  if (lines === undefined)
    return [{ name: "Python", found: "no .venv in the project", state: "missing", remedy: setUp }];
  const packages = lines.slice(1);
  const absent = packages.filter((line) => line.endsWith(" missing"));
  const kernel = path.join(root, ".venv", "share", "jupyter", "kernels", "tslab", "kernel.json");
  const name = "Python packages";
  return [
    good("Python", `${lines[0]} (.venv)`),
    absent.length === 0
      ? good(name, packages.join(", "))
      : {
          name,
          found: absent.join(", "),
          state: absent.some((p) => /jupyterlab|nbclient/.test(p)) ? "missing" : "without",
          remedy: setUp,
        },
    fs.existsSync(kernel)
      ? good("notebook kernel", "tslab")
      : { name: "notebook kernel", found: "not installed", state: "missing", remedy: setUp },
  ];
}

/** TensorFlow's backend and what it multiplies: the largest part of a training is of that kind. */
export async function checkTensorFlow(): Promise<Check[]> {
  const threads = good(
    "threads",
    `${os.availableParallelism()} of ${os.cpus().length} (${os.cpus()[0]?.model ?? "unknown processor"})`,
  );
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- when it is needed: it takes a second to load
    const { tf } = require("../graph/tensorflow") as typeof import("../graph/tensorflow");
    await tf.ready();
    const backend = tf.getBackend();
    if (backend !== "tensorflow") {
      const found = `backend "${backend}", which cannot train in acceptable time`;
      return [threads, { name: "TensorFlow", found, state: "missing", remedy: setUp }];
    }
    const native = tf.backend() as { binding?: { TF_Version?: string } };
    const version = native.binding?.TF_Version ?? "unknown version";
    return [
      threads,
      good("TensorFlow", `native ${version}, tfjs ${tf.version.tfjs}`),
      checkOwnOperations(),
      good("matrix product", `${(await matmulRate(tf)).toPrecision(3)} GFLOP/s (1024 x 1024, float32)`),
    ];
  } catch (error) {
    const found = (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, 200);
    return [threads, { name: "TensorFlow", found, state: "missing", remedy: setUp }];
  }
}

/** The project's own operations of the native library, which training is slower without. */
function checkOwnOperations(): Check {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { ownOperations } = require("../graph/own-operations") as typeof import("../graph/own-operations");
  const [name, own] = ["own operations", ownOperations()];
  if (own.loaded) return good(name, "loaded");
  const remedy = `mend that, remove .native/operations, then ${setUp}`;
  return { name, found: `TensorFlow's instead, slower: ${own.reason}`, state: "without", remedy };
}

/** What set-up found and chose (.native/device.json; see scripts/setup/device.mjs). */
interface DeviceChoice {
  readonly wanted: string;
  readonly road: string;
  readonly gpu?: string;
  readonly driver?: string;
  readonly why?: string;
  readonly verified?: boolean;
}

function deviceChoice(root: string): DeviceChoice | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, ".native", "device.json"), "utf8")) as DeviceChoice;
  } catch {
    return undefined; // set-up has not chosen: the processor
  }
}

/** Where trainings compute: the device, its driver, the road to it, and what keeps a wanted one from being used. */
export async function checkDevice(root: string, environment = process.env): Promise<Check> {
  const name = "device";
  const choice = deviceChoice(root);
  const wanted = environment.SGM_DEVICE || (choice?.wanted ?? "auto");
  const otherwise = `${setUp} -- --device auto`;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- TensorFlow takes a second to load
    const { startWebGpu, wantedDevice } = require("../graph/device") as typeof import("../graph/device");
    if (wantedDevice(wanted) === "webgpu") {
      const { vendor, description } = await startWebGpu();
      return good(name, `${description || vendor}, by WebGPU (trainings and samplers; the rest on the processor)`);
    }
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { tf } = require("../graph/tensorflow") as typeof import("../graph/tensorflow");
    await tf.ready();
    const onGpu = (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
    if (onGpu) {
      const seen = choice?.verified === true ? "a convolution's gradient was seen to run on it" : "not verified";
      return good(name, `${choice?.gpu ?? "NVIDIA GPU"}, driver ${choice?.driver ?? "unknown"}, by CUDA (${seen})`);
    }
    if (wanted === "cuda" || choice?.road === "cuda") {
      const why = choice?.why ?? "TensorFlow sees no GPU";
      return {
        name,
        found: `processor; CUDA is wanted, but ${why}`,
        state: "without",
        remedy: `mend that, then ${setUp} -- --device cuda; or ${otherwise}`,
      };
    }
    return good(name, `processor${choice?.why === undefined ? "" : ` (${choice.why})`}`);
  } catch (error) {
    const found = `processor; ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`;
    return { name, found, state: "without", remedy: otherwise };
  }
}

async function matmulRate(tf: typeof import("../graph/tensorflow").tf): Promise<number> {
  const n = 1024;
  const [a, b] = [tf.randomUniform([n, n]), tf.randomUniform([n, n])];
  const product = async (): Promise<void> => {
    const c = tf.tidy(() => tf.matMul(a, b).slice([0, 0], [1, 1])); // one number back is enough to wait for all
    await c.data();
    c.dispose();
  };
  await product();
  let best = Infinity;
  for (const begun = performance.now(); performance.now() - begun < 500;) {
    const before = performance.now();
    await product();
    best = Math.min(best, performance.now() - before);
  }
  tf.dispose([a, b]);
  return (2 * n ** 3) / best / 1e6;
}

/** Room for the data of the quick preset where they are kept, and memory for its training. */
export function checkRoom(root: string, data = dataFolder(root)): Check[] {
  const there = nearestFolder(data);
  const { bavail, bsize } = fs.statfsSync(there);
  const disk = (bavail * bsize) / 1e9;
  const memory = Math.min(os.totalmem(), process.constrainedMemory?.() || Infinity) / 1e9;
  const free = available() / 1e9;
  const remedies = {
    disk:
      `free some space at ${data}, for instance with npm run -s sgm -- cache prune --days 30, or name another place ` +
      "in SGM_DATA",
    memory: "close other programs, or use a smaller preset",
  };
  return [
    disk >= 1
      ? good("free disk", `${disk.toFixed(1)} GB at ${data}`)
      : { name: "free disk", found: `${disk.toFixed(2)} GB at ${data}`, state: "missing", remedy: remedies.disk },
    free >= 1.5
      ? good("free memory", `${free.toFixed(1)} of ${memory.toFixed(1)} GB`)
      : { name: "free memory", found: `${free.toFixed(1)} GB`, state: "without", remedy: remedies.memory },
    checkWritable("results", data),
    checkWritable("figures", path.resolve(root, process.env.SGM_FIGURES || "figures")),
  ];
}

function checkWritable(name: string, folder: string): Check {
  const there = nearestFolder(folder);
  if (canWrite(there)) return good(name, `${folder}, writable`);
  return { name, found: `${folder} cannot be written`, state: "missing", remedy: `chmod -R u+w ${there}` };
}

/** The folder, or the nearest one above it that exists. */
function nearestFolder(folder: string): string {
  return fs.existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}

/** What Linux says is available (caches can be given up); elsewhere what is free. */
function available(): number {
  try {
    const line = /^MemAvailable:\s+(\d+) kB/m.exec(fs.readFileSync("/proc/meminfo", "utf8"));
    if (line !== null) return 1024 * Number(line[1]);
  } catch {
    // not Linux
  }
  return os.freemem();
}

function canWrite(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return fs.statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** A browser, for the test that opens the notebooks in JupyterLab. */
export async function checkBrowser(): Promise<Check> {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const macOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  for (const browser of [process.env.CHROMIUM, ...names, macOS]) {
    const version = browser === undefined ? undefined : await answer(browser, ["--version"]);
    if (version !== undefined) return good("Chromium", version.split("\n")[0]);
  }
  const remedy = "only for the browser test: sudo apt-get install chromium, or brew install --cask chromium";
  return { name: "Chromium", found: "not found", state: "without", remedy };
}
