import assert from "node:assert";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { onDevice, wantedDevice } from "../../lib/graph/device";
import { tf } from "../../lib/graph/tensorflow";
import { temporaryFolder } from "../temporary-folder";
import type { WebGpuRun } from "./webgpu-run";

/** SwiftShader, a Vulkan driver that runs on the processor, as Chromium brings it along. */
const software = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"]
  .map((folder) => join(folder, "vk_swiftshader_icd.json"))
  .find((file) => existsSync(file) && existsSync(join(dirname(file), "libvulkan.so.1")));

async function inProcess(environment: Record<string, string>): Promise<WebGpuRun> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--require", "tsx/cjs", join(__dirname, "webgpu-run.ts")],
    { env: { ...process.env, ...environment }, maxBuffer: 2 ** 26 },
  );
  return JSON.parse(stdout) as WebGpuRun;
}

describe("the device", () => {
  const folder = temporaryFolder();

  it("is named by SGM_DEVICE, and a wrong name is refused with the right ones", () => {
    assert.deepStrictEqual(
      ["", "cpu", "webgpu"].map((name) => wantedDevice(name)),
      ["auto", "cpu", "webgpu"],
    );
    assert.throws(() => wantedDevice("gpu"), /SGM_DEVICE must be one of auto, cpu, cuda, webgpu, got "gpu"/);
  });

  it("stays TensorFlow's own unless WebGPU is asked for", async () => {
    assert.strictEqual(await onDevice(async () => tf.getBackend()), "tensorflow");
  });

  it("WebGPU trains and samples as the native library does, on a software adapter: losses within 1e-5, samples within 1e-4 of their spread", async function () {
    this.timeout(300_000);
    if (software === undefined) {
      process.stdout.write("      skipped: no software adapter (SwiftShader beside Chromium) on this machine\n");
      return this.skip();
    }
    const run = await inProcess({
      VK_DRIVER_FILES: software,
      VK_ICD_FILENAMES: software,
      LD_LIBRARY_PATH: dirname(software),
      XDG_RUNTIME_DIR: folder(),
    });
    if (run.missing !== undefined) {
      process.stdout.write(`      skipped: ${run.missing}\n`);
      return this.skip();
    }
    assert.match(run.adapter!, /swiftshader/i);
    const [native, webgpu] = [run.native!, run.webgpu!];
    // Sums of up to some thousand terms in another order: a few hundred roundings of 6e-8.
    const near = (what: string, a: readonly number[], b: readonly number[], within: number) => {
      assert.strictEqual(a.length, b.length);
      a.forEach((x, k) => assert.ok(Math.abs(x - b[k]) <= within, `${what}[${k}]: ${x} and ${b[k]}`));
    };
    near("loss", native.losses, webgpu.losses, 1e-5);
    near("held-out loss", [native.heldOut], [webgpu.heldOut], 1e-5);
    near("parameter", native.theta, webgpu.theta, 1e-4); // a tenth of one step at the learning rate
    const spread = Math.sqrt(native.samples.reduce((sum, x) => sum + x * x, 0) / native.samples.length);
    near("sample", native.samples, webgpu.samples, 1e-4 * spread);
    assert.strictEqual(run.restored, "tensorflow");
  });

  it("where WebGPU has no adapter, what is missing is said and the processor goes on", async () => {
    const before = process.env.SGM_DEVICE;
    const drivers = process.env.VK_DRIVER_FILES;
    const said: string[] = [];
    process.env.SGM_DEVICE = "webgpu";
    process.env.VK_DRIVER_FILES = join(folder(), "none.json");
    try {
      const backend = await onDevice(
        async () => tf.getBackend(),
        (message) => said.push(message),
      );
      // A machine with Metal or Direct3D has an adapter all the same.
      if (backend === "webgpu") assert.deepStrictEqual(said, []);
      else assert.match(said.join(), /webgpu is wanted but cannot be had; going on with "tensorflow"\. WebGPU/);
      assert.strictEqual(tf.getBackend(), "tensorflow");
    } finally {
      if (before === undefined) delete process.env.SGM_DEVICE;
      else process.env.SGM_DEVICE = before;
      if (drivers === undefined) delete process.env.VK_DRIVER_FILES;
      else process.env.VK_DRIVER_FILES = drivers;
    }
  });
});
