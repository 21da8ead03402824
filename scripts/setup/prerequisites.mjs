/** What set-up cannot supply: each function returns what it found or throws the paragraph that says how to mend it. */
import { statfsSync } from "node:fs";
import { ask } from "./command.mjs";
import { Problem } from "./problem.mjs";
import { root } from "./project.mjs";

/** Throws where the folder's disk has less than this free. */
export function checkDisk(megabytes, free = freeMegabytes()) {
  if (free >= megabytes) return;
  throw new Problem(
    `Not enough disk space: set-up needs about ${(megabytes / 1000).toFixed(1)} GB in this folder, ` +
      `${(free / 1000).toFixed(1)} GB are free.`,
    {
      debian: "sudo apt clean, remove what is not needed (du -sh ~/* lists it), or clone the project to a larger disk",
      macos: "empty the bin, see System Settings > General > Storage, or clone the project to a larger disk",
    },
  );
}

const freeMegabytes = () => {
  const disk = statfsSync(root);
  return (disk.bavail * disk.bsize) / 1e6;
};

const pythonQuestion = `import sys
print(sys.version_info[0], sys.version_info[1])
try:
    import venv, ensurepip
    print("venv")
except ImportError:
    print("no venv")`;

/**
 * The command of a Python from 3.10 on that can make virtual environments: $PYTHON, python3, or one named by version.
 */
export function findPython() {
  const candidates = [process.env.PYTHON, "python3", ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`)];
  let old = null;
  let bare = null;
  for (const command of candidates.filter(Boolean)) {
    const answer = ask(command, ["-c", pythonQuestion]);
    if (!answer) continue;
    const [version, venv] = answer.trim().split("\n");
    const [major, minor] = version.split(" ").map(Number);
    if (major !== 3 || minor < 10) old ??= `${major}.${minor}`;
    else if (venv !== "venv") bare ??= `${major}.${minor}`;
    else return command;
  }
  if (bare)
    throw new Problem(`Python ${bare} is there, but its venv module is not complete (venv and ensurepip are needed).`, {
      debian: "sudo apt install python3-venv",
      macos: "brew install python@3.12",
    });
  throw new Problem(
    "Python 3.10 or newer is needed for JupyterLab; " +
      `${old ? `only Python ${old} was found` : "no python3 was found on the PATH"}.`,
    { debian: "sudo apt install python3 python3-venv", macos: "brew install python@3.12" },
  );
}

/** The command of a compiler that takes C++17 and has its standard library: $CXX, g++, clang++ or c++. */
export function findCompiler() {
  const probe =
    "#include <string>\n#include <string_view>\nint main() { std::string_view s = std::string(); return s.size(); }\n";
  for (const command of [process.env.CXX, "g++", "clang++", "c++"].filter(Boolean))
    if (ask(command, ["-std=c++17", "-fsyntax-only", "-x", "c++", "-"], probe) !== null) return command;
  throw new Problem(
    "A C++17 compiler is needed to build the TensorFlow binding; none was found (g++, clang++, c++ or $CXX).",
    {
      debian: "sudo apt install g++",
      macos: "xcode-select --install",
    },
  );
}

/** npm as a command with leading arguments: from the PATH, or the one that runs this script. */
export function findNpm() {
  if (ask("npm", ["--version"]) !== null) return ["npm"];
  if (process.env.npm_execpath) return [process.execPath, process.env.npm_execpath];
  throw new Problem("npm is needed to install the packages; it was not found on the PATH.", {
    debian: "sudo apt install npm",
    macos: "brew install node@22",
  });
}

const unreachable =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network timeout|name resolution|Failed to establish a new connection|NewConnectionError|ConnectTimeoutError|Read timed out|Connection refused|No route to host|Network is unreachable|CERTIFICATE_VERIFY_FAILED|UNABLE_TO_GET_ISSUER_CERT|No matching distribution found|ProxyError/i;

/** The paragraph for a package client that failed. */
export function clientProblem(client, registry, result) {
  const tail = result.output.slice(-12).map((line) => `    ${line}`);
  if (result.output.some((line) => /ENOSPC|No space left on device/i.test(line)))
    return new Problem(`The disk filled up while ${client} was installing.`, {
      debian: "sudo apt clean, or clone the project to a larger disk; then run the same command again",
      macos: "see System Settings > General > Storage; then run the same command again",
    });
  if (result.output.some((line) => unreachable.test(line)))
    return new Problem(
      `${registry} could not be reached by ${client} (or does not offer what is pinned). Its last ` +
        `lines:\n${tail.join("\n")}\n` +
        `The whole log: ${result.logFile}. Run the same command again when the network is back; what is done ` +
        "stays done.",
      {
        debian: `check the connection and the proxy (HTTPS_PROXY), or name your own mirror: ${mirrorHint(client)}`,
        macos: "the same",
      },
    );
  return new Problem(
    `${client} failed with ${result.signal ? `signal ${result.signal}` : `exit code ${result.code}`}. Its last ` +
      `lines:\n` +
      `${tail.join("\n")}\nThe whole log: ${result.logFile}. Run the same command again; what is done stays done.`,
  );
}

const mirrorHint = (client) =>
  client === "npm" ? "npm config set registry ADDRESS" : "python3 -m pip config set global.index-url ADDRESS";
