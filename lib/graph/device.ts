/**
 * Where trainings and samplers compute. SGM_DEVICE says which device is wanted:
 *   auto    what TensorFlow's native library finds: an NVIDIA GPU where set-up installed its CUDA build, else the
 *           processor (default)
 *   cpu     the processor, whatever is there
 *   cuda    an NVIDIA GPU through TensorFlow's CUDA build
 *   webgpu  any GPU through WebGPU (Dawn; Vulkan, Metal or Direct3D below it)
 *
 * WebGPU cannot be read synchronously and runs operation by operation, so it is lent out for one action at a time
 * (`onDevice`); everything else stays with the native library. Draws are made by the native library in both cases, so
 * both see the same noise.
 */
import { notice } from "./backend";
import { tf } from "./tensorflow";

export const devices = ["auto", "cpu", "cuda", "webgpu"] as const;
export type Device = (typeof devices)[number];

/** What SGM_DEVICE asks for. Throws a RangeError that lists the devices for anything else. */
export function wantedDevice(wanted = process.env.SGM_DEVICE): Device {
  if (wanted === undefined || wanted === "") return "auto";
  const found = devices.find((device) => device === wanted);
  if (found !== undefined) return found;
  throw new RangeError(`SGM_DEVICE must be one of ${devices.join(", ")}, got "${wanted}"`);
}

/** The part of Dawn's native module that is used; npm package webgpu. */
interface Dawn {
  create(options: string[]): Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}
interface Gpu {
  requestAdapter(options?: object): Promise<{ readonly info: Readonly<Record<string, string>> } | null>;
}

/** A description of the adapter that WebGPU found. */
export interface WebGpuAdapter {
  readonly vendor: string;
  readonly description: string;
}

let started: Promise<WebGpuAdapter> | undefined;

/**
 * Makes the backend "webgpu" known to TensorFlow.js, once. Throws, saying what is missing, where its packages or an
 * adapter with a driver are not there. The backend in use stays the same.
 */
export function startWebGpu(): Promise<WebGpuAdapter> {
  started ??= start().catch((error: unknown) => {
    started = undefined; // it may be mended meanwhile
    throw error;
  });
  return started;
}

async function start(): Promise<WebGpuAdapter> {
  const dawn = load<Dawn>(
    `webgpu/dist/${process.platform}-${process.platform === "darwin" ? "universal" : process.arch}/dawn.node`,
  );
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new Error(
      "WebGPU found no adapter: a driver for Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows) is needed. " +
        "Remedy on Debian/Ubuntu: sudo apt install libvulkan1 mesa-vulkan-drivers, or the vendor's driver",
    );
  }
  // The names that a browser has and TensorFlow.js expects.
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  if (!("navigator" in globalThis)) {
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(Reflect.get(globalThis, "navigator"), "gpu", { value: gpu, configurable: true });
  load("@tensorflow/tfjs-backend-webgpu"); // registers itself
  const { vendor, architecture, description } = adapter.info;
  return { vendor: [vendor, architecture].filter(Boolean).join(" "), description };
}

function load<T>(module: string): T {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- optional packages
    return require(module) as T;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new Error(
      `WebGPU: the package ${module} cannot be loaded (${reason}). Remedy: npm run setup -- --device webgpu`,
    );
  }
}

/**
 * Runs `action` with the wanted device as TensorFlow's backend and restores the one before. Where WebGPU is wanted but
 * not to be had, says so once and goes on with the native library. Tensors that leave the action must have been read in
 * it (`await x.data()`).
 */
export async function onDevice<T>(action: () => Promise<T>, onNotice?: (message: string) => void): Promise<T> {
  const before = tf.getBackend();
  if (wantedDevice() !== "webgpu" || before === "webgpu") return action();
  try {
    await startWebGpu();
    if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js could not initialise WebGPU");
  } catch (error) {
    await tf.setBackend(before);
    const reason = error instanceof Error ? error.message : String(error);
    notice(`The device webgpu is wanted but cannot be had; going on with "${before}". ${reason}`, onNotice);
    return action();
  }
  try {
    return await action();
  } finally {
    await tf.setBackend(before);
  }
}
