/**
 * TensorFlow's C library and headers, from the wheel that the Python package index offers: the two shared libraries in
 * it hold the whole C API. The wheel need not match the local Python, since only these files are used.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { runCommand } from "./command.mjs";
import { currentRoad } from "./device.mjs";
import { clientProblem } from "./prerequisites.mjs";
import { Problem } from "./problem.mjs";
import { inProject, venvPython } from "./project.mjs";
import { hashOf, stampHolds, writeStamp } from "./stamp.mjs";

const version = "2.21.0";
const builds = {
  "linux x64": {
    name: "tensorflow-cpu",
    platform: "manylinux_2_27_x86_64",
    sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
    megabytes: 274,
    libraries: ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"],
  },
  // Needs the CUDA libraries of cuda.mjs beside it.
  "linux x64 cuda": {
    name: "tensorflow",
    platform: "manylinux_2_27_x86_64",
    sha256: "b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0",
    megabytes: 572,
    libraries: ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"],
  },
  "linux arm64": {
    name: "tensorflow",
    platform: "manylinux_2_27_aarch64",
    sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
    megabytes: 270,
    libraries: ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"],
  },
  "darwin arm64": {
    name: "tensorflow",
    platform: "macosx_12_0_arm64",
    sha256: "56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712",
    megabytes: 230,
    libraries: ["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"],
  },
};

const home = inProject(".native");
export const tensorflowFolder = join(home, "tensorflow");
const stampName = "porous-sgm.json";

/** The build for this machine, or the paragraph that says that there is none. */
export function tensorflowBuild() {
  const machine = `${process.platform} ${process.arch}`;
  const build = (currentRoad() === "cuda" && builds[`${machine} cuda`]) || builds[machine];
  if (build) return build;
  throw new Problem(
    `There is no native TensorFlow ${version} for ${process.platform} on ${process.arch}: the project runs on ` +
      "Linux (x86-64, arm64) and on macOS with Apple silicon.",
    {
      debian: "use a 64-bit x86 or arm machine or container",
      macos: "use a Mac with Apple silicon, or a Linux container",
    },
  );
}

/** musl (Alpine) and very old systems cannot load the library. */
function checkGlibc() {
  if (process.platform !== "linux") return;
  const found = process.report.getReport().header.glibcVersionRuntime;
  const [major, minor] = (found ?? "0.0").split(".").map(Number);
  if (major > 2 || (major === 2 && minor >= 27)) return;
  throw new Problem(`Native TensorFlow needs glibc 2.27 or newer; this system has ${found ?? "another C library"}.`, {
    debian: "use Debian 10, Ubuntu 18.04 or newer (a container such as node:22-bookworm will do)",
    macos: "not needed there",
  });
}

const inputs = () => {
  const { name, platform, sha256 } = tensorflowBuild();
  return hashOf(name, version, platform, sha256);
};

async function sha256Of(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

/** Total size in MB of the files in a folder: how far a download has come. */
function megabytesIn(folder) {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return (
      files.reduce(
        (sum, f) => sum + (statSync(join(f.parentPath ?? f.path, f.name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      ) / 1e6
    );
  } catch {
    return 0; // the client moved something at that moment
  }
}

async function download(build, folder, progress) {
  const given = process.env.TENSORFLOW_WHEEL;
  if (given) {
    if (!existsSync(given)) throw new Problem(`TENSORFLOW_WHEEL names ${given}, which does not exist.`);
    return given;
  }
  progress.describe(() => `${Math.min(Math.round(megabytesIn(folder)), build.megabytes)} of ${build.megabytes} MB`);
  const target = ["--python-version", "3.12", "--implementation", "cp", "--platform", build.platform];
  const args = [
    "-m",
    "pip",
    "download",
    "--disable-pip-version-check",
    "--no-input",
    "--no-deps",
    "--only-binary=:all:",
    ...target,
  ];
  const result = await runCommand("tensorflow", venvPython, [...args, "--dest", folder, `${build.name}==${version}`], {
    // several hundred megabytes: on the disk that was checked, and removed with the rest
    environment: { TMPDIR: folder },
  });
  if (result.code !== 0) throw clientProblem("pip", "The Python package index", result);
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (!wheel) throw new Error(`pip download ended well, but left no wheel; its log: ${result.logFile}`);
  return join(folder, wheel);
}

export const tensorflow = {
  title: "native TensorFlow",
  megabytes: 1500,
  done: (thorough) => stampHolds(join(tensorflowFolder, stampName), inputs(), tensorflowFolder, thorough),
  prerequisites: () => (checkGlibc(), { build: tensorflowBuild() }),
  async run({ build }, progress) {
    const temporary = join(home, "incoming");
    const unpacked = join(temporary, "tensorflow");
    rmSync(temporary, { recursive: true, force: true }); // an interrupted run's
    mkdirSync(unpacked, { recursive: true });
    try {
      const wheel = await download(build, temporary, progress);
      progress.describe(() => "checking");
      const got = await sha256Of(wheel);
      if (got !== build.sha256)
        throw new Problem(
          `The downloaded TensorFlow is not the pinned one: sha256 ${got}, expected ${build.sha256}. It was deleted; ` +
            `run the same command again, and if that does not help, ask who runs your package mirror.`,
        );
      progress.describe(() => `unpacking, ${Math.round(megabytesIn(unpacked))} MB`);
      const result = await runCommand("unpack", venvPython, [
        inProject("scripts", "setup", "unpack.py"),
        wheel,
        unpacked,
      ]);
      if (result.code !== 0) throw clientProblem("unpack.py", "The disk", result);
      const headers = readdirSync(join(unpacked, "include")).map((name) => join("include", name));
      writeStamp(join(unpacked, stampName), inputs(), unpacked, [...build.libraries, ...headers]);
      if (existsSync(tensorflowFolder)) renameSync(tensorflowFolder, join(temporary, "old"));
      renameSync(unpacked, tensorflowFolder); // whole, with its stamp, or not at all
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  },
};
