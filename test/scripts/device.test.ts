/** How set-up chooses the device: NVIDIA's tools are played by a script on the PATH, nothing is installed. */
import * as assert from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { freshClone, programs, removeCopies, root, setUp, start } from "./project-copy";

const card = (driver: string): Record<string, string> => ({ "nvidia-smi": `echo "NVIDIA H100 80GB HBM3, ${driver}"` });

/** Evaluates an expression of scripts/setup/device.mjs in a clone with these programs. */
async function evaluate<T>(expression: string, found: Record<string, string>, folder = freshClone()): Promise<T> {
  const program = `import * as device from "./scripts/setup/device.mjs";
    console.log(JSON.stringify(await (${expression})));`;
  const { code, stdout, stderr } = await start(folder, programs(found), ["--input-type=module", "-e", program]).ended;
  assert.strictEqual(code, 0, stderr);
  return JSON.parse(stdout) as T;
}
interface Choice {
  wanted: string;
  road: string;
  why?: string;
  gpu?: string;
  driver?: string;
}

describe("set-up and the device", function () {
  this.timeout(300_000);
  after(removeCopies);
  const linux = process.platform === "linux" && process.arch === "x64";

  const table: { with: string; found: Record<string, string>; wanted: string; road: string; why?: RegExp }[] = [
    { with: "an NVIDIA card and driver", found: card("550.54.15"), wanted: "auto", road: "cuda" },
    { with: "an NVIDIA card and driver", found: card("550.54.15"), wanted: "cuda", road: "cuda" },
    { with: "an NVIDIA card and driver", found: card("550.54.15"), wanted: "cpu", road: "cpu" },
    { with: "an NVIDIA card and driver", found: card("550.54.15"), wanted: "webgpu", road: "webgpu" },
    { with: "the oldest driver that will do", found: card("525.60.13"), wanted: "auto", road: "cuda" },
    { with: "a driver that is too old", found: card("525.60.11"), wanted: "cuda", road: "cpu", why: /too old for CUDA 12/ },
    { with: "no driver", found: {}, wanted: "cuda", road: "cpu", why: /no NVIDIA driver|kernel driver is loaded/ },
    { with: "no driver", found: {}, wanted: "auto", road: "cpu", why: /no NVIDIA driver|kernel driver is loaded/ },
    { with: "nvidia-smi but no card", found: { "nvidia-smi": "echo No devices were found" }, wanted: "auto", road: "cpu", why: /lists no GPU/ },
    { with: "an nvidia-smi that fails", found: { "nvidia-smi": "exit 9" }, wanted: "auto", road: "cpu", why: /NVIDIA/ },
  ]; // prettier-ignore
  for (const row of table)
    it(`${row.wanted} with ${row.with}: ${row.road}`, async function () {
      if (!linux) return this.skip();
      const expression = `device.chooseDevice(["--device", "${row.wanted}"], true)`;
      const folder = freshClone();
      const choice = await evaluate<Choice>(expression, row.found, folder);
      assert.deepStrictEqual([choice.wanted, choice.road], [row.wanted, row.road]);
      if (row.why) assert.match(choice.why!, row.why);
      if (row.road === "cuda") assert.match(`${choice.gpu} ${choice.driver}`, /^NVIDIA H100 80GB HBM3 5\d\d\./);
      // kept, for the commands that follow
      assert.deepStrictEqual(JSON.parse(fs.readFileSync(path.join(folder, ".native/device.json"), "utf8")), choice);
    });

  it("a command keeps to the stored choice; only an explicit set-up chooses again", async function () {
    if (!linux) return this.skip();
    const folder = freshClone();
    const none = await evaluate<Choice>("device.chooseDevice()", {}, folder);
    const kept = await evaluate<Choice>("device.chooseDevice()", card("550.54.15"), folder);
    const again = await evaluate<Choice>("device.chooseDevice([], true)", card("550.54.15"), folder);
    assert.deepStrictEqual([none.road, kept.road, again.road], ["cpu", "cpu", "cuda"]);
  });

  it("a card that did not compute is left alone until it is asked for by name", async function () {
    if (!linux) return this.skip();
    const folder = freshClone();
    const failed = `(device.chooseDevice([], true), device.fallBackToProcessor("no gradient"), device.storedDevice())`;
    assert.deepStrictEqual(await evaluate(failed, card("550.54.15"), folder), {
      wanted: "auto",
      road: "cpu",
      why: "no gradient",
      failed: true,
    });
    const again = (args: string) => evaluate<Choice>(`device.chooseDevice(${args}, true)`, card("550.54.15"), folder);
    assert.strictEqual((await again("[]")).road, "cpu");
    assert.strictEqual((await again('["--device=cuda"]')).road, "cuda");
  });

  it("a device that does not exist, or another argument, is refused at once", async () => {
    for (const { args, says } of [
      { args: ["--device", "tpu"], says: /--device must be one of auto, cpu, cuda, webgpu, got "tpu"/ },
      { args: ["--fast"], says: /expected --device auto\|cpu\|cuda\|webgpu, got "--fast"/ },
    ]) {
      const { code, stderr } = await start(freshClone(), programs({}), ["scripts/setup.mjs", ...args]).ended;
      assert.strictEqual(code, 1);
      assert.match(stderr, says);
    }
    const { stderr } = await setUp(freshClone(), programs({}), { SGM_DEVICE: "tpu" });
    assert.match(stderr, /SGM_DEVICE must be one of .*got "tpu"/);
  });

  it("with CUDA the GPU build and its libraries are what set-up wants, all pinned by hash", async function () {
    if (!linux) return this.skip();
    const program = `import { chooseDevice } from "./scripts/setup/device.mjs";
      import { tensorflowBuild } from "./scripts/setup/tensorflow.mjs";
      import { cuda, cudaArguments } from "./scripts/setup/cuda.mjs";
      chooseDevice(["--device", "cuda"], true);
      console.log(JSON.stringify({ name: tensorflowBuild().name, done: cuda.done(), args: cudaArguments("here") }));`;
    const run = (found: Record<string, string>) =>
      start(freshClone(), programs(found), ["--input-type=module", "-e", program]).ended;
    const withCard = JSON.parse((await run(card("550.54.15"))).stdout) as {
      name: string;
      done: boolean;
      args: string[];
    };
    assert.deepStrictEqual([withCard.name, withCard.done], ["tensorflow", false]);
    assert.ok(withCard.args.includes("--no-deps"));
    const without = JSON.parse((await run({})).stdout) as { name: string; done: boolean };
    assert.deepStrictEqual([without.name, without.done], ["tensorflow-cpu", true]);
    const lines = fs.readFileSync(path.join(root, "scripts/requirements-cuda.txt"), "utf8").split("\n");
    const wheels = lines.filter((line) => line !== "" && !line.startsWith("#"));
    for (const wheel of wheels) assert.match(wheel, /^nvidia-[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$/);
    for (const needed of ["cublas", "cudnn", "cuda-runtime", "cufft", "cusolver", "cusparse", "nvjitlink"])
      assert.ok(
        wheels.some((wheel) => wheel.startsWith(`nvidia-${needed}-cu12==`)),
        needed,
      );
  });

  it("child processes are told where the CUDA libraries lie, or to use WebGPU", async function () {
    if (!linux) return this.skip();
    const folder = freshClone();
    fs.mkdirSync(path.join(folder, ".native/cuda/nvidia/cudnn/lib"), { recursive: true });
    const told = (choice: string) =>
      evaluate<Record<string, string>>(`device.deviceEnvironment({ LD_LIBRARY_PATH: "/own" }, ${choice})`, {}, folder);
    assert.match((await told('{ road: "cuda" }')).LD_LIBRARY_PATH, /\.native\/cuda\/nvidia\/cudnn\/lib:\/own$/);
    assert.deepStrictEqual(await told('{ road: "webgpu" }'), { SGM_DEVICE: "webgpu" });
    assert.deepStrictEqual(await told('{ road: "cpu" }'), {});
    assert.deepStrictEqual(await told("null"), {});
  });

  it("the gradient that proves a GPU is refused by the processor, so that it cannot be taken for one", async () => {
    const program = `import { gradientTrial } from "./scripts/setup/device.mjs"; console.log(gradientTrial);`;
    const { stdout: trial } = await start(root, programs({}), ["--input-type=module", "-e", program]).ended;
    const hidden = { CUDA_VISIBLE_DEVICES: "-1", TF_CPP_MIN_LOG_LEVEL: "3" };
    const run = (oneDnn: string) =>
      start(root, programs({}), ["-e", trial], { ...hidden, TF_ENABLE_ONEDNN_OPTS: oneDnn }).ended;
    assert.notStrictEqual((await run("0")).code, 0);
    const { code, stderr } = await run("1"); // oneDNN has this gradient: the numbers expected of a GPU are right
    if (process.arch === "x64") assert.strictEqual(code, 0, stderr);
  });
});
